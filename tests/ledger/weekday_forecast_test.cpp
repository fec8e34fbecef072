#include "ledger/weekday_forecast.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "ledger/time/zone.hpp"

namespace costd {
namespace {

using std::chrono::days;

Day day(const std::string& text) {
  return parse_day(text).value();
}

DailySeries repeat(const std::string& first, int count, const std::vector<std::string>& usd) {
  DailySeries series{.first = day(first), .amounts = {}};
  for (int n = 0; n < count; ++n) {
    series.amounts.push_back(parse_money(usd[static_cast<std::size_t>(n) % usd.size()]));
  }
  return series;
}

WeekdayForecast forecast(const DailySeries& series, const std::string& as_of) {
  const auto result = forecast_weekdays(series, day(as_of));
  REQUIRE(result);
  CHECK(result->days.size() == forecast_days_max);
  // Whatever the series, figures are in order and never below what is spent.
  CHECK(result->month_to_date <= result->month_end.low95);
  CHECK(result->month_end.low95 <= result->month_end.low80);
  CHECK(result->month_end.low80 <= result->projected_month_end);
  CHECK(result->projected_month_end <= result->month_end.high80);
  CHECK(result->month_end.high80 <= result->month_end.high95);
  return *result;
}

/// A dollar amount, give or take a micro-USD for each day of a month.
bool is_about(Money estimate, Money expected) {
  const Money slack = parse_money("0.000031");
  return expected - slack <= estimate && estimate <= expected + slack;
}

/// Working days around 100, weekends around 20, each day off by a little that repeats every 11
/// days.
DailySeries uneven_weeks(const std::string& first, int count) {
  DailySeries series{.first = day(first), .amounts = {}};
  const int noise[] = {3, -7, 1, 9, -4, 0, 6, -9, 2, -1, 5};
  for (int n = 0; n < count; ++n) {
    const auto weekday = std::chrono::weekday(series.first + days(n)).c_encoding();
    const int level = weekday == 0 || weekday == 6 ? 20 : 100;
    series.amounts.push_back(scale(Money::from_usd(level), 100 + noise[n % 11], 100));
  }
  return series;
}

}  // namespace

TEST_CASE("a constant series forecasts itself exactly and without width", "[forecast]") {
  const Money daily = parse_money("12.345678");
  for (const int count : {7, 8, 12, 13, 14, 40, 100, 300}) {
    INFO(count);
    const DailySeries past{day("2026-10-14") - days(count - 1),
                           std::vector<Money>(static_cast<std::size_t>(count), daily)};
    const auto result = forecast(past, "2026-10-14");
    // 17 days remain in October.
    CHECK(is_about(result.projected_month_end, result.month_to_date + daily * 17));
    CHECK(result.month_end.low95 == result.projected_month_end);
    CHECK(result.month_end.high95 == result.projected_month_end);
    CHECK(result.errors.mase.value_or(0) == 0);
  }
}

TEST_CASE("a series of zeros is expected to go on", "[forecast]") {
  const auto result = forecast(repeat("2026-07-01", 100, {"0"}), "2026-10-08");
  CHECK(result.projected_month_end.is_zero());
  CHECK(result.month_end.high95.is_zero());
  CHECK_FALSE(result.errors.mape_month_end[0]);  // a month of zero has no percentage
}

TEST_CASE("no history has no forecast", "[forecast]") {
  CHECK_FALSE(forecast_weekdays({}, day("2026-10-14")));
  CHECK_FALSE(forecast_weekdays(repeat("2026-10-15", 5, {"1"}), day("2026-10-14")));
  CHECK(forecast_path({}, day("2026-10-14"), month_of(day("2026-10-14"))).empty());
}

TEST_CASE("one day of history says little and admits it", "[forecast]") {
  const auto result = forecast(repeat("2026-10-01", 1, {"10"}), "2026-10-01");
  CHECK(is_about(result.projected_month_end, Money::from_usd(310)));  // 31 x 10
  CHECK(result.confidence == Confidence::low);
  CHECK(result.reason == "1 day of history, fewer than 28");
  // 80 of 100 series a day old end within some 40 % of that (tests/bench/forecast).
  CHECK(result.month_end.low80 < Money::from_usd(230));
  CHECK(result.month_end.high80 > Money::from_usd(400));
  CHECK_FALSE(result.errors.mase);
  CHECK_FALSE(result.errors.coverage80);
  CHECK_FALSE(result.errors.mape_month_end[2]);
}

TEST_CASE("a negative correction lowers the month to date, not what is to come", "[forecast]") {
  auto past = repeat("2026-07-01", 106, {"10"});  // to 14 October
  past.amounts[95] = Money::from_usd(-500);       // 4 October
  const auto result = forecast(past, "2026-10-14");
  // 13 x 10 - 500 = -370; 17 x 10 = 170 to come.
  CHECK(result.month_to_date == Money::from_usd(-370));
  CHECK(result.projected_month_end >= Money::from_usd(-370 + 150));
  CHECK(result.projected_month_end <= Money::from_usd(-370 + 175));
}

TEST_CASE("a series of corrections only is not expected to earn money", "[forecast]") {
  const auto result = forecast(repeat("2026-09-01", 44, {"-3"}), "2026-10-14");
  CHECK(result.projected_month_end == result.month_to_date);
}

TEST_CASE("a gap of missing days leaves the level where it was", "[forecast]") {
  auto past = repeat("2026-07-01", 106, {"10"});
  for (std::size_t n = 80; n < 84; ++n) past.amounts[n] = Money();
  const auto result = forecast(past, "2026-10-14");
  // 14 x 10 and 17 x 10.
  CHECK(result.projected_month_end >= Money::from_usd(300));
  CHECK(result.projected_month_end <= Money::from_usd(315));
}

TEST_CASE("days that never came after the last one with usage cost nothing", "[forecast]") {
  const auto past = repeat("2026-09-01", 38, {"10"});  // to 8 October
  const auto result = forecast(past, "2026-10-14");
  CHECK(result.month_to_date == Money::from_usd(80));
  CHECK(result.month_end.low80 < Money::from_usd(80 + 17 * 10));
}

TEST_CASE("days on which the clocks change are days like any other", "[forecast]") {
  // Clocks in Zurich go back on 25 October 2026: 25 hours, one date, one amount.
  const Zone zurich("Europe/Zurich");
  CHECK(zurich.start_of(day("2026-10-26")) - zurich.start_of(day("2026-10-25")) ==
        std::chrono::hours(25));
  const auto result = forecast(uneven_weeks("2026-08-03", 90), "2026-10-31");  // a Saturday
  const auto spring = forecast(uneven_weeks("2026-01-05", 90), "2026-04-04");  // 29 March between
  CHECK(result.month_end.low95 == result.month_to_date);  // nothing is left to project
  CHECK(result.projected_month_end == result.month_to_date);
  // Sunday to Saturday: 20 + 5 x 100 + 20 = 540 give or take the noise.
  Money week;
  for (int n = 0; n < 7; ++n) week += spring.days[static_cast<std::size_t>(n)];
  CHECK(week > Money::from_usd(525));
  CHECK(week < Money::from_usd(555));
  CHECK(spring.days[0] < Money::from_usd(25));
  CHECK(spring.days[1] > Money::from_usd(90));
}

TEST_CASE("quiet weekends are seen where the run rate overshoots", "[forecast]") {
  const auto past = uneven_weeks("2026-07-06", 103);
  // As of Friday, 16 October: ten working days and five weekend days remain: 10 x 100 + 5 x 20 =
  // 1100.
  const auto result = forecast(past, "2026-10-16");
  const Money rest = result.projected_month_end - result.month_to_date;
  CHECK(rest > Money::from_usd(1067));
  CHECK(rest < Money::from_usd(1133));
  CHECK(result.confidence == Confidence::high);
  CHECK(result.reason.empty());
  CHECK(result.method.starts_with("ensemble:"));
  // Noise of 5 % a day is far below a week's swing, and ends of months are well met.
  CHECK(result.errors.mase.value() < 1.2);
  for (const auto& mape : result.errors.mape_month_end) CHECK(mape.value() < 3);
  CHECK(result.errors.coverage80.value() >= 70);
}

TEST_CASE("a forecast looks at nothing after its as-of day", "[forecast]") {
  auto past = uneven_weeks("2026-07-06", 101);
  const auto before = forecast(past, "2026-10-14");
  past.amounts.resize(120, Money::from_usd(9'999));
  const auto after = forecast(past, "2026-10-14");
  CHECK(before.projected_month_end == after.projected_month_end);
  CHECK(before.month_end == after.month_end);
  CHECK(before.days == after.days);
}

TEST_CASE("the path leads from the month to date to the month's end and widens", "[forecast]") {
  const auto past = uneven_weeks("2026-07-06", 101);
  const auto result = forecast(past, "2026-10-14");
  const auto path = forecast_path(past, day("2026-10-14"), month_of(day("2026-10-14")));
  REQUIRE(path.size() == 18);
  CHECK(path.front().day == day("2026-10-14"));
  CHECK(path.front().expected == result.month_to_date);
  CHECK(path.front().interval.low95 == result.month_to_date);
  CHECK(path.front().interval.high95 == result.month_to_date);
  CHECK(path.back().day == day("2026-10-31"));
  CHECK(path.back().expected == result.projected_month_end);
  CHECK(path.back().interval == result.month_end);
  for (std::size_t n = 1; n < path.size(); ++n) CHECK(path[n].expected > path[n - 1].expected);
}

TEST_CASE("on the last day of a month the next one can be projected", "[forecast]") {
  const auto past = repeat("2026-07-01", 123, {"10"});  // to 31 October
  const Day last = day("2026-10-31");
  CHECK(format_month(month_to_come(last)) == "2026-11");
  CHECK(format_month(month_to_come(last - days(1))) == "2026-10");
  const auto next = forecast_weekdays(past, last, month_to_come(last)).value();
  CHECK(next.month_to_date.is_zero());
  CHECK(next.projected_month_end == Money::from_usd(300));  // 30 x 10
  const auto path = forecast_path(past, last, month_to_come(last));
  REQUIRE(path.size() == 31);
  CHECK(path.front().expected.is_zero());
  CHECK(path.back().expected == Money::from_usd(300));
  CHECK(path.back().day == day("2026-11-30"));
}

TEST_CASE("a forecast that failed in the past is not trusted", "[forecast]") {
  // Two weeks at 1, two weeks at 40, and so on: no month end could have been told from before.
  DailySeries past{.first = day("2026-06-01"), .amounts = {}};
  for (int n = 0; n < 136; ++n) past.amounts.push_back(Money::from_usd(n / 14 % 2 == 0 ? 1 : 40));
  const auto result = forecast(past, "2026-10-14");
  CHECK(result.confidence == Confidence::low);
  CHECK_FALSE(result.reason.empty());
}

TEST_CASE("a month without an earlier one to test on is of medium confidence", "[forecast]") {
  // 30 days, none of them in a month that is over and had ten days known before its 7th, 14th,
  // 21st.
  const auto result = forecast(repeat("2026-10-01", 30, {"10"}), "2026-10-30");
  CHECK(result.confidence == Confidence::medium);
  CHECK(result.reason == "no complete month yet to test it on");
}

TEST_CASE("confidences have names that can be read back", "[forecast]") {
  CHECK(std::string(name_of(Confidence::low)) == "low");
  CHECK(parse_confidence("medium") == Confidence::medium);
  CHECK(parse_confidence("high") == Confidence::high);
  CHECK_FALSE(parse_confidence("HIGH"));
}

TEST_CASE("bounds of a wild history are amounts that can be written and read again", "[forecast]") {
  for (const char* jump : {"1000000000", "900000000000000", "100000000000000000"}) {
    DailySeries series = repeat("2026-06-01", 60, {"0.000001", "0.0004"});
    for (int n = 0; n < 9; ++n) {
      series.amounts.push_back(n % 2 == 0 ? parse_money(jump) : Money());
    }
    const auto result = forecast_weekdays(series, day("2026-08-08"));
    REQUIRE(result);
    for (const Money bound :
         {result->projected_month_end, result->month_end.high80, result->month_end.high95}) {
      CHECK(parse_money(format_exact(bound)) == bound);
    }
  }
}

}  // namespace costd
