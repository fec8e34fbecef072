#pragma once
// The series: each distinct tenant, key, model, provider, tier and dimensions has a small id.

#include <span>
#include <unordered_map>
#include <vector>

#include "ledger/daily_usage.hpp"

namespace costd {

class Connection;
class UnitOfWork;

struct Series {
  SeriesId id = 0;
  SeriesKey key;
};

/// The ids of the series, in their order; those that are new are made.
std::vector<SeriesId> store_series(UnitOfWork& unit, std::span<const SeriesKey> keys);
SeriesId store_series(UnitOfWork& unit, const SeriesKey& key);
/// All series, by id.
std::unordered_map<SeriesId, SeriesKey> load_series(Connection& connection);

}  // namespace costd
