#include "jobs/close_job.hpp"

#include <catch2/catch.hpp>

#include "ledger/error.hpp"
#include "ledger/store/audit_store.hpp"
#include "ledger/store/clock_store.hpp"
#include "ledger/store/tenant_store.hpp"
#include "tests/support/desk.hpp"
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

/// October's usage of t-one, priced and rated; the gateway has got to November, and the grace time
/// is just over.
struct ClosableBench : JobBench {
  test::RecordingDesk desk;
  CloseOptions options{std::chrono::hours(72), {"gateway"}, &desk};

  ClosableBench() {
    now = at("2026-11-04T00:00:00Z");
    apply_prices({a_price("m-large", "1", "1")});
    take({a_usage_record(), a_usage_record().with_id("next").at("2026-11-01T00:00:00Z")});
  }
  void take(const std::vector<UsageRecord>& records) {
    ingest(records);
    rollup();
  }
  JobResult close(const RunParameters& parameters = {}) {
    monitor.lines.clear();
    return run(*make_close_job(options), parameters);
  }
  /// What keeps October open for t-one after another attempt to close it; "" if it is closed.
  std::string obstacle() { return close({{"period", "2026-10"}, {"tenant", "t-one"}}).unfinished; }
  ClosedPeriods closed() { return load_closed_periods(database.snapshot()); }
  PeriodStanding standing(const std::string& tenant = "t-one", const char* of = "2026-10") {
    return load_period_standings(database.snapshot(), options, month(of), TenantChoice({tenant}),
                                 now)
        .at(0);
  }
  /// Waives everything that blocks October for t-one now.
  void waive(const std::string& reason = "agreed with finance") {
    const auto blocking = standing().blocking();
    change([&](UnitOfWork& unit) {
      for (const Obstacle& obstacle : blocking) {
        store_waiver(unit, "t-one", month("2026-10"),
                     {obstacle.gate, now, "uid:1000", reason, obstacle.amount, obstacle.subjects,
                      obstacle.what});
      }
    });
  }
  void put_bad_line(const std::string& name, const std::string& members) {
    put(name, "{" + members + R"("model":"m","inputTokens":"7","outputTokens":1})");
    ingest();
  }
  std::vector<AuditEvent> events() { return load_audit_events(database.snapshot(), 0, 100); }
};

/// A way to shut one gate of October for t-one, and the word that is then said of it.
struct Shutting {
  const char* gate;
  void (*shut)(ClosableBench&);
  const char* word;
};
const std::vector<Shutting> shuttings{
    {"grace", [](ClosableBench& bench) { bench.now = at("2026-11-03T23:59:59Z"); }, "grace time"},
    {"sources", [](ClosableBench& bench) { bench.options.sources.push_back("legacy"); },
     "legacy has sent nothing"},
    {"quarantine",
     [](ClosableBench& bench) {
       bench.put_bad_line("bad.jsonl", R"("tenantId":"t-one","timestamp":"2026-10-31T23:59:59Z",)");
     },
     "1 refused line is dated in the month"},
    {"unpriced",
     [](ClosableBench& bench) { bench.take({a_usage_record().with_id("new").for_model("m-new")}); },
     "1 request has no price (m-new)"},
};

}  // namespace

TEST_CASE("a complete month closes, once", "[close][promise]") {
  ClosableBench bench;
  const JobResult first = bench.close();
  CHECK(count_of(first, "closed") == 1);
  CHECK(first.unfinished.empty());
  CHECK(bench.closed() == ClosedPeriods{{"t-one", month("2026-10")}});
  const JobResult second = bench.close();
  CHECK(second.counts.empty());
  CHECK(second.unfinished.empty());
  REQUIRE(bench.events().size() == 1);
  const AuditEvent event = bench.events().front();
  CHECK(event.action == "period.close");
  CHECK(event.tenant == "t-one");
  CHECK(event.object == "2026-10");
  CHECK(bench.desk.raised.empty());
}

TEST_CASE(
    "each shut gate keeps the month open, and a waiver by name lets it close with its reason "
    "on record",
    "[close][promise]") {
  for (const Shutting& shutting : shuttings) {
    ClosableBench bench;
    shutting.shut(bench);
    INFO(shutting.gate);
    CHECK_THAT(bench.obstacle(), Catch::Contains(shutting.word));
    CHECK(bench.closed().empty());
    REQUIRE(bench.standing().blocking().size() == 1);
    CHECK(name_of(bench.standing().blocking().front().gate) == shutting.gate);
    bench.waive("known; ticket 4711");
    CHECK(bench.obstacle().empty());
    CHECK(bench.closed().contains({"t-one", month("2026-10")}));
    CHECK(bench.events().back().reason ==
          std::string(shutting.gate) + " waived by uid:1000: known; ticket 4711");
  }
}

TEST_CASE("a clock that jumped closes nothing until it is confirmed, whatever is waived",
          "[close][promise]") {
  ClosableBench bench;
  const auto hold = [&](std::optional<ClockHold> held) {
    bench.change([&](UnitOfWork& unit) { store_clock_state(unit, {bench.now, held}); });
  };
  hold(ClockHold{at("2026-10-20T00:00:00Z"), bench.now});
  CHECK_THAT(bench.obstacle(), Catch::Contains("jumped from 2026-10-20T00:00:00Z"));
  CHECK_THAT(why_not_waivable(Gate::clock, bench.standing().facts),
             Catch::Contains("costctl clock confirm"));
  // By a clock of another year not even the month is known: that is not nothing to close.
  bench.now = at("2027-08-04T00:00:00Z");
  CHECK_THAT(bench.close().unfinished, Catch::Contains("costctl clock confirm"));
  bench.now = at("2026-11-04T00:00:00Z");
  hold(std::nullopt);
  CHECK(bench.obstacle().empty());
}

TEST_CASE("unrated usage keeps a month open until the rollup, and is no usage without a price",
          "[close]") {
  ClosableBench bench;
  bench.ingest(std::vector<UsageRecord>{a_usage_record().with_id("b").for_model("m-new")});
  CHECK_THAT(bench.obstacle(), Catch::Contains("waits for the rollup, the first one 2026-10-05") &&
                                   !Catch::Contains("no price"));
  bench.apply_prices({a_price("m-large", "1", "1"), a_price("m-new", "1", "1")});
  bench.rollup();
  CHECK(bench.obstacle().empty());
}

TEST_CASE("tenants in Tokyo and Los Angeles close at their own instants", "[close][promise]") {
  ClosableBench bench;
  bench.change([](UnitOfWork& unit) {
    store_billing_zone(unit, "t-tokyo", "Asia/Tokyo", day("2026-01-01"));
    store_billing_zone(unit, "t-la", "America/Los_Angeles", day("2026-01-01"));
  });
  // For Tokyo October ends at 31 October 15:00 UTC. For Los Angeles it is still summer time then:
  // its October ends at 1 November 07:00 UTC, two hours before the clocks there are set back.
  bench.take({a_usage_record().with_id("a").for_tenant("t-tokyo").at("2026-10-31T14:59:59Z"),
              a_usage_record().with_id("b").for_tenant("t-la").at("2026-11-01T06:59:59Z")});
  bench.now = at("2026-11-03T14:59:59Z");
  CHECK(bench.closed().empty());
  CHECK(count_of(bench.close({{"period", "2026-10"}}), "open") == 3);
  bench.now = at("2026-11-03T15:00:00Z");
  bench.close({{"period", "2026-10"}});
  CHECK(bench.closed() == ClosedPeriods{{"t-tokyo", month("2026-10")}});
  // The gateway's latest record is of 1 November 06:59:59 UTC: not yet November in Los Angeles.
  bench.now = at("2026-11-04T07:00:00Z");
  CHECK_THAT(bench.close({{"period", "2026-10"}}).unfinished,
             Catch::Contains("t-la (no record from 2026-11-01T07:00:00Z or later"));
  CHECK(bench.closed().contains({"t-one", month("2026-10")}));
  bench.take({a_usage_record().with_id("c").at("2026-11-01T07:00:00Z")});
  bench.now = at("2026-11-04T06:59:59Z");
  CHECK_THAT(bench.close({{"period", "2026-10"}}).unfinished, Catch::Contains("grace time"));
  bench.now = at("2026-11-04T07:00:00Z");
  CHECK(bench.close({{"period", "2026-10"}}).unfinished.empty());
  CHECK(bench.closed().size() == 3);
}

TEST_CASE("a source that has lines only before the end keeps the month open, by name",
          "[close][promise]") {
  ClosableBench bench;
  bench.options.sources = {"gateway", "export"};
  bench.put("export.jsonl",
            test::json_line(a_usage_record().with_id("e").at("2026-10-31T23:59:59Z")));
  bench.ingest("export");
  bench.rollup();
  CHECK_THAT(bench.obstacle(),
             Catch::Contains("of 1 source: export has got to 2026-10-31T23:59:59Z"));
  bench.put("next.jsonl",
            test::json_line(a_usage_record().with_id("f").at("2026-11-01T00:00:00Z")));
  bench.ingest("export");
  bench.rollup();
  CHECK(bench.obstacle().empty());
}

TEST_CASE("refused lines of other months and other tenants never block", "[close][promise]") {
  ClosableBench bench;
  bench.put_bad_line("a.jsonl", R"("tenantId":"t-one","timestamp":"2026-09-30T23:59:59Z",)");
  bench.put_bad_line("b.jsonl", R"("tenantId":"t-one","timestamp":"2026-11-01T00:00:00Z",)");
  bench.put_bad_line("c.jsonl", R"("tenantId":"t-two","timestamp":"2026-10-31T12:00:00Z",)");
  CHECK(bench.obstacle().empty());
}

TEST_CASE("unpriced and unrated usage of other months never blocks", "[close][promise]") {
  ClosableBench bench;
  bench.take({a_usage_record().with_id("b").for_model("m-new").at("2026-09-30T12:00:00Z"),
              a_usage_record().with_id("c").for_model("m-new").at("2026-11-02T12:00:00Z")});
  bench.ingest({a_usage_record().with_id("d").at("2026-09-29T12:00:00Z")});
  CHECK(bench.obstacle().empty());
}

TEST_CASE("a refused line without a date or a tenant blocks whoever it may belong to",
          "[close][promise]") {
  ClosableBench bench;
  bench.now = at("2026-09-30T23:59:59Z");  // it came before October began
  bench.put_bad_line("early.jsonl", R"("tenantId":"t-one",)");
  bench.now = at("2026-11-04T00:00:00Z");
  CHECK(bench.standing().blocking().empty());
  bench.put_bad_line("other.jsonl", R"("tenantId":"t-two",)");
  CHECK(bench.standing().blocking().empty());
  bench.put_bad_line("nobody.jsonl", R"("timestamp":"2026-10-31T12:00:00Z",)");
  CHECK(bench.standing().facts.refused_lines == 1);
  bench.put("broken.jsonl", "{ no json\n");
  bench.ingest();
  CHECK(bench.standing().facts.undated_lines == 1);
  CHECK_THAT(bench.obstacle(), Catch::Contains("1 refused line is dated in the month, "
                                               "1 refused line without a date"));
}

TEST_CASE("more of what was waived blocks again", "[close][promise]") {
  ClosableBench bench;
  bench.put_bad_line("a.jsonl", R"("tenantId":"t-one","timestamp":"2026-10-31T12:00:00Z",)");
  bench.waive();
  CHECK(bench.standing().blocking().empty());
  bench.put_bad_line("b.jsonl",
                     R"("id":"b","tenantId":"t-one","timestamp":"2026-10-31T13:00:00Z",)");
  CHECK_THAT(bench.obstacle(), Catch::Contains("2 refused lines"));
}

TEST_CASE("one tenant's obstacle does not hold up the others, and the run says who remains",
          "[close][promise]") {
  ClosableBench bench;
  bench.take({a_usage_record().with_id("b").for_tenant("t-two").for_model("m-new")});
  const JobResult result = bench.close();
  CHECK(count_of(result, "closed") == 1);
  CHECK(count_of(result, "open") == 1);
  CHECK(result.unfinished == "2026-10 stays open for t-two (1 request has no price (m-new))");
  CHECK(bench.closed() == ClosedPeriods{{"t-one", month("2026-10")}});
}

TEST_CASE("one alert is raised for a month and a set of obstacles, and none in the grace time",
          "[close][promise]") {
  ClosableBench bench;
  bench.take({a_usage_record().with_id("b").for_model("m-new")});
  bench.now = at("2026-11-03T12:00:00Z");
  bench.close();
  CHECK(bench.desk.raised.empty());
  bench.now = at("2026-11-04T00:00:00Z");
  bench.close();
  REQUIRE(bench.desk.raised.size() == 1);
  CHECK(bench.desk.raised.front().kind == AlertKind::period_open);
  CHECK(bench.desk.raised.front().tenant == "t-one");
  CHECK(bench.desk.titles() ==
        std::vector<std::string>{
            "October 2026 of t-one cannot be closed: 1 request has no price (m-new)"});
  bench.now = at("2026-11-04T01:00:00Z");
  bench.take({a_usage_record().with_id("c").for_model("m-new")});
  bench.close();
  CHECK(bench.desk.raised.empty());  // the same gate of the same tenant
  bench.put_bad_line("a.jsonl", R"("tenantId":"t-one","timestamp":"2026-10-31T12:00:00Z",)");
  bench.close();
  CHECK(bench.desk.titles().size() == 1);
}

TEST_CASE(
    "closing freezes records, total, times and hashes, and the rows still hash to it after "
    "late records and new prices",
    "[close][promise]") {
  ClosableBench bench;
  bench.take({a_usage_record().with_id("b").at("2026-10-31T23:59:59Z")});
  bench.close();
  const PeriodFigures frozen = bench.standing().closed.value().figures.value();
  // 2 x (1,000 + 100) tokens at one millionth of a dollar
  CHECK(frozen.records == 2);
  CHECK(frozen.total == parse_money("0.0022"));
  CHECK(frozen.first_record_at == at("2026-10-05T12:00:00Z"));
  CHECK(frozen.last_record_at == at("2026-10-31T23:59:59Z"));
  CHECK(frozen.price_book_sha256 == hash_price_book(bench.database.snapshot()));
  CHECK(frozen.costd_version == COSTD_VERSION);
  CHECK(frozen.time_zone_version == time_zone_version());
  CHECK(bench.events().back().after_sha256 == frozen.rows_sha256);

  bench.apply_prices({a_price("m-large", "7", "7")});
  bench.take({a_usage_record().with_id("late").at("2026-10-17T12:00:00Z")});
  const auto now = sum_booked_rows(bench.database.snapshot(), month("2026-10"));
  CHECK(now.at("t-one").rows_sha256 == frozen.rows_sha256);
  CHECK(now.at("t-one").total == frozen.total);
  CHECK(hash_price_book(bench.database.snapshot()) != frozen.price_book_sha256);
}

TEST_CASE("a run stopped between tenants goes on with those that are left", "[close][promise]") {
  ClosableBench bench;
  std::vector<UsageRecord> records;
  for (int n = 0; n < 40; ++n) {
    records.push_back(
        a_usage_record().with_id(std::to_string(n)).for_tenant("t-" + std::to_string(n)));
  }
  bench.take(records);
  bench.monitor.on_progress = [&](const RunProgress&) { bench.stop.request_stop(); };
  CHECK_THROWS_AS(bench.close(), Error);
  CHECK(bench.closed().size() == 25);
  CHECK(bench.events().size() == 25);
  bench.stop = {};
  bench.monitor.on_progress = nullptr;
  CHECK(count_of(bench.close(), "closed") == 16);
  CHECK(bench.closed().size() == 41);
  CHECK(bench.events().size() == 41);
}

TEST_CASE("a month with nothing but late records closes, too", "[close]") {
  ClosableBench bench;
  bench.close();
  bench.ingest({a_usage_record().with_id("late"),
                a_usage_record().with_id("on").at("2026-12-01T00:00:00Z")});
  bench.now = at("2026-12-04T00:00:00Z");
  CHECK_THAT(bench.close().unfinished, Catch::Contains("waits for the rollup"));
  bench.rollup();
  CHECK(count_of(bench.close(), "closed") == 1);
  CHECK(bench.closed().contains({"t-one", month("2026-11")}));
}

TEST_CASE("a late record without a price keeps the month it is booked in open", "[close]") {
  ClosableBench bench;
  bench.close();
  bench.take({a_usage_record().with_id("late").for_model("m-new"),
              a_usage_record().with_id("on").at("2026-12-01T00:00:00Z")});
  bench.now = at("2026-12-04T00:00:00Z");
  CHECK_THAT(bench.close().unfinished, Catch::Contains("1 request has no price (m-new)"));
}

TEST_CASE("only whole months close, and only for tenants that have usage in them", "[close]") {
  ClosableBench bench;
  CHECK_THROWS_AS(bench.close({{"from", "2026-10-01"}, {"to", "2026-10-15"}}), Error);
  CHECK_THROWS_AS(bench.close({{"period", "October"}}), Error);
  CHECK_THROWS_WITH(bench.close({{"period", "2026-10"}, {"tenant", "t-nine"}}),
                    Catch::Contains("t-nine"));
  CHECK(count_of(bench.close({{"period", "2026-10"}}), "closed") == 1);
}

}  // namespace costd
