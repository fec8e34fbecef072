#include "ledger/store/cost_series.hpp"

#include <array>
#include <catch2/catch.hpp>

#include "ledger/store/cost_summary.hpp"
#include "ledger/store/daily_store.hpp"
#include "tests/support/job_bench.hpp"

namespace costd {
namespace {

using test::a_price;
using test::a_series;
using test::day;
using test::input_and_output;
using test::JobBench;

constexpr std::int64_t million = 1'000'000;

/// One USD a million tokens of output, two of input.
struct PricedBench : JobBench {
  PricedBench() {
    add_usage(a_series("t-b", "m-1"), day("2026-10-01"), input_and_output(million, 3 * million));
    add_usage(a_series("t-a", "m-1"), day("2026-10-02"), input_and_output(0, 4 * million));
    add_usage(a_series("t-a", "m-2"), day("2026-10-04"), input_and_output(0, million));
    apply_prices({a_price("*", "2", "1")});
    rollup();
  }
};

}  // namespace

TEST_CASE("one pass gives the series of every grouping", "[costs]") {
  PricedBench bench;
  const auto all =
      load_daily_costs(bench.database.snapshot(), {}, {day("2026-10-01"), day("2026-10-05")},
                       std::array{+by_nothing, +by_tenant, by_tenant | by_model});
  REQUIRE(all.size() == 3);
  REQUIRE(all[0].size() == 1);
  CHECK(all[0][0].tenant.empty());
  CHECK(all[0][0].costs.first == day("2026-10-01"));
  // 1 x 2 + 3 x 1; 4; nothing; 1
  CHECK(all[0][0].costs.amounts ==
        std::vector{Money::from_usd(5), Money::from_usd(4), Money(), Money::from_usd(1)});
  REQUIRE(all[1].size() == 2);
  CHECK(all[1][0].tenant == "t-a");
  CHECK(all[1][0].costs.first == day("2026-10-02"));
  CHECK(all[1][0].costs.amounts.size() == 3);
  REQUIRE(all[2].size() == 3);
  CHECK(all[2][1].model == "m-2");
  CHECK(all[2][1].costs.amounts == std::vector{Money::from_usd(1)});
}

TEST_CASE("days outside the range and other tenants do not count", "[costs]") {
  PricedBench bench;
  const auto some =
      load_daily_costs(bench.database.snapshot(), "t-a", {day("2026-10-02"), day("2026-10-04")},
                       std::array{+by_nothing});
  REQUIRE(some.front().size() == 1);
  CHECK(some.front().front().costs.amounts == std::vector{Money::from_usd(4)});
  CHECK(load_daily_costs(bench.database.snapshot(), "t-none",
                         {day("2026-10-01"), day("2026-10-05")}, std::array{+by_nothing})
            .front()
            .empty());
}

TEST_CASE("charges are known by a mark that changes with them", "[costs]") {
  PricedBench bench;
  const DayRange range{day("2026-10-01"), day("2026-10-04")};
  const auto mark = [&] { return load_charges_mark(bench.database.snapshot(), range); };
  const std::string before = mark();
  // A day after the range, and a day rated again with the same result.
  bench.add_usage(a_series("t-a", "m-2"), day("2026-10-04"), input_and_output(0, million));
  {
    UnitOfWork unit = bench.database.begin();
    mark_unrated_from(unit, day("2026-10-01"));
    unit.commit();
  }
  bench.rollup();
  CHECK(mark() == before);
  bench.add_usage(a_series("t-a", "m-2"), day("2026-10-01"), input_and_output(0, 1));
  bench.rollup();
  CHECK(mark() != before);
}

}  // namespace costd
