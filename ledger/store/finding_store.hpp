#pragma once
// What the daily jobs found: forecasts and anomalies.

#include <optional>
#include <string>
#include <vector>

#include "ledger/anomaly.hpp"
#include "ledger/forecast.hpp"
#include "ledger/time/instant.hpp"

namespace costd {

class Connection;
class UnitOfWork;

/// A forecast of one group; empty columns mean all of them.
struct StoredForecast {
  std::string tenant;
  std::string model;
  std::string provider;
  RunRateForecast forecast;
};
/// Replaces the forecasts of that as-of day.
void store_forecasts(UnitOfWork& unit, Day as_of, const std::vector<StoredForecast>& forecasts,
                     Instant now);
/// Forecasts of one as-of day, or of the newest one.
std::vector<StoredForecast> load_forecasts(Connection& connection, std::optional<Day> as_of);

struct StoredAnomaly {
  std::string id;
  std::string tenant;
  std::string model;
  AnomalyFinding finding;
  Instant detected_at;
  bool open = true;
};
/// Sets the anomalies of the days in the range to these: known ones keep their id and the time they
/// were detected, those that no longer hold are taken away. `open_day` is the day still open.
/// Gives how many are new.
std::int64_t store_anomalies(UnitOfWork& unit, const DayRange& range, Day open_day,
                             const std::vector<StoredAnomaly>& found);
std::vector<StoredAnomaly> load_anomalies(Connection& connection, const DayRange& range,
                                          const std::string& tenant);

}  // namespace costd
