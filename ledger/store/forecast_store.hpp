#pragma once
// What the forecast job found.

#include <optional>
#include <string>
#include <vector>

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


}  // namespace costd
