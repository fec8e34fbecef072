#pragma once
// Daily charges as series: one pass over the days, however many groupings ask.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ledger/forecast.hpp"
#include "ledger/time/calendar.hpp"

namespace costd {

class Connection;

/// What one group was charged by day, from its first day with a charge in the range to its last.
struct CostSeries {
  std::string tenant;  ///< columns that were not grouped by are empty
  std::string api_key;
  std::string model;
  std::string provider;
  DailySeries costs;
};

/// For each grouping (CostGrouping flags without by_day) its series in the order of their columns;
/// of one tenant if it is given. Usage that waits for its rating counts as its last charge.
std::vector<std::vector<CostSeries>> load_daily_costs(Connection& connection,
                                                      const std::optional<std::string>& tenant,
                                                      const DayRange& range,
                                                      std::span<const unsigned> groupings);

/// What the charges of the range are known by: it changes when any of them does.
std::string load_charges_mark(Connection& connection, const DayRange& range);

}  // namespace costd
