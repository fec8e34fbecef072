#include "jobs/rollup_job.hpp"

#include <catch2/catch.hpp>

#include "ledger/store/tenant_store.hpp"
#include "tests/support/job_bench.hpp"

namespace costd {
namespace {

using test::a_price;
using test::a_series;
using test::a_usage_record;
using test::count_of;
using test::day;
using test::input_and_output;
using test::JobBench;
using test::month;

void close_month(JobBench& bench, const std::string& tenant, const std::string& closed) {
  bench.change(
      [&](UnitOfWork& unit) { close_period(unit, tenant, month(closed), bench.now, "test", ""); });
}

Money booked_in(JobBench& bench, const std::string& booked) {
  CostFilter filter;
  filter.booked = month(booked);
  return bench.cost(filter);
}

}  // namespace

TEST_CASE("usage is rated at tokens times price, exactly", "[rating]") {
  JobBench bench;
  bench.apply_prices({a_price("m-large", "2.50", "10")});
  bench.ingest({a_usage_record().with_input_tokens(1'234).with_output_tokens(1'000'001)});
  const JobResult result = bench.rollup();
  CHECK(count_of(result, "days") == 1);
  CHECK(count_of(result, "rows") == 1);
  // 1,234 x 2.50 / 1e6 = 0.003085; 1,000,001 x 10 / 1e6 = 10.00001
  CHECK(bench.cost() == parse_money("10.003095"));
}

TEST_CASE("only days with new usage are rated again", "[rating]") {
  JobBench bench;
  bench.apply_prices({a_price("m-large", "1", "1")});
  bench.ingest(
      {a_usage_record().with_id("a"), a_usage_record().with_id("b").at("2026-10-06T12:00:00Z")});
  CHECK(count_of(bench.rollup(), "days") == 2);
  CHECK(bench.rollup().counts.empty());
  bench.ingest({a_usage_record().with_id("c")});
  CHECK(count_of(bench.rollup(), "days") == 1);
}

TEST_CASE("a day is priced by the tenant's local date", "[rating]") {
  JobBench bench;
  bench.change([](UnitOfWork& unit) {
    store_billing_zone(unit, "t-ny", "America/New_York", day("2026-01-01"));
  });
  // The price doubles on 5 October, which begins at 04:00 UTC in New York.
  bench.apply_prices({a_price("m-large", "0", "1"), a_price("m-large", "0", "2", "2026-10-05")});
  const auto call = [](const char* id, const char* tenant, const char* at) {
    return a_usage_record().with_id(id).for_tenant(tenant).at(at).with_output_tokens(1'000'000);
  };
  bench.ingest({call("a", "t-ny", "2026-10-05T03:59:59Z"),
                call("b", "t-utc", "2026-10-05T03:59:59Z"),
                call("c", "t-ny", "2026-10-05T04:00:00Z")});
  bench.rollup();
  CostFilter new_york;
  new_york.tenant = "t-ny";
  CHECK(bench.cost(new_york) == Money::from_usd(1 + 2));
  CHECK(bench.cost() == Money::from_usd(1 + 2 + 2));
}

TEST_CASE("a price change rates open days again", "[rating]") {
  JobBench bench;
  bench.apply_prices({a_price("m-large", "0", "1")});
  bench.ingest({a_usage_record().with_output_tokens(1'000'000)});
  bench.rollup();
  CHECK(bench.cost() == Money::from_usd(1));
  bench.apply_prices({a_price("m-large", "0", "3")});
  CHECK(count_of(bench.rollup(), "days") == 1);
  CHECK(bench.cost() == Money::from_usd(3));
}

TEST_CASE("a price from a later day leaves earlier days alone", "[rating]") {
  JobBench bench;
  bench.apply_prices({a_price("m-large", "0", "1")});
  bench.ingest({a_usage_record()});
  bench.rollup();
  bench.apply_prices({a_price("m-large", "0", "1"), a_price("m-large", "0", "5", "2026-10-06")});
  CHECK(bench.rollup().counts.empty());
}

TEST_CASE("a closed month keeps the prices it was closed with", "[rating]") {
  JobBench bench;
  bench.apply_prices({a_price("m-large", "0", "1")});
  bench.ingest({a_usage_record().with_id("a").with_output_tokens(1'000'000),
                a_usage_record().with_id("b").for_tenant("t-open").with_output_tokens(1'000'000)});
  bench.rollup();
  close_month(bench, "t-one", "2026-10");
  bench.apply_prices({a_price("m-large", "0", "7")});
  bench.rollup();
  CHECK(booked_in(bench, "2026-10") == Money::from_usd(1 + 7));
}

TEST_CASE("a record of a closed month is booked in the open one", "[rating]") {
  JobBench bench;
  bench.apply_prices({a_price("m-large", "0", "1")});
  bench.ingest({a_usage_record().with_id("a").with_output_tokens(1'000'000)});
  bench.rollup();
  close_month(bench, "t-one", "2026-10");
  bench.ingest({a_usage_record().with_id("late").with_output_tokens(4'000'000)});
  bench.rollup();
  CHECK(booked_in(bench, "2026-10") == Money::from_usd(1));
  CHECK(booked_in(bench, "2026-11") == Money::from_usd(4));
  CostFilter by_day;
  by_day.from = day("2026-10-05");
  by_day.to = day("2026-10-06");
  CHECK(bench.cost(by_day) == Money::from_usd(5));
}

TEST_CASE("no price is counted apart, never as zero", "[rating]") {
  JobBench bench;
  bench.apply_prices({a_price("m-free", "0", "0"), a_price("m-large", "1000000", "1000000")});
  bench.add_usage(a_series("t", "m-free"), day("2026-10-05"), input_and_output(5, 5), 2);
  bench.add_usage(a_series("t", "m-other"), day("2026-10-05"), input_and_output(5, 5), 3);
  // 10^13 tokens at a million USD per million tokens are 10 trillion USD: beyond one row.
  bench.add_usage(a_series("t", "m-large"), day("2026-10-05"),
                  input_and_output(10'000'000'000'000, 0), 4);
  const JobResult result = bench.rollup();
  CHECK(count_of(result, "unpricedRequests") == 3);
  CHECK(count_of(result, "outOfRangeRequests") == 4);
  CHECK(bench.usage().unpriced_requests == 3);
  CHECK(bench.usage().out_of_range_requests == 4);
  CHECK(bench.cost().is_zero());
}

TEST_CASE("a hit has tokens and no cost", "[rating]") {
  JobBench bench;
  bench.apply_prices({a_price("m-large", "1", "1")});
  bench.ingest({a_usage_record().with_origin(Origin::cache_hit)});
  bench.rollup();
  CHECK(bench.cost().is_zero());
  CHECK(bench.usage().cache_hits == 1);
  CHECK(bench.usage().input_tokens == 1'000);
}

}  // namespace costd
