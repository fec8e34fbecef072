// The methods of costd, as the benchmark asks them.

#include <cmath>
#include <limits>

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

}  // namespace

std::vector<Projection> own_projections(const std::vector<BenchSeries>& all) {
  std::vector<Projection> projections;
  for (const BenchSeries& series : all) {
    for (const int day : as_of_days) {
      Projection projection = by_run_rate(series, days_of(series.month).from + days(day - 1));
      projections.push_back(projection);
    }
  }
  return projections;
}

}  // namespace costd::bench
