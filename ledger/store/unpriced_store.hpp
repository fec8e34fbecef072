#pragma once
// Episodes in which a model had no price: what an alert about it is raised once for.

#include <string>
#include <vector>

#include "ledger/time/calendar.hpp"

namespace costd {

class Connection;
class UnitOfWork;

/// Days from the first to the last (inclusive) on which usage of the model stayed unpriced. It ends
/// with a later day on which all usage had a price; what comes after that is another episode.
struct UnpricedEpisode {
  std::string model;
  std::string provider;
  Day first_day{};
  Day last_day{};
  bool is_open = true;
};

/// All of them, by model, provider, first day.
std::vector<UnpricedEpisode> load_unpriced_episodes(Connection& connection);
/// Stores a new one, or the last day and the state of a known one.
void store_unpriced_episode(UnitOfWork& unit, const UnpricedEpisode& episode);

}  // namespace costd
