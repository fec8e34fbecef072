#include "ledger/budget_projection.hpp"

#include <catch2/catch.hpp>
#include <vector>

#include "tests/support/budget_builders.hpp"

namespace costd {
namespace {

using test::a_cap;
using test::day;

ScopeSpend a_spend(BudgetPeriod period, const char* spent, const char* today, const char* last_days,
                   int history) {
  ScopeSpend spend;
  spend.in(period).spent = parse_money(spent);
  spend.today = parse_money(today);
  spend.last_days = parse_money(last_days);
  spend.history_days = history;
  return spend;
}

}  // namespace

TEST_CASE("a period ends at what is spent and the mean of seven days for each day left",
          "[budget]") {
  struct Row {
    const char* what;
    BudgetPeriod period;
    const char* spent;  // in the period, today among it
    const char* today;
    const char* last_days;  // of the last complete days
    int history;
    const char* running;
    const char* limit;
    const char* at_end;
    const char* crosses;  // "" = does not
  };
  // October has 31 days; on the 10th there are 21 days after the running one.
  const std::vector<Row> rows{
      {"9 + rest of today 1 + 21", BudgetPeriod::monthly, "9", "0", "7", 7, "2026-10-10", "30",
       "31.000000000000", "2026-10-30"},  // 10 by the end of the 10th, 30 after 20 more days
      {"today has spent half its mean", BudgetPeriod::monthly, "9.5", "0.5", "7", 7, "2026-10-10",
       "32", "31.000000000000", ""},
      {"today has spent more than its mean", BudgetPeriod::monthly, "14", "5", "7", 7, "2026-10-10",
       "100", "35.000000000000", ""},  // 14 + 21
      {"the limit is reached to the pico", BudgetPeriod::monthly, "9", "0", "7", 7, "2026-10-10",
       "31", "31.000000000000", "2026-10-31"},
      {"a pico more is not", BudgetPeriod::monthly, "9", "0", "7", 7, "2026-10-10",
       "31.000000000001", "31.000000000000", ""},
      {"crossed on the running day", BudgetPeriod::monthly, "9", "0", "7", 7, "2026-10-10", "10",
       "31.000000000000", "2026-10-10"},
      {"crossed already", BudgetPeriod::monthly, "9", "0", "7", 7, "2026-10-10", "9",
       "31.000000000000", ""},
      {"a third of a USD a day, rounded once", BudgetPeriod::monthly, "0", "0", "1", 3,
       "2026-10-31", "5", "0.333333333333", ""},
      {"the week from Monday the 5th, on its Saturday", BudgetPeriod::weekly, "10", "0", "14", 7,
       "2026-10-10", "13", "14.000000000000", "2026-10-11"},
      {"a day ends at its mean", BudgetPeriod::daily, "1", "1", "14", 7, "2026-10-10", "2",
       "2.000000000000", "2026-10-10"},
      {"or at what it has spent", BudgetPeriod::daily, "3", "3", "14", 7, "2026-10-10", "4",
       "3.000000000000", ""},
      {"nothing spent lately", BudgetPeriod::monthly, "9", "0", "0", 7, "2026-10-10", "10",
       "9.000000000000", ""},
      {"the period is over", BudgetPeriod::monthly, "9", "0", "7", 7, "2026-11-01", "9.5",
       "9.000000000000", ""},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    const BudgetCap cap = a_cap("c").per(row.period).up_to(row.limit);
    const ScopeSpend spend = a_spend(row.period, row.spent, row.today, row.last_days, row.history);
    const DayRange period = period_around(day("2026-10-10"), row.period);
    const auto projection = project_budget(cap, spend, period, day(row.running));
    REQUIRE(projection);
    CHECK(format_exact(projection->at_end) == row.at_end);
    CHECK((projection->crosses_on ? format_day(*projection->crosses_on) : "") == row.crosses);
    CHECK(projection->low_confidence == (row.history < 7));
  }
}

TEST_CASE("without a complete day of history there is no projection", "[budget]") {
  const ScopeSpend spend = a_spend(BudgetPeriod::monthly, "9", "9", "0", 0);
  CHECK_FALSE(
      project_budget(a_cap("c"), spend, days_of(test::month("2026-10")), day("2026-10-10")));
}

TEST_CASE("the month's projection is the published forecast of the day before", "[budget]") {
  DailySeries series{day("2026-10-01"), {}};
  for (int n = 1; n <= 12; ++n) series.amounts.push_back(Money::from_picos(n * 1'000'003));
  const auto published = forecast_run_rate(series, day("2026-10-12"));
  ScopeSpend spend;
  spend.in(BudgetPeriod::monthly).spent = published->month_to_date;
  spend.last_days = series.sum({day("2026-10-06"), day("2026-10-13")});
  spend.history_days = 7;
  const auto projection =
      project_budget(a_cap("c"), spend, days_of(test::month("2026-10")), day("2026-10-13"));
  CHECK(projection->at_end == published->projected_month_end);
}

TEST_CASE("the highest limit and a vast spend are projected, too", "[budget]") {
  const BudgetCap cap = a_cap("c").up_to("10000000000000000");
  const ScopeSpend spend =
      a_spend(BudgetPeriod::monthly, "9000000000000000", "0", "7000000000000000", 7);
  const auto projection =
      project_budget(cap, spend, days_of(test::month("2026-10")), day("2026-10-10"));
  CHECK(projection->at_end == parse_money("31000000000000000"));
  CHECK(projection->crosses_on == day("2026-10-10"));
}

TEST_CASE("a limit is expected on the day whose weekday brings the spend to it", "[budget]") {
  // As of Thursday, 15 October: Friday 10, quiet Saturday and Sunday, then 10 a day.
  ExpectedDays expected{day("2026-10-15"), std::vector<Money>(31, Money::from_usd(10))};
  expected.amounts[1] = expected.amounts[2] = Money::from_usd(1);
  const DayRange october{day("2026-10-01"), day("2026-11-01")};
  const auto expect = [&](const char* spent, const char* today, const char* limit) {
    return expect_budget(a_cap("c").up_to(limit),
                         a_spend(BudgetPeriod::monthly, spent, today, "0", 7), october,
                         day("2026-10-16"), expected);
  };
  // 100 + 10 + 1 + 1 + 13 x 10
  CHECK(expect("100", "0", "500")->at_end == Money::from_usd(242));
  CHECK_FALSE(expect("100", "0", "500")->crosses_on);
  CHECK(expect("100", "0", "110")->crosses_on == day("2026-10-16"));
  CHECK(expect("100", "0", "112")->crosses_on == day("2026-10-18"));
  CHECK(expect("100", "0", "113")->crosses_on == day("2026-10-19"));
  CHECK(expect("100", "0", "242")->crosses_on == day("2026-10-31"));
  CHECK_FALSE(expect("100", "0", "100")->crosses_on);  // it is reached already
  // 4 of the 10 of the running day are spent: 104 + 6 + 132; 25 are more than expected: 125 + 132.
  CHECK(expect("104", "4", "500")->at_end == Money::from_usd(242));
  CHECK(expect("125", "25", "500")->at_end == Money::from_usd(257));
}

TEST_CASE("a period that reaches beyond what is expected has no expectation", "[budget]") {
  const ExpectedDays few{day("2026-10-15"), std::vector<Money>(15, Money::from_usd(10))};
  const BudgetCap cap = a_cap("c").up_to("500");
  const auto spend = a_spend(BudgetPeriod::monthly, "1", "0", "0", 7);
  const DayRange october{day("2026-10-01"), day("2026-11-01")};
  CHECK_FALSE(expect_budget(cap, spend, october, day("2026-10-16"), few));
  CHECK(expect_budget(cap, spend, october, day("2026-11-01"), few)->at_end == Money::from_usd(1));
  CHECK_FALSE(few.on(day("2026-10-15")));
  CHECK(few.on(day("2026-10-16")) == Money::from_usd(10));
  CHECK_FALSE(few.on(day("2026-10-31")));
}

}  // namespace costd
