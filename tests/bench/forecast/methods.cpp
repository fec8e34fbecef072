// The methods of costd, as the benchmark asks them.

#include <algorithm>
#include <cmath>
#include <limits>

#include "ledger/forecast_backtest.hpp"
#include "tests/bench/forecast/score.hpp"

namespace costd::bench {
namespace {

using std::chrono::days;

constexpr double none = std::numeric_limits<double>::quiet_NaN();

double usd(Money amount) {
  return static_cast<double>(amount.picos()) * 1e-12;
}

Projection by_run_rate(const BenchSeries& series, Day as_of) {
  const auto forecast = forecast_run_rate(series.costs, as_of).value();
  const DayRange rest{as_of + days(1), days_of(series.month).to};
  double error = 0;
  for (Day day = rest.from; day < rest.to; day += days(1)) {
    error += std::fabs(usd(series.costs.on(day) - forecast.daily_rate));
  }
  return {.id = series.id,
          .as_of_day = static_cast<int>(unsigned(std::chrono::year_month_day(as_of).day())),
          .method = "run rate",
          .remaining = usd(forecast.projected_month_end - forecast.month_to_date),
          .low80 = none,
          .high80 = none,
          .low95 = none,
          .high95 = none,
          .path_mae = error / rest.days()};
}

Projection by_ensemble(const BenchSeries& series, Day as_of) {
  std::vector<double> values;
  for (Day day = series.costs.first; day <= as_of; day += days(1))
    values.push_back(usd(series.costs.on(day)));
  const auto calendar = calendar_of({series.costs.first, as_of + days(40)});
  const DayRange rest{as_of + days(1), days_of(series.month).to};
  const auto h = static_cast<std::size_t>(rest.days());
  const BackTest test(values, calendar, h);
  const CumulativeCosts& f = test.expected();
  const Intervals intervals = test.intervals(h);
  double error = 0;
  for (std::size_t n = 0; n < h; ++n) {
    error +=
        std::fabs(usd(series.costs.on(rest.from + days(static_cast<int>(n)))) - f[n + 1] + f[n]);
  }
  return {.id = series.id,
          .as_of_day = static_cast<int>(unsigned(std::chrono::year_month_day(as_of).day())),
          .method = "weekday-aware",
          .remaining = std::max(0.0, f[h]),
          .low80 = intervals.at80.low,
          .high80 = intervals.at80.high,
          .low95 = intervals.at95.low,
          .high95 = intervals.at95.high,
          .path_mae = error / rest.days()};
}

}  // namespace

std::vector<Projection> own_projections(const std::vector<BenchSeries>& all) {
  std::vector<Projection> projections;
  for (const BenchSeries& series : all) {
    for (const int day : as_of_days) {
      Projection projection = by_run_rate(series, days_of(series.month).from + days(day - 1));
      projections.push_back(projection);
      projections.push_back(by_ensemble(series, days_of(series.month).from + days(day - 1)));
    }
  }
  return projections;
}

}  // namespace costd::bench
