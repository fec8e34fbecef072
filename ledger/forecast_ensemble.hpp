#pragma once
// An ensemble of simple forecasts, weighed by how they did from earlier days. Estimates.

#include <vector>

#include "ledger/forecast_members.hpp"

namespace costd {

/// Forecasts from the end of an earlier day, with what was known then.
struct Origin {
  std::size_t known = 0;  ///< days known
  double scale = 0;       ///< mean cost of a day before it
  MemberForecasts members;
};

class RollingOrigins {
 public:
  /// Values and the calendar of their days and of those to come; origins in increasing order.
  RollingOrigins(std::span<const double> values, std::span<const CalendarDay> calendar,
                 std::vector<std::size_t> known);

  const std::vector<Origin>& origins() const { return origins_; }
  /// The ensemble's forecast from an origin, weighed by what was known then.
  CumulativeCosts combine(const Origin& from, std::size_t horizon) const;

 private:
  std::vector<double> sums_;
  std::vector<Origin> origins_;
};

/// What the first 1, 2, ... days after the values will cost together, weighed for the horizon,
/// which is 1 to forecast_days_max. No values forecast zero. The calendar begins with the first
/// value and reaches forecast_days_max days beyond the last.
CumulativeCosts forecast_costs(std::span<const double> values,
                               std::span<const CalendarDay> calendar, std::size_t horizon);

}  // namespace costd
