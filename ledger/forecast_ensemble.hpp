#pragma once
// An ensemble of simple forecasts, weighed by how they did from earlier days. Estimates.

#include <vector>

#include "ledger/forecast_members.hpp"

namespace costd {

/// How restless a series was, as far as it says how sure a forecast of it is.
struct Unrest {
  double noise = 0;                   ///< as in SeriesShape, and so on
  std::optional<double> week_change;  ///< nothing in the first two weeks
  double spike_extra = 0;
  bool is_intermittent = false;
};

/// Forecasts from the end of an earlier day, with what was known then.
struct ForecastOrigin {
  std::size_t known = 0;  ///< days known
  double scale = 0;       ///< mean cost of a day in the 28 before it
  Unrest unrest;
  MemberForecasts members;
};

using MemberWeights = std::array<double, member_count>;

/// The values and the calendar of their days and of those to come outlive it.
class RollingOrigins {
 public:
  /// Looks back from the days in `known`, which increase.
  RollingOrigins(std::span<const double> values, std::span<const CalendarDay> calendar,
                 const std::vector<std::size_t>& known);

  const std::vector<ForecastOrigin>& origins() const { return origins_; }
  /// Looks back from any other day; it is not one of the origins then.
  ForecastOrigin look_back(std::size_t known) const;
  /// What the members count for at an origin, by what was known then. They add up to 1.
  MemberWeights weigh(const ForecastOrigin& from, std::size_t horizon) const;
  /// The ensemble's forecast from an origin, with those weights.
  CumulativeCosts combine(const ForecastOrigin& from, std::size_t horizon) const;
  /// What some days cost that begin when so many are known.
  double actual(std::size_t known, std::size_t days) const {
    return sums_[known + days] - sums_[known];
  }

 private:
  std::span<const double> values_;
  std::span<const CalendarDay> calendar_;
  std::vector<double> sums_;
  std::vector<ForecastOrigin> origins_;
};

CumulativeCosts weighed(const MemberForecasts& members, const MemberWeights& weights);

/// The days to look back from: every other day of the last three months, and the last one.
std::vector<std::size_t> origin_days(std::size_t known);

/// Days known at the earliest origin.
inline constexpr std::size_t origin_days_least = 10;

/// What the first 1, 2, ... days after the values will cost together, weighed for the horizon,
/// which is 1 to forecast_days_max. No values forecast zero. The calendar begins with the first
/// value and reaches forecast_days_max days beyond the last.
CumulativeCosts forecast_costs(std::span<const double> values,
                               std::span<const CalendarDay> calendar, std::size_t horizon);

}  // namespace costd
