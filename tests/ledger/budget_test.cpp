#include "ledger/budget.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

namespace costd {
namespace {

Day day(const std::string& text) {
  return parse_day(text).value();
}

BudgetCap cap(const char* limit_usd, int soft_limit_percent) {
  BudgetCap result;
  result.limit = parse_money(limit_usd);
  result.soft_limit_percent = soft_limit_percent;
  return result;
}

std::string colour(const BudgetCap& budget, const char* spent_usd) {
  return name_of(colour_of(budget, parse_money(spent_usd)));
}

}  // namespace

TEST_CASE("a budget is amber from its soft limit and red from its limit on", "[budget]") {
  const auto hundred = cap("100", 80);
  CHECK(colour(hundred, "0") == "green");
  CHECK(colour(hundred, "-5") == "green");
  CHECK(colour(hundred, "79.999999999999") == "green");
  CHECK(colour(hundred, "80") == "amber");
  CHECK(colour(hundred, "99.999999999999") == "amber");
  CHECK(colour(hundred, "100") == "red");
  CHECK(colour(hundred, "100.000000000001") == "red");
  CHECK(colour(hundred, "1000000000") == "red");
}

TEST_CASE("a soft limit between two picos is exact", "[budget]") {
  // 75 % of 10 picos is 7.5 picos.
  const auto tiny = cap("0.000000000010", 75);
  CHECK(colour(tiny, "0.000000000007") == "green");
  CHECK(colour(tiny, "0.000000000008") == "amber");
}

TEST_CASE("a soft limit of all goes from green to red", "[budget]") {
  CHECK(colour(cap("100", 100), "99.999999999999") == "green");
  CHECK(colour(cap("100", 100), "100") == "red");
}

TEST_CASE("a budget of many quadrillions has colours, too", "[budget]") {
  const auto vast = cap("999999999999999999", 80);
  CHECK(colour(vast, "799999999999999999.1") == "green");
  CHECK(colour(vast, "799999999999999999.2") == "amber");
  CHECK(colour(vast, "999999999999999999") == "red");
}

TEST_CASE("the soft limit is 80 percent unless it is set", "[budget]") {
  CHECK(BudgetCap{}.soft_limit_percent == 80);
  CHECK(BudgetCap{}.period == BudgetPeriod::monthly);
}

TEST_CASE("a budget's period is the day, the ISO week or the month around the day", "[budget]") {
  struct Row {
    const char* day;
    BudgetPeriod period;
    const char* from;
    const char* to;
  };
  const std::vector<Row> rows{
      {"2026-10-15", BudgetPeriod::daily, "2026-10-15", "2026-10-16"},
      {"2026-12-31", BudgetPeriod::daily, "2026-12-31", "2027-01-01"},
      {"2026-10-12", BudgetPeriod::weekly, "2026-10-12", "2026-10-19"},  // a Monday
      {"2026-10-18", BudgetPeriod::weekly, "2026-10-12", "2026-10-19"},  // its Sunday
      {"2027-01-01", BudgetPeriod::weekly, "2026-12-28", "2027-01-04"},
      {"2026-10-01", BudgetPeriod::monthly, "2026-10-01", "2026-11-01"},
      {"2026-10-31", BudgetPeriod::monthly, "2026-10-01", "2026-11-01"},
      {"2024-02-29", BudgetPeriod::monthly, "2024-02-01", "2024-03-01"},
      {"2026-12-31", BudgetPeriod::monthly, "2026-12-01", "2027-01-01"},
  };
  for (const Row& row : rows) {
    INFO(row.day << " " << name_of(row.period));
    const auto range = period_around(day(row.day), row.period);
    CHECK(format_day(range.from) == row.from);
    CHECK(format_day(range.to) == row.to);
    CHECK(range.contains(day(row.day)));
  }
}

TEST_CASE("a budget's period is read in both spellings of the gateway", "[budget]") {
  CHECK(parse_budget_period("DAILY") == BudgetPeriod::daily);
  CHECK(parse_budget_period("DAY") == BudgetPeriod::daily);
  CHECK(parse_budget_period("WEEKLY") == BudgetPeriod::weekly);
  CHECK(parse_budget_period("WEEK") == BudgetPeriod::weekly);
  CHECK(parse_budget_period("MONTHLY") == BudgetPeriod::monthly);
  CHECK(parse_budget_period("MONTH") == BudgetPeriod::monthly);
  for (const char* text : {"", "YEARLY", "MONTHLYX", "MON", "D", "DAILY "}) {
    INFO(text);
    CHECK_FALSE(parse_budget_period(text));
  }
  for (const auto period : {BudgetPeriod::daily, BudgetPeriod::weekly, BudgetPeriod::monthly}) {
    CHECK(parse_budget_period(name_of(period)) == period);
  }
}

}  // namespace costd
