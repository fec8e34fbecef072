#include "jobs/close_job.hpp"

#include <catch2/catch.hpp>

#include "ledger/error.hpp"
#include "ledger/store/audit_store.hpp"
#include "ledger/store/clock_store.hpp"
#include "ledger/store/tenant_store.hpp"
#include "tests/support/job_bench.hpp"

namespace costd {
namespace {

using test::a_price;
using test::a_usage_record;
using test::at;
using test::count_of;
using test::day;
using test::JobBench;
using test::month;

constexpr std::chrono::hours grace{72};

JobResult close(JobBench& bench, const RunParameters& parameters = {}) {
  bench.monitor.lines.clear();
  return bench.run(*make_close_job(grace), parameters);
}

ClosedPeriods closed(JobBench& bench) {
  return load_closed_periods(bench.database.snapshot());
}

/// October's usage of t-one, priced and rated; the clock stands after the grace time.
struct ClosableBench : JobBench {
  ClosableBench() {
    now = at("2026-11-04T00:00:00Z");
    apply_prices({a_price("m-large", "1", "1")});
    ingest(std::vector<UsageRecord>{a_usage_record()});
    rollup();
  }
  std::string obstacle() {
    close(*this);
    return monitor.lines.empty() ? "" : monitor.lines.front();
  }
};

}  // namespace

TEST_CASE("a complete month closes, once", "[close]") {
  ClosableBench bench;
  CHECK(count_of(close(bench), "closed") == 1);
  CHECK(closed(bench) == ClosedPeriods{{"t-one", month("2026-10")}});
  CHECK(close(bench).counts.empty());
  const auto events = load_audit_events(bench.database.snapshot(), 0, 10);
  REQUIRE(events.size() == 1);
  CHECK(events.front().action == "period.close");
  CHECK(events.front().tenant == "t-one");
  CHECK(events.front().object == "2026-10");
}

TEST_CASE("no month closes while the clock is not trusted", "[close][promise]") {
  ClosableBench bench;
  const ClockHold hold{at("2026-10-20T00:00:00Z"), bench.now};
  bench.change([&](UnitOfWork& unit) { store_clock_state(unit, {hold.from, hold}); });
  const JobResult held = close(bench);
  CHECK_THAT(held.unfinished, Catch::Contains("2026-10-20") && Catch::Contains("clock confirm"));
  CHECK(closed(bench).empty());
  bench.change([&](UnitOfWork& unit) { store_clock_state(unit, {bench.now, std::nullopt}); });
  CHECK(count_of(close(bench), "closed") == 1);
}

TEST_CASE("a month stays open until its grace time is over in the tenant's zone", "[close]") {
  ClosableBench bench;
  bench.now = at("2026-11-03T23:59:59Z");
  CHECK_THAT(bench.obstacle(), Catch::Contains("grace"));
  CHECK(closed(bench).empty());
  // New York is at UTC-4 until 1 November 06:00 UTC: October ends there at 04:00 UTC.
  bench.change([](UnitOfWork& unit) {
    store_billing_zone(unit, "t-one", "America/New_York", day("2026-01-01"));
  });
  bench.now = at("2026-11-04T03:59:59Z");
  CHECK_THAT(bench.obstacle(), Catch::Contains("2026-11-04T04:00:00Z"));
  bench.now = at("2026-11-04T04:00:00Z");
  CHECK(count_of(close(bench), "closed") == 1);
}

TEST_CASE("unrated usage keeps a month open", "[close]") {
  ClosableBench bench;
  bench.ingest(std::vector<UsageRecord>{a_usage_record().with_id("b")});
  CHECK_THAT(bench.obstacle(), Catch::Contains("2026-10-05 waits for the rollup"));
  bench.rollup();
  CHECK(bench.obstacle().empty());
  CHECK(closed(bench).size() == 1);
}

TEST_CASE("unpriced usage keeps a month open", "[close]") {
  ClosableBench bench;
  bench.ingest(std::vector<UsageRecord>{a_usage_record().with_id("b").for_model("m-new")});
  bench.rollup();
  CHECK_THAT(bench.obstacle(), Catch::Contains("1 requests have no price"));
  bench.apply_prices({a_price("m-large", "1", "1"), a_price("m-new", "1", "1")});
  bench.rollup();
  CHECK(bench.obstacle().empty());
}

TEST_CASE("quarantined lines of the month keep it open", "[close]") {
  ClosableBench bench;
  bench.put("bad.jsonl", R"({"tenantId":"t-one","model":"m","inputTokens":"7","outputTokens":1,)"
                         R"("timestamp":"2026-10-31T23:59:59Z"})");
  bench.ingest();
  CHECK_THAT(bench.obstacle(), Catch::Contains("1 lines are quarantined"));
}

TEST_CASE("one tenant's obstacle does not hold up the others", "[close]") {
  ClosableBench bench;
  bench.ingest(std::vector<UsageRecord>{
      a_usage_record().with_id("b").for_tenant("t-two").for_model("m-new")});
  bench.rollup();
  const JobResult result = close(bench);
  CHECK(count_of(result, "closed") == 1);
  CHECK(count_of(result, "open") == 1);
  CHECK(closed(bench) == ClosedPeriods{{"t-one", month("2026-10")}});
}

TEST_CASE("a month with nothing but late records closes, too", "[close]") {
  ClosableBench bench;
  close(bench);
  bench.ingest(std::vector<UsageRecord>{a_usage_record().with_id("late")});
  bench.now = at("2026-12-04T00:00:00Z");
  CHECK_THAT(bench.obstacle(), Catch::Contains("waits for the rollup"));
  bench.rollup();
  CHECK(count_of(close(bench), "closed") == 1);
  CHECK(closed(bench).contains({"t-one", month("2026-11")}));
}

TEST_CASE("only whole months close", "[close]") {
  ClosableBench bench;
  CHECK(count_of(close(bench, {{"period", "2026-10"}}), "closed") == 1);
  CHECK_THROWS_AS(close(bench, {{"from", "2026-10-01"}, {"to", "2026-10-15"}}), Error);
  CHECK_THROWS_AS(close(bench, {{"period", "October"}}), Error);
}

}  // namespace costd
