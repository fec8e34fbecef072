#include "jobs/statement_forecasts.hpp"

#include <cmath>

#include "jobs/forecast_job.hpp"
#include "ledger/store/cost_series.hpp"
#include "ledger/store/cost_summary.hpp"
#include "ledger/weekday_forecast.hpp"

namespace costd {
namespace {

using std::chrono::days;

std::optional<std::int64_t> in_parts(const std::optional<double>& figure, int parts) {
  if (!figure) return std::nullopt;
  return std::llround(*figure * parts);
}

MonthEndEstimate estimate_of(const WeekdayForecast& forecast) {
  const auto& errors = forecast.errors;
  return {.projected_month_end = forecast.projected_month_end,
          .low80 = forecast.month_end.low80,
          .high80 = forecast.month_end.high80,
          .low95 = forecast.month_end.low95,
          .high95 = forecast.month_end.high95,
          .method = forecast.method,
          .mase_hundredths = in_parts(errors.mase, 100),
          .error_permille_7 = in_parts(errors.mape_month_end[0], 10),
          .error_permille_14 = in_parts(errors.mape_month_end[1], 10),
          .error_permille_21 = in_parts(errors.mape_month_end[2], 10),
          .held_permille = in_parts(errors.coverage80, 10),
          .confidence = name_of(forecast.confidence),
          .reason = forecast.reason};
}

std::optional<ForecastLine> line_of(const CostSeries& series, Day as_of, Month month) {
  const auto run_rate = forecast_run_rate(series.costs, as_of);
  const auto weekday = forecast_weekdays(series.costs, as_of, month);
  if (!run_rate || !weekday) return std::nullopt;
  ForecastLine line;
  line.tenant = series.tenant;
  line.model = series.model;
  line.as_of = as_of;
  line.month_to_date = run_rate->month_to_date;
  line.daily_rate = run_rate->daily_rate;
  line.projected_month_end = run_rate->projected_month_end;
  line.trend = run_rate->trend;
  line.low_confidence = run_rate->low_confidence;
  line.estimate = estimate_of(*weekday);
  if (month != month_of(as_of)) {
    line.month_to_date = Money();
    line.projected_month_end = line.daily_rate * days_of(month).days();
  }
  return line;
}

std::vector<ForecastPoint> points_of(const DailySeries& costs, Day as_of, Month month) {
  std::vector<ForecastPoint> points;
  Money spent;
  for (Day day = days_of(month).from; day <= as_of; day += days(1)) {
    spent += costs.on(day);
    points.push_back({day, true, spent, spent, spent, spent, spent});
  }
  for (const ForecastDay& to_come : forecast_path(costs, as_of, month)) {
    if (to_come.day <= as_of) continue;
    const MoneyInterval& interval = to_come.interval;
    points.push_back({to_come.day, false, to_come.expected, interval.low80, interval.high80,
                      interval.low95, interval.high95});
  }
  return points;
}

}  // namespace

StatementForecasts statement_forecasts(Connection& connection,
                                       const std::optional<std::string>& tenant, Day as_of) {
  StatementForecasts forecasts;
  forecasts.month = month_to_come(as_of);
  std::vector<unsigned> groupings{by_nothing, by_model};
  if (!tenant) groupings.insert(groupings.begin() + 1, by_tenant);
  const auto groups = load_daily_costs(connection, tenant, forecast_history(as_of), groupings);
  for (const auto& group : groups) {
    for (const CostSeries& series : group) {
      auto line = line_of(series, as_of, forecasts.month);
      if (!line) continue;
      if (tenant) line->tenant = *tenant;
      forecasts.lines.push_back(std::move(*line));
    }
  }
  if (!forecasts.lines.empty()) {
    forecasts.points = points_of(groups.front().front().costs, as_of, forecasts.month);
  }
  return forecasts;
}

}  // namespace costd
