#include "ledger/forecast.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

namespace costd {
namespace {

Day day(const std::string& text) {
  return parse_day(text).value();
}

/// A series in whole USD from the day on.
DailySeries series(const std::string& first, const std::vector<int>& usd) {
  DailySeries result{.first = day(first), .amounts = {}};
  for (const int amount : usd) result.amounts.push_back(Money::from_usd(amount));
  return result;
}

RunRateForecast forecast(const DailySeries& past, const std::string& as_of) {
  const auto result = forecast_run_rate(past, day(as_of));
  REQUIRE(result);
  CHECK(format_day(result->as_of) == as_of);
  return *result;
}

/// Fourteen days up to 14 October, each week with its sum on one day.
Trend trend_after(const Money& previous_week, const Money& last_week) {
  DailySeries past{.first = day("2026-10-01"), .amounts = std::vector<Money>(14)};
  past.amounts[3] = previous_week;
  past.amounts[12] = last_week;
  return forecast(past, "2026-10-14").trend;
}

constexpr Money pico = Money::from_picos(1);

}  // namespace

TEST_CASE("the rate is the mean of the last seven complete days", "[forecast]") {
  const auto past = series("2026-10-01", {100, 100, 100, 1, 2, 3, 4, 5, 6, 7, 999});
  const auto result = forecast(past, "2026-10-10");
  // 4 to 10 October: 1 + 2 + 3 + 4 + 5 + 6 + 7 = 28; 28 / 7 = 4
  CHECK(result.daily_rate == Money::from_usd(4));
  // 1 to 10 October: 300 + 28 = 328; the 999 of the 11th is not over yet
  CHECK(result.month_to_date == Money::from_usd(328));
  // 21 days remain: 328 + 21 * 4 = 412
  CHECK(result.projected_month_end == Money::from_usd(412));
  CHECK_FALSE(result.low_confidence);
}

TEST_CASE("a rate that sevenths cannot hold is not off by more than the last picos", "[forecast]") {
  // 100 USD on one of seven days; 24 remain: 100 + 100 * 24 / 7 = 442.857142857142857...
  const auto result = forecast(series("2026-10-01", {100}), "2026-10-07");
  CHECK(result.daily_rate == parse_money("14.285714285714"));
  const Money error = result.projected_month_end - parse_money("442.857142857143");
  CHECK(error <= Money::from_picos(24));
  CHECK(error >= Money::from_picos(-24));
}

TEST_CASE("days without a row cost nothing and count", "[forecast]") {
  const auto past = series("2026-10-01", {0, 35, 0, 0, 35});
  // 4 to 10 October: 35 on the 5th, five of the days have no row at all: 35 / 7 = 5
  const auto result = forecast(past, "2026-10-10");
  CHECK(result.daily_rate == Money::from_usd(5));
  CHECK(result.month_to_date == Money::from_usd(70));
  CHECK(result.projected_month_end == Money::from_usd(70 + 21 * 5));
}

TEST_CASE("with less than seven days the rate is the mean of the days there are", "[forecast]") {
  // 8 to 10 October: (10 + 20 + 30) / 3 = 20; 60 + 21 * 20 = 480
  const auto three = forecast(series("2026-10-08", {10, 20, 30}), "2026-10-10");
  CHECK(three.daily_rate == Money::from_usd(20));
  CHECK(three.projected_month_end == Money::from_usd(480));
  CHECK(three.low_confidence);
  // The days there are begin with the first one that has usage: 60 / 5 = 12
  const auto five = forecast(series("2026-10-08", {10, 20, 30}), "2026-10-12");
  CHECK(five.daily_rate == Money::from_usd(12));
  CHECK(five.low_confidence);
  const auto one = forecast(series("2026-10-10", {7}), "2026-10-10");
  CHECK(one.daily_rate == Money::from_usd(7));
  CHECK(one.low_confidence);
  const auto six = forecast(series("2026-10-05", {6, 6, 6, 6, 6, 6}), "2026-10-10");
  CHECK(six.low_confidence);
  const auto seven = forecast(series("2026-10-04", {6, 6, 6, 6, 6, 6, 6}), "2026-10-10");
  CHECK_FALSE(seven.low_confidence);
}

TEST_CASE("a series that begins later has no forecast yet", "[forecast]") {
  CHECK_FALSE(forecast_run_rate(series("2026-10-11", {1, 2, 3}), day("2026-10-10")));
  CHECK(forecast_run_rate(series("2026-10-10", {1, 2, 3}), day("2026-10-10")));
}

TEST_CASE("on the last day of the month nothing is left to project", "[forecast]") {
  std::vector<int> usd(31, 10);
  usd[30] = 500;
  const auto result = forecast(series("2026-10-01", usd), "2026-10-31");
  CHECK(result.month_to_date == Money::from_usd(800));
  CHECK(result.projected_month_end == Money::from_usd(800));
}

TEST_CASE("a new month begins at zero and keeps the rate of the old one", "[forecast]") {
  std::vector<int> usd(32, 10);
  usd[31] = 80;  // 1 November
  const auto result = forecast(series("2026-10-01", usd), "2026-11-01");
  CHECK(result.month_to_date == Money::from_usd(80));
  // (6 * 10 + 80) / 7 = 20; 80 + 29 * 20 = 660
  CHECK(result.daily_rate == Money::from_usd(20));
  CHECK(result.projected_month_end == Money::from_usd(660));
}

TEST_CASE("a leap February and December have their own length", "[forecast]") {
  const std::vector<int> usd(7, 1);
  CHECK(forecast(series("2024-02-01", usd), "2024-02-07").projected_month_end ==
        Money::from_usd(29));
  CHECK(forecast(series("2026-02-01", usd), "2026-02-07").projected_month_end ==
        Money::from_usd(28));
  CHECK(forecast(series("2026-12-01", usd), "2026-12-07").projected_month_end ==
        Money::from_usd(31));
}

TEST_CASE("a constant series forecasts itself from every day", "[forecast]") {
  const Money daily = parse_money("0.123456789013");
  DailySeries past{.first = day("2026-09-01"), .amounts = std::vector<Money>(91, daily)};
  for (Day as_of = day("2026-09-01"); as_of <= day("2026-11-30"); as_of += std::chrono::days(1)) {
    const auto result = forecast_run_rate(past, as_of);
    REQUIRE(result);
    INFO(format_day(as_of));
    CHECK(result->daily_rate == daily);
    CHECK(result->projected_month_end == daily * days_of(month_of(as_of)).days());
    CHECK(result->trend == Trend::stable);
  }
}

TEST_CASE("the trend is stable up to five percent either way, inclusive", "[forecast]") {
  const Money hundred = Money::from_usd(100);
  CHECK(trend_after(hundred, hundred) == Trend::stable);
  CHECK(trend_after(hundred, Money::from_usd(105)) == Trend::stable);
  CHECK(trend_after(hundred, Money::from_usd(105) + pico) == Trend::increasing);
  CHECK(trend_after(hundred, Money::from_usd(95)) == Trend::stable);
  CHECK(trend_after(hundred, Money::from_usd(95) - pico) == Trend::decreasing);
  CHECK(trend_after(hundred, Money()) == Trend::decreasing);
  CHECK(trend_after(Money(), hundred) == Trend::increasing);
  CHECK(trend_after(Money(), pico) == Trend::increasing);
  CHECK(trend_after(Money(), Money()) == Trend::stable);
  // 5 % of 10 picos is half a pico: 11 are beyond it.
  CHECK(trend_after(Money::from_picos(10), Money::from_picos(11)) == Trend::increasing);
  CHECK(trend_after(Money::from_picos(20), Money::from_picos(21)) == Trend::stable);
}

TEST_CASE("without a day of the week before there is no trend", "[forecast]") {
  const auto week = series("2026-10-08", {1, 2, 3, 4, 5, 6, 7});
  CHECK(forecast(week, "2026-10-14").trend == Trend::stable);
  CHECK(forecast(week, "2026-10-08").trend == Trend::stable);
}

TEST_CASE("the trend looks at fourteen days and no further", "[forecast]") {
  // Day 8 (the first of the last seven) and day 7 (the last of the seven before).
  auto past = series("2026-10-01", std::vector<int>(14, 0));
  past.amounts[7] = Money::from_usd(1);
  CHECK(forecast(past, "2026-10-14").trend == Trend::increasing);
  past.amounts[7] = Money();
  past.amounts[6] = Money::from_usd(1);
  CHECK(forecast(past, "2026-10-14").trend == Trend::decreasing);
  // A fifteenth day back and a day to come are not looked at.
  auto longer = series("2026-09-30", std::vector<int>(16, 0));
  longer.amounts.front() = Money::from_usd(1'000);
  longer.amounts.back() = Money::from_usd(1'000);
  CHECK(forecast(longer, "2026-10-14").trend == Trend::stable);
}

TEST_CASE("the trends have the published names", "[forecast]") {
  CHECK(std::string(name_of(Trend::increasing)) == "INCREASING");
  CHECK(std::string(name_of(Trend::decreasing)) == "DECREASING");
  CHECK(std::string(name_of(Trend::stable)) == "STABLE");
}

TEST_CASE("a series costs nothing outside its days", "[forecast]") {
  const auto past = series("2026-10-05", {1, 2, 4});
  CHECK(past.on(day("2026-10-04")).is_zero());
  CHECK(past.on(day("2026-10-05")) == Money::from_usd(1));
  CHECK(past.on(day("2026-10-07")) == Money::from_usd(4));
  CHECK(past.on(day("2026-10-08")).is_zero());
  CHECK(past.sum({day("2026-10-05"), day("2026-10-07")}) == Money::from_usd(3));  // half-open
  CHECK(past.sum({day("2026-09-01"), day("2026-12-01")}) == Money::from_usd(7));
  CHECK(past.sum({day("2026-10-06"), day("2026-10-06")}).is_zero());
  CHECK(past.sum({day("2026-10-08"), day("2026-10-09")}).is_zero());
}

}  // namespace costd
