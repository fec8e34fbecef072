#include "ledger/store/daily_store.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "ledger/store/connection.hpp"
#include "ledger/store/cost_summary.hpp"
#include "ledger/store/tenant_store.hpp"
#include "tests/support/test_database.hpp"

namespace costd {
namespace {

using test::a_series;
using test::day;
using test::input_and_output;
using test::month;

DailyCharge a_charge(SeriesId series, Day on, Month booked, std::int64_t output_picos) {
  return {{on, series, 0, booked, Origin::exact},
          {ChargeState::priced, 1, {0, 0, 0, output_picos}}};
}

Money total(test::TestDatabase& test, const CostFilter& filter = {}) {
  return summarize_all_costs(test.database.snapshot(), filter).total_cost();
}

}  // namespace

TEST_CASE("daily usage of the same key adds up", "[store]") {
  test::TestDatabase test;
  test.add_usage(a_series("t-one"), day("2026-10-05"), {10, 2, 3, 4, 50, 5, 69}, 2);
  test.add_usage(a_series("t-one"), day("2026-10-05"), {1, 1, 1, 1, 1, 1, 5}, 3);
  const auto rows = load_daily_usage(test.database.snapshot(), day("2026-10-05"));
  REQUIRE(rows.size() == 1);
  CHECK(rows.front().requests == 5);
  CHECK(rows.front().tokens == TokenCounts{11, 3, 4, 5, 51, 6, 74});
}

TEST_CASE("origin, booking month, band and series keep daily usage apart", "[store]") {
  test::TestDatabase test;
  const Day on = day("2026-10-05");
  test.add_usage(a_series("t-one"), on, input_and_output(1, 1));
  test.add_usage(a_series("t-two"), on, input_and_output(1, 1));
  test.add_usage(a_series("t-one"), on, input_and_output(1, 1), 1, Origin::estimated);
  test.add_usage(a_series("t-one"), on, input_and_output(1, 1), 1, Origin::exact, month("2026-11"));
  CHECK(load_daily_usage(test.database.snapshot(), on).size() == 4);
  CHECK(load_daily_usage(test.database.snapshot(), day("2026-10-06")).empty());
}

TEST_CASE("days with new usage wait for their rating, oldest first", "[store]") {
  test::TestDatabase test;
  for (const char* on : {"2026-10-07", "2026-10-05", "2026-10-05"}) {
    test.add_usage(a_series("t-one"), day(on), input_and_output(1, 1));
  }
  CHECK(load_unrated_days(test.database.snapshot()) ==
        std::vector<Day>{day("2026-10-05"), day("2026-10-07")});
  test.change([](UnitOfWork& unit) { replace_daily_charges(unit, day("2026-10-05"), {}); });
  CHECK(load_unrated_days(test.database.snapshot()) == std::vector<Day>{day("2026-10-07")});
  test.change([](UnitOfWork& unit) { mark_unrated_from(unit, day("2026-10-01")); });
  CHECK(load_unrated_days(test.database.snapshot()).size() == 2);
}

TEST_CASE("the range of days with usage is half-open", "[store]") {
  test::TestDatabase test;
  CHECK_FALSE(load_usage_days(test.database.snapshot()));
  test.add_usage(a_series("t-one"), day("2026-10-05"), input_and_output(1, 1));
  test.add_usage(a_series("t-one"), day("2026-10-07"), input_and_output(1, 1));
  CHECK(load_usage_days(test.database.snapshot()) ==
        DayRange{day("2026-10-05"), day("2026-10-08")});
}

TEST_CASE("replacing a day's charges keeps those booked in a closed month", "[store]") {
  test::TestDatabase test;
  const Day on = day("2026-10-31");
  SeriesId series = 0;
  test.add_usage(a_series("t-one"), on, input_and_output(1, 1));
  test.add_usage(a_series("t-one"), on, input_and_output(1, 1), 1, Origin::exact, month("2026-11"));
  test.change([&](UnitOfWork& unit) {
    series = store_series(unit, a_series("t-one"));
    replace_daily_charges(
        unit, on,
        {a_charge(series, on, month("2026-10"), 100), a_charge(series, on, month("2026-11"), 7)});
    close_period(unit, "t-one", month("2026-10"), test::at("2026-11-04T00:00:00Z"), "test", "");
    close_period(unit, "t-two", month("2026-11"), test::at("2026-12-04T00:00:00Z"), "test", "");
  });
  test.change([&](UnitOfWork& unit) {
    replace_daily_charges(unit, on, {a_charge(series, on, month("2026-11"), 9)});
  });
  CostFilter october;
  october.booked = month("2026-10");
  CHECK(total(test, october) == Money::from_picos(100));
  CHECK(total(test) == Money::from_picos(109));
}

TEST_CASE("a day's usage is replaced as a whole, and nothing of it may be left", "[store]") {
  test::TestDatabase test;
  const Day on = day("2026-10-05");
  test.add_usage(a_series("t-one"), on, input_and_output(1, 1));
  auto rows = load_daily_usage(test.database.snapshot(), on);
  rows.front().requests = 7;
  test.change([&](UnitOfWork& unit) { replace_daily_usage(unit, on, rows); });
  CHECK(load_daily_usage(test.database.snapshot(), on).at(0).requests == 7);
  test.change([&](UnitOfWork& unit) { replace_daily_usage(unit, on, {}); });
  CHECK(load_daily_usage(test.database.snapshot(), on).empty());
  CHECK_FALSE(load_usage_days(test.database.snapshot()));
  CHECK(load_unrated_days(test.database.snapshot()) == std::vector<Day>{on});
}

TEST_CASE("rows of many days and equal keys are added in any order", "[store]") {
  test::TestDatabase test;
  std::vector<DailyUsage> rows;
  for (int n = 0; n < 60; ++n) {
    const Day on = day("2026-10-05") + std::chrono::days(n % 3);
    rows.push_back(
        {{on, n % 5 + 1, 0, month("2026-10"), Origin::exact}, 1, input_and_output(n, 1)});
  }
  test.change([&](UnitOfWork& unit) { add_daily_usage(unit, rows); });
  test.change([&](UnitOfWork& unit) { add_daily_usage(unit, {rows.rbegin(), rows.rend()}); });
  for (int n = 0; n < 3; ++n) {
    const auto stored =
        load_daily_usage(test.database.snapshot(), day("2026-10-05") + std::chrono::days(n));
    REQUIRE(stored.size() == 5);
    CHECK(std::ranges::is_sorted(stored, {}, &DailyUsage::key));
    // Each key came four times (60 rows over 3 days and 5 series), and all of it twice.
    for (const DailyUsage& row : stored) CHECK(row.requests == 8);
  }
}

TEST_CASE("days are visited oldest first, within the range, until the visitor has enough",
          "[store]") {
  test::TestDatabase test;
  for (const char* on : {"2026-10-31", "2026-10-01", "2026-11-02"}) {
    test.add_usage(a_series("t-one"), day(on), input_and_output(1, 1));
  }
  test.add_usage(a_series("t-one"), day("2026-09-30"), input_and_output(1, 1), 1, Origin::exact,
                 month("2026-11"));
  test.change([](UnitOfWork& unit) { replace_daily_charges(unit, day("2026-10-31"), {}); });
  std::string visited;
  const auto visit = [&](Day on, const PackedDailyUsage& usage, const PackedDailyCharges* charges) {
    CHECK(usage.keys().size() == 1);
    visited += format_day(on) + (charges != nullptr ? " rated, " : ", ");
    return on == day("2026-11-02") ? Visit::stop : Visit::go_on;
  };
  const Snapshot snapshot = test.database.snapshot();
  for_each_day(snapshot, std::nullopt, std::nullopt, visit);
  CHECK(visited == "2026-09-30, 2026-10-01, 2026-10-31 rated, 2026-11-02, ");
  visited.clear();
  for_each_day(snapshot, day("2026-10-01"), day("2026-10-31"), visit);
  CHECK(visited == "2026-10-01, ");
  visited.clear();
  for_each_day_booked_in(snapshot, month("2026-11"), visit);
  CHECK(visited == "2026-09-30, 2026-11-02, ");
}

TEST_CASE("a day of a newer codec is refused", "[store]") {
  test::TestDatabase test;
  test.add_usage(a_series("t-one"), day("2026-10-05"), input_and_output(1, 1));
  test.change([](UnitOfWork& unit) {
    static_cast<Connection&>(unit).sql << "update usage_daily set codec = 2";
  });
  CHECK_THROWS_WITH(load_daily_usage(test.database.snapshot(), day("2026-10-05")),
                    Catch::Contains("codec 2"));
}

}  // namespace costd
