#include "ledger/forecast.hpp"

#include <algorithm>

namespace costd {
namespace {

using std::chrono::days;

Trend trend_between(Money before, Money last) {
  const int128 change_percent = (last - before).picos() * 100;
  const int128 band = before.picos() * trend_band_percent;
  if (change_percent > band) return Trend::increasing;
  if (change_percent < -band) return Trend::decreasing;
  return Trend::stable;
}

}  // namespace

Money DailySeries::on(Day day) const {
  const auto index = (day - first).count();
  if (index < 0 || index >= static_cast<std::int64_t>(amounts.size())) return {};
  return amounts[static_cast<std::size_t>(index)];
}

Money DailySeries::sum(const DayRange& range) const {
  Money sum;
  for (Day day = range.from; day < range.to; day += days(1)) sum += on(day);
  return sum;
}

const char* name_of(Trend trend) {
  switch (trend) {
    case Trend::increasing:
      return "INCREASING";
    case Trend::decreasing:
      return "DECREASING";
    case Trend::stable:
      return "STABLE";
  }
  return "STABLE";
}

std::optional<RunRateForecast> forecast_run_rate(const DailySeries& series, Day as_of) {
  if (series.amounts.empty() || series.first > as_of) return std::nullopt;
  const Day end = as_of + days(1);
  const auto history = (end - series.first).count();
  const auto window = std::min<std::int64_t>(history, run_rate_days);
  const DayRange month = days_of(month_of(as_of));
  const Money last = series.sum({end - days(window), end});

  RunRateForecast forecast;
  forecast.as_of = as_of;
  forecast.month_to_date = series.sum({month.from, end});
  forecast.daily_rate = scale(last, 1, window);
  forecast.projected_month_end =
      forecast.month_to_date + scale(last, (month.to - end).count(), window);
  forecast.low_confidence = history < run_rate_days;
  if (history > run_rate_days) {
    const DayRange before{end - days(2 * run_rate_days), end - days(run_rate_days)};
    const auto days_before = std::min<std::int64_t>(history - run_rate_days, run_rate_days);
    forecast.trend = trend_between(series.sum(before) * run_rate_days, last * days_before);
  }
  return forecast;
}

}  // namespace costd
