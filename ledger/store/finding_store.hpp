#pragma once
// What the daily jobs found: forecasts, and how much of each budget is used.

#include <optional>
#include <string>
#include <vector>

#include "ledger/budget.hpp"
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

/// Sets the caps of the configuration; gives how many changed.
std::int64_t store_configured_caps(UnitOfWork& unit, const std::vector<BudgetCap>& caps);
std::vector<BudgetCap> load_caps(Connection& connection);

struct BudgetStatus {
  std::string cap_id;
  DayRange period;
  Money spent;
  BudgetColour colour = BudgetColour::green;
  Instant computed_at;
};
void store_budget_status(UnitOfWork& unit, const BudgetStatus& status);
std::vector<BudgetStatus> load_budget_statuses(Connection& connection);

}  // namespace costd
