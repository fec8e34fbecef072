#pragma once
// Sums of usage and cost from the rollup tables, by any of the columns people group by.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ledger/forecast.hpp"
#include "ledger/money.hpp"
#include "ledger/rating.hpp"
#include "ledger/time/calendar.hpp"
#include "ledger/usage_totals.hpp"

namespace costd {

class Connection;

/// What a sum covers; nothing set means everything.
struct CostFilter {
  std::optional<std::string> tenant;
  std::optional<std::string> api_key;
  std::optional<std::string> model;
  std::optional<std::string> provider;
  std::optional<Day> from;      ///< inclusive
  std::optional<Day> to;        ///< exclusive
  std::optional<Month> booked;  ///< the booking period instead of the day
  std::optional<ChargeState> state;
};

/// Columns to group by; combine with |.
enum CostGrouping : unsigned {
  by_nothing = 0,
  by_tenant = 1,
  by_api_key = 2,
  by_model = 4,
  by_provider = 8,
  by_day = 16,
};

/// One group; the columns that were not grouped by are empty.
struct CostGroup {
  std::string tenant;
  std::string api_key;
  std::string model;
  std::string provider;
  Day day{};
  UsageTotals usage;
  /// All estimated requests, priced or not; usage.estimated_requests leaves out the unpriced ones.
  std::int64_t estimated_in_all = 0;
  Money input_cost;  ///< cached input included
  Money output_cost;
  Money total_cost() const { return input_cost + output_cost; }
  /// Adds the other group's sums to these.
  void add(const CostGroup& other);
};

/// Groups in the order of their columns. Usage that waits for its rating counts as unpriced.
std::vector<CostGroup> summarize_costs(Connection& connection, const CostFilter& filter,
                                       unsigned grouping);
/// The one group of everything; zeros if there is nothing.
CostGroup summarize_all_costs(Connection& connection, const CostFilter& filter);

/// Each tenant's first day with usage.
std::map<std::string, Day> load_first_usage_days(Connection& connection);

/// Daily costs of one group, as forecasts and anomalies need them.
struct GroupSeries {
  CostGroup group;  ///< the columns grouped by, and the sums over all days
  DailySeries costs;
};
/// Series up to and including filter.to - 1, one a group; `grouping` is without by_day.
std::vector<GroupSeries> load_cost_series(Connection& connection, const CostFilter& filter,
                                          unsigned grouping);

}  // namespace costd
