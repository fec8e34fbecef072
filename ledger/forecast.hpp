#pragma once
// The published 7-day trailing forecast: run rate, projected month end, trend. Integers only.

#include <optional>
#include <string>
#include <vector>

#include "ledger/money.hpp"
#include "ledger/time/calendar.hpp"

namespace costd {

/// Cost of a series by day; a day without a row cost nothing.
struct DailySeries {
  Day first{};                 ///< the series' first day with usage
  std::vector<Money> amounts;  ///< consecutive days from `first` on
  Money on(Day day) const;
  Money sum(const DayRange& range) const;
};

enum class Trend { increasing, decreasing, stable };
const char* name_of(Trend trend);  ///< "INCREASING", "DECREASING", "STABLE"

/// Days the run rate looks back, and the dead band of the trend in percent.
inline constexpr int run_rate_days = 7;
inline constexpr int trend_band_percent = 5;

struct RunRateForecast {
  Day as_of{};                  ///< the last complete day
  Money month_to_date;          ///< spend from the first of as_of's month through as_of
  Money daily_rate;             ///< mean of the last 7 complete days, or of the days there are
  Money projected_month_end;    ///< month_to_date + daily_rate * remaining days
  /// Mean of the last 7 days against that of the 7 before, or of those there are, beyond +-5 %.
  Trend trend = Trend::stable;
  bool low_confidence = false;  ///< fewer than 7 days of history
};

/// Nothing if the series begins after `as_of`.
std::optional<RunRateForecast> forecast_run_rate(const DailySeries& series, Day as_of);

}  // namespace costd
