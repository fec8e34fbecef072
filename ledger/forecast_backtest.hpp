#pragma once
// A forecast tried from earlier days: how far it was off, and so how far it may be off now.
// Estimates.

#include <optional>

#include "ledger/forecast_ensemble.hpp"

namespace costd {

struct Interval {
  double low = 0;
  double high = 0;
};
/// Where 80 and 95 of 100 sums are expected.
struct Intervals {
  Interval at80;
  Interval at95;
};

/// Days of the month from whose end a month's total is projected.
inline constexpr std::array month_test_days{7, 14, 21};
/// Complete months that are tested, at most: the newest.
inline constexpr std::size_t tested_months_max = 3;

/// Errors of forecasts from earlier days by what was known then. Nothing where history is too short
/// to tell.
struct ForecastErrors {
  /// Mean absolute error of a day, by that of "the same as a week ago".
  std::optional<double> mase;
  /// Mean error of the projected month end in percent of the month's total, by month_test_days.
  std::array<std::optional<double>, month_test_days.size()> mape_month_end;
  std::optional<double> coverage80;  ///< percent of the 80 % intervals that held
};

class BackTest {
 public:
  /// Values and calendar as for forecast_costs; they outlive it. The horizon is what the forecast
  /// is chosen and tested for, 1 to forecast_days_max.
  BackTest(std::span<const double> values, std::span<const CalendarDay> calendar,
           std::size_t horizon);

  /// What the first 0, 1, 2, ... days to come cost together.
  const CumulativeCosts& expected() const { return tested_.back().sums; }
  /// Of what the first `days` days to come cost together, never below zero. From wide to narrow as
  /// history grows; without width where every earlier forecast came true.
  Intervals intervals(std::size_t days) const;
  ForecastErrors errors() const;
  /// What the forecast relies on most, as in name_of_member.
  const char* leading_member() const { return leading_member_; }
  bool is_intermittent() const { return origins_.origins().back().unrest.is_intermittent; }

 private:
  /// A forecast from an origin.
  struct Tested {
    const ForecastOrigin* origin;
    CumulativeCosts sums;
  };
  /// Of the logarithm of what `days` days from there will cost.
  double deviation(const Tested& from, std::size_t days) const;
  Intervals intervals_from(const Tested& from, std::size_t days) const;
  bool is_constant(std::size_t known) const;
  std::optional<double> mase() const;
  std::optional<double> coverage80() const;

  std::span<const double> values_;
  std::span<const CalendarDay> calendar_;
  std::size_t horizon_;
  RollingOrigins origins_;
  std::vector<Tested> tested_;  ///< the last one from the end of the values
  const char* leading_member_ = "";
};

}  // namespace costd
