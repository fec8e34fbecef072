#pragma once
// Episodes in which an offering had no price: what an alert about it is raised once for.

#include <string>
#include <vector>

#include "ledger/time/calendar.hpp"
#include "ledger/token_usage.hpp"

namespace costd {

class Connection;
class UnitOfWork;

/// What one price holds for: a model of a provider in a tier.
struct Offering {
  std::string model;
  std::string provider;
  ServiceTier tier = ServiceTier::standard;
  friend auto operator<=>(const Offering&, const Offering&) = default;
};

/// Days from the first to the last (inclusive) on which usage of the offering stayed unpriced. It
/// ends with a later day on which all usage had a price; what comes after that is another episode.
struct UnpricedEpisode {
  Offering offering;
  Day first_day{};
  Day last_day{};
  bool is_open = true;
};

/// All of them, by model, provider, tier, first day.
std::vector<UnpricedEpisode> load_unpriced_episodes(Connection& connection);
/// Stores a new one, or the last day and the state of a known one.
void store_unpriced_episode(UnitOfWork& unit, const UnpricedEpisode& episode);

}  // namespace costd
