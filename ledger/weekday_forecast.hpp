#pragma once
// The weekday-aware forecast of a series beside its published run rate: estimates with intervals
// and their own error. Statistics are in floating point, so every amount it gives but the month to
// date is an estimate, rounded to micro-USD and never part of a charge.

#include <optional>
#include <string>
#include <vector>

#include "ledger/forecast.hpp"
#include "ledger/forecast_backtest.hpp"

namespace costd {

/// Days of a series that a forecast looks at, at most: those that shape it and those that test it.
inline constexpr int forecast_history_days = 280;

/// low: too little is known, or earlier forecasts were far off. high: tested on past months.
enum class Confidence { low, medium, high };
const char* name_of(Confidence confidence);  ///< "low"
std::optional<Confidence> parse_confidence(std::string_view text);

/// Estimates of a sum, in order: low95 <= low80 <= expected <= high80 <= high95.
struct MoneyInterval {
  Money low80;
  Money high80;
  Money low95;
  Money high95;
  friend bool operator==(const MoneyInterval&, const MoneyInterval&) = default;
};

struct WeekdayForecast {
  Day as_of{};          ///< the last complete day
  Money month_to_date;  ///< exact; spend from the first of the projected month through as_of
  Money projected_month_end;
  MoneyInterval month_end;
  std::string method;  ///< "ensemble:damped-trend", after what it relies on most; "run-rate-7d"
  ForecastErrors errors;
  Confidence confidence = Confidence::low;
  std::string reason;       ///< for people, why it is not high: "12 days of history, fewer than 28"
  std::vector<Money> days;  ///< expected spend of each of the forecast_days_max days to come
};

/// Nothing if the series begins after `as_of`. What comes is never expected below zero, so neither
/// is the month's end below the month to date.
std::optional<WeekdayForecast> forecast_weekdays(const DailySeries& series, Day as_of);
/// Of a month that as_of is in, or of the next one if as_of is the last day of its own.
std::optional<WeekdayForecast> forecast_weekdays(const DailySeries& series, Day as_of, Month month);
/// The month in which the days after as_of begin.
Month month_to_come(Day as_of);

/// The month's total if it ended on `day`.
struct ForecastDay {
  Day day{};
  Money expected;
  MoneyInterval interval;
};
/// From as_of to the end of the month, which is as for forecast_weekdays; the first one is the
/// month to date and has no width.
std::vector<ForecastDay> forecast_path(const DailySeries& series, Day as_of, Month month);

}  // namespace costd
