#pragma once
// What the forecast job found.

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ledger/budget_projection.hpp"
#include "ledger/time/instant.hpp"
#include "ledger/weekday_forecast.hpp"

namespace costd {

class Connection;
class UnitOfWork;

/// Whose forecast it is; empty columns mean all of them.
struct ForecastScope {
  std::string tenant;
  std::string model;
  std::string provider;
  friend auto operator<=>(const ForecastScope&, const ForecastScope&) = default;
};

/// A forecast of one group.
struct StoredForecast : ForecastScope {
  RunRateForecast forecast;
  /// Nothing where a costd without it made the forecast. Its expected days are loaded
  /// apart, by load_expected_days.
  std::optional<WeekdayForecast> weekday;
  std::string history;  ///< what the costs that it was made of are known by
};

/// Stores the forecasts in the place of those of their scope and as-of day.
void store_forecasts(UnitOfWork& unit, std::span<const StoredForecast> forecasts, Instant now);
/// Deletes those of the as-of day and these scopes.
void delete_forecasts(UnitOfWork& unit, Day as_of, const std::vector<ForecastScope>& scopes);
/// Forecasts of one as-of day, or of the newest one, in the order of their columns.
std::vector<StoredForecast> load_forecasts(Connection& connection, std::optional<Day> as_of);

/// What all forecasts of an as-of day were made of, and how many they are.
struct ForecastBasis {
  std::string basis;
  std::int64_t forecast_count = 0;
};
void store_forecast_basis(UnitOfWork& unit, Day as_of, const ForecastBasis& basis);
std::optional<ForecastBasis> load_forecast_basis(Connection& connection, Day as_of);

/// By tenant, "" = all of them: what the days after the newest as-of day up to `as_of` are expected
/// to cost, as store_forecasts was given it. Nothing where that is older than a few days.
std::map<std::string, ExpectedDays> load_expected_days(Connection& connection, Day as_of);
/// Forgets the expected days of older as-of days.
void forget_expected_days(UnitOfWork& unit, Day before);

}  // namespace costd
