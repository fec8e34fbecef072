#include "ledger/weekday_forecast.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace costd {
namespace {

using std::chrono::days;

constexpr int history_days_least = 28;  ///< four of each weekday
constexpr double mape_high = 25;        ///< percent; month ends missed by more are no guide
constexpr double coverage_low = 50;     ///< percent of the 80 % intervals
constexpr double coverage_fair = 65;

double to_usd(Money amount) {
  return static_cast<double>(amount.picos()) / static_cast<double>(picos_per_usd);
}

/// An estimate in whole micro-USD.
Money estimate(double usd) {
  // A wild history may end in bounds that no amount can hold; beyond this they say nothing anyway.
  constexpr double usd_max = 1e17;
  const double bounded = usd < usd_max ? std::max(usd, -usd_max) : usd_max;
  return Money::from_picos(static_cast<int128>(std::nearbyint(bounded * 1e6)) * 1'000'000);
}

/// The series as the statistics see it, to as_of and no further.
struct Input {
  std::vector<double> values;
  std::vector<CalendarDay> calendar;
  std::size_t days_left = 0;  ///< of the month
  Money month_to_date;

  Input(const DailySeries& series, Day as_of, Month month) {
    const Day end = as_of + days(1);
    const Day first = std::max(series.first, end - days(forecast_history_days));
    // A correction says nothing about what is to come: its day counts as one without cost.
    for (Day day = first; day < end; day += days(1)) {
      values.push_back(std::max(to_usd(series.on(day)), 0.0));
    }
    calendar = calendar_of({first, end + days(forecast_days_max)});
    const DayRange range = days_of(month);
    days_left = static_cast<std::size_t>((range.to - end).count());
    month_to_date = series.sum({range.from, end});
  }
  BackTest test() const { return BackTest(values, calendar, std::max<std::size_t>(days_left, 1)); }
};

bool begins_after(const DailySeries& series, Day as_of) {
  return series.amounts.empty() || series.first > as_of;
}

MoneyInterval add(Money to_date, const Intervals& rest) {
  return {to_date + estimate(rest.at80.low), to_date + estimate(rest.at80.high),
          to_date + estimate(rest.at95.low), to_date + estimate(rest.at95.high)};
}

std::optional<double> worst_mape(const ForecastErrors& errors) {
  std::optional<double> worst;
  for (const std::optional<double>& mape : errors.mape_month_end) worst = std::max(worst, mape);
  return worst;
}

void judge(WeekdayForecast& forecast, std::size_t history, bool is_intermittent) {
  const std::optional<double> mape = worst_mape(forecast.errors);
  const std::optional<double>& coverage = forecast.errors.coverage80;
  const auto settle = [&](Confidence confidence, std::string reason) {
    forecast.confidence = confidence;
    forecast.reason = std::move(reason);
  };
  if (history < history_days_least) {
    return settle(Confidence::low, fmt::format("{} day{} of history, fewer than {}", history,
                                               history == 1 ? "" : "s", history_days_least));
  }
  if (mape && *mape > mape_high) {
    return settle(Confidence::low, fmt::format("past month ends were missed by {:.0f} %", *mape));
  }
  if (coverage && *coverage < coverage_fair) {
    return settle(*coverage < coverage_low ? Confidence::low : Confidence::medium,
                  fmt::format("only {:.0f} % of earlier 80 % intervals held", *coverage));
  }
  if (is_intermittent) {
    return settle(Confidence::medium, "days without any cost come and go");
  }
  if (!mape) return settle(Confidence::medium, "no complete month yet to test it on");
  settle(Confidence::high, "");
}

}  // namespace

const char* name_of(Confidence confidence) {
  switch (confidence) {
    case Confidence::low:
      return "low";
    case Confidence::medium:
      return "medium";
    case Confidence::high:
      return "high";
  }
  return "low";
}

std::optional<Confidence> parse_confidence(std::string_view text) {
  for (const Confidence one : {Confidence::low, Confidence::medium, Confidence::high}) {
    if (text == name_of(one)) return one;
  }
  return std::nullopt;
}

Month month_to_come(Day as_of) {
  return month_of(as_of + days(1));
}

std::optional<WeekdayForecast> forecast_weekdays(const DailySeries& series, Day as_of) {
  return forecast_weekdays(series, as_of, month_of(as_of));
}

std::optional<WeekdayForecast> forecast_weekdays(const DailySeries& series, Day as_of,
                                                 Month month) {
  if (begins_after(series, as_of)) return std::nullopt;
  const Input input(series, as_of, month);
  const BackTest test = input.test();
  const CumulativeCosts& sums = test.expected();
  WeekdayForecast forecast;
  forecast.as_of = as_of;
  forecast.month_to_date = input.month_to_date;
  forecast.projected_month_end =
      input.month_to_date + estimate(std::max(sums[input.days_left], 0.0));
  forecast.month_end = add(input.month_to_date, test.intervals(input.days_left));
  forecast.method = std::string("ensemble:") + test.leading_member();
  forecast.errors = test.errors();
  judge(forecast, input.values.size(), test.is_intermittent());
  for (std::size_t n = 0; n < forecast_days_max; ++n) {
    forecast.days.push_back(estimate(std::max(sums[n + 1] - sums[n], 0.0)));
  }
  return forecast;
}

std::vector<ForecastDay> forecast_path(const DailySeries& series, Day as_of, Month month) {
  if (begins_after(series, as_of)) return {};
  const Input input(series, as_of, month);
  const BackTest test = input.test();
  std::vector<ForecastDay> path;
  for (std::size_t n = 0; n <= input.days_left; ++n) {
    path.push_back({as_of + days(static_cast<int>(n)),
                    input.month_to_date + estimate(std::max(test.expected()[n], 0.0)),
                    add(input.month_to_date, test.intervals(n))});
  }
  return path;
}

}  // namespace costd
