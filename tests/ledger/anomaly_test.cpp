#include "ledger/anomaly.hpp"

#include <catch2/catch.hpp>

#include <fmt/format.h>
#include <string>
#include <utility>
#include <vector>

#include "ledger/error.hpp"

namespace costd {
namespace {

Day day(const std::string& text) {
  return parse_day(text).value();
}

/// Seven days from 1 October that sum up to `week`, then the amount of the 8th.
DailySeries a_week_then(const Money& week, const Money& current) {
  DailySeries series{.first = day("2026-10-01"), .amounts = std::vector<Money>(8)};
  series.amounts[2] = week;
  series.amounts[7] = current;
  return series;
}

AnomalyRule rule(const char* threshold_percent, const char* impact_usd) {
  return {.threshold = parse_threshold(threshold_percent), .impact_min = parse_money(impact_usd)};
}

std::optional<AnomalyFinding> judge_8_october(const char* week_usd, const char* current_usd,
                                              const AnomalyRule& by) {
  return judge_day(a_week_then(parse_money(week_usd), parse_money(current_usd)), day("2026-10-08"),
                   day("2026-01-01"), by);
}

}  // namespace

TEST_CASE("a day is a spike only above the threshold, not at it", "[anomaly]") {
  // 70 / 7 = 10 a day; 50 % above it is 15.
  CHECK_FALSE(judge_8_october("70", "15", rule("50", "0")));
  const auto found = judge_8_october("70", "15.000000000001", rule("50", "0"));
  REQUIRE(found);
  CHECK(found->kind == AnomalyClass::spike);
  CHECK(format_day(found->day) == "2026-10-08");
  CHECK(found->current == parse_money("15.000000000001"));
  CHECK(found->baseline == Money::from_usd(10));
  CHECK(found->impact() == parse_money("5.000000000001"));
  CHECK_FALSE(judge_8_october("70", "10", rule("50", "0")));
  CHECK_FALSE(judge_8_october("70", "0", rule("50", "0")));  // drops are another rule's
}

TEST_CASE("a threshold has up to three decimals", "[anomaly]") {
  // 10 a day: 12.5 % above is 11.25, 0.001 % above is 10.0001.
  CHECK_FALSE(judge_8_october("70", "11.25", rule("12.5", "0")));
  CHECK(judge_8_october("70", "11.250000000001", rule("12.5", "0")));
  CHECK_FALSE(judge_8_october("70", "10.0001", rule("0.001", "0")));
  CHECK(judge_8_october("70", "10.000100000001", rule("0.001", "0")));
  // 100000 % above 10 is 10010.
  CHECK_FALSE(judge_8_october("70", "10010", rule("100000", "0")));
  CHECK(judge_8_october("70", "10010.01", rule("100000", "0")));
}

TEST_CASE("an impact below the minimum is no anomaly, the minimum itself is", "[anomaly]") {
  CHECK(judge_8_october("70", "20", rule("50", "10")));
  CHECK_FALSE(judge_8_october("70", "19.999999999999", rule("50", "10")));
  // The impact is over the baseline, not the whole day: 20 a day, 10 are not enough.
  CHECK_FALSE(judge_8_october("70", "20", rule("50", "10.000000000001")));
}

TEST_CASE("spend after a week of nothing is new spend, without a percentage", "[anomaly]") {
  const auto found = judge_8_october("0", "12.34", rule("50", "10"));
  REQUIRE(found);
  CHECK(found->kind == AnomalyClass::new_spend);
  CHECK(found->baseline.is_zero());
  CHECK(found->impact() == parse_money("12.34"));
  CHECK(found->deviation_percent().empty());
  CHECK_FALSE(judge_8_october("0", "9.99", rule("50", "10")));
  CHECK_FALSE(judge_8_october("0", "0", rule("50", "0")));
}

TEST_CASE("a tenant known for less than seven days is not judged", "[anomaly]") {
  const auto series = a_week_then(Money::from_usd(7), Money::from_usd(1'000));
  for (const char* since : {"2026-10-02", "2026-10-08", "2026-10-09"}) {
    INFO(since);
    CHECK_FALSE(judge_day(series, day("2026-10-08"), day(since), rule("50", "0")));
  }
  CHECK(judge_day(series, day("2026-10-08"), day("2026-10-01"), rule("50", "0")));
}

TEST_CASE("a new model of a known tenant is new spend from its first day", "[anomaly]") {
  const DailySeries series{.first = day("2026-10-08"), .amounts = {Money::from_usd(40)}};
  const auto found = judge_day(series, day("2026-10-08"), day("2026-10-01"), rule("50", "10"));
  REQUIRE(found);
  CHECK(found->kind == AnomalyClass::new_spend);
}

TEST_CASE("the baseline is the seven days before, not the day itself nor the eighth", "[anomaly]") {
  DailySeries series{.first = day("2026-10-01"), .amounts = std::vector<Money>(10)};
  series.amounts[1] = Money::from_usd(7'000);  // the 2nd: eight days before the 10th
  series.amounts[2] = Money::from_usd(14);     // the 3rd: seven days before
  series.amounts[8] = Money::from_usd(21);     // the 9th: the day before
  series.amounts[9] = Money::from_usd(100);    // the 10th
  const auto found = judge_day(series, day("2026-10-10"), day("2026-01-01"), rule("50", "0"));
  REQUIRE(found);
  CHECK(found->baseline == Money::from_usd(5));  // (14 + 21) / 7
  CHECK(found->deviation_percent() == "1900.0");
}

TEST_CASE("a day without a row is judged as a day of nothing", "[anomaly]") {
  const auto series = a_week_then(Money::from_usd(70), Money());
  CHECK_FALSE(judge_day(series, day("2026-11-30"), day("2026-01-01"), rule("50", "0")));
  CHECK_FALSE(judge_day(series, day("2026-09-01"), day("2026-01-01"), rule("50", "0")));
}

TEST_CASE("a deviation is written with one decimal, half to even", "[anomaly]") {
  const std::vector<std::pair<const char*, const char*>> rows{
      {"28.34", "183.4"}, {"20", "100.0"},     {"15.001", "50.0"},  {"15.005", "50.0"},
      {"15.015", "50.2"}, {"15.0051", "50.1"}, {"1010", "10000.0"},
  };
  for (const auto& [current, text] : rows) {
    INFO(current);
    const auto found = judge_8_october("70", current, rule("50", "0"));
    REQUIRE(found);
    CHECK(found->deviation_percent() == text);
  }
}

TEST_CASE("a threshold is a decimal number above zero", "[anomaly]") {
  CHECK(parse_threshold("50") == 50'000);
  CHECK(parse_threshold("12.5") == 12'500);
  CHECK(parse_threshold("0.001") == 1);
  CHECK(parse_threshold("33.333") == 33'333);
  CHECK(parse_threshold("100000") == 100'000'000);
  CHECK(parse_threshold("100000.000") == 100'000'000);
  for (const char* text :
       {"", "0", "0.000", "-5", "5%", "5.", ".5", " 5", "5 ", "1e2", "1.2345", "100000.001",
        "100001", "99999999999999999999", "fifty", "1,5", "nan", "inf", "0x10"}) {
    INFO("\"" << text << "\"");
    try {
      parse_threshold(text);
      FAIL_CHECK("taken for a threshold");
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::config);
      CHECK(std::string(error.what()).find(text) != std::string::npos);
    }
  }
}

TEST_CASE("the classes have the published names", "[anomaly]") {
  CHECK(std::string(name_of(AnomalyClass::spike)) == "SPIKE");
  CHECK(std::string(name_of(AnomalyClass::new_spend)) == "NEW_SPEND");
}

TEST_CASE("flagged days in a row are one incident", "[anomaly]") {
  const auto on = [](int day, int current, int baseline, AnomalyClass kind = AnomalyClass::spike) {
    return AnomalyFinding{kind, parse_day(fmt::format("2026-10-{:02}", day)).value(),
                          Money::from_usd(current), Money::from_usd(baseline)};
  };
  // 8 and 9 October: (30 - 10) + (25 - 10) = 35 above the 10 of before; the 11th is another one.
  const std::vector<AnomalyFinding> findings{on(8, 30, 10, AnomalyClass::new_spend), on(9, 25, 13),
                                             on(11, 20, 12)};
  const auto incidents = group_incidents(findings);
  REQUIRE(incidents.size() == 2);
  CHECK(incidents[0].kind == AnomalyClass::new_spend);
  CHECK(format_day(incidents[0].first_day) == "2026-10-08");
  CHECK(format_day(incidents[0].last_day) == "2026-10-09");
  CHECK(incidents[0].current == Money::from_usd(25));
  CHECK(incidents[0].baseline == Money::from_usd(10));
  CHECK(incidents[0].impact == Money::from_usd(35));
  CHECK(incidents[0].deviation_percent() == "150.0");
  CHECK(incidents[1].impact == Money::from_usd(8));
  CHECK(group_incidents({}).empty());
}

}  // namespace costd
