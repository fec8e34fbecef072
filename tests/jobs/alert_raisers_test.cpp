// When each kind of alert is raised, and when it is not.

#include <catch2/catch.hpp>

#include "jobs/alerts/refusal_alerts.hpp"
#include "jobs/alerts/run_alerts.hpp"
#include "jobs/anomaly_job.hpp"
#include "jobs/deliver_job.hpp"
#include "ledger/store/anomaly_store.hpp"
#include "ledger/store/file_ledger.hpp"
#include "ledger/store/run_store.hpp"
#include "tests/support/desk.hpp"
#include "tests/support/job_bench.hpp"

namespace costd {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using test::a_price;
using test::a_series;
using test::at;
using test::day;
using test::JobBench;
using test::RecordingDesk;
using Titles = std::vector<std::string>;

DayRange october() { return {day("2026-10-01"), day("2026-11-01")}; }

struct AlertBench : JobBench {
  RecordingDesk desk;

  /// One output token of m-large is a dollar: so many dollars on that day of October.
  void spend(int on, std::int64_t dollars, const std::string& model = "m-large") {
    add_usage(a_series("acme", model), test::day("2026-10-01") + std::chrono::days(on - 1),
              test::input_and_output(0, dollars * 1'000'000));
  }
  void judge_on(const std::string& instant) {
    now = at(instant);
    rollup();
    run(*make_anomaly_job({}, &desk));
  }
  /// Ten dollars on each of the first seven days, thirty on the eighth: the usual is $10.00, and
  /// the 8th is 200 % above it.
  void spike_on_the_8th() {
    apply_prices({a_price("*", "0", "1")});
    for (int n = 1; n <= 7; ++n) spend(n, 10);
    spend(8, 30);
  }
  void rate() { run(*make_rollup_job(&desk)); }
  void refuse(std::int64_t file, const std::string& name, std::int64_t line) {
    change([&](UnitOfWork& unit) {
      QuarantinedLine refused;
      refused.source = store_source(unit, "gateway");
      refused.file = file;
      refused.file_name = name;
      refused.line = line;
      refused.reason = line == 0 ? "unreadable_file" : "malformed_json";
      refused.at = now;
      store_quarantined_line(unit, refused);
    });
  }
  void fail(const std::string& id, const std::string& schedule, Instant when) {
    change([&](UnitOfWork& unit) {
      Run run;
      run.id = run.slot_key = id;
      run.schedule = schedule;
      run.jobs = {"close", "chargeback"};
      run.state = RunState::failed;
      run.error = "October is not rated";
      raise_failed_run(unit, desk, run, when);
    });
  }
  void succeed(const std::string& id, const std::string& schedule, Instant when) {
    change([&](UnitOfWork& unit) {
      Run run;
      run.id = run.slot_key = id;
      run.schedule = schedule;
      run.state = RunState::succeeded;
      run.finished_at = when;
      store_new_run(unit, run);
    });
  }
};

}  // namespace

TEST_CASE("an anomaly is told when it opens, when it doubles, and when it is over", "[alerts]") {
  AlertBench bench;
  bench.spike_on_the_8th();
  bench.judge_on("2026-10-09T01:00:00Z");
  CHECK(bench.desk.titles() ==
        Titles{"spike of acme on model m-large: $30.00 on 2026-10-08, 200.0 % above the usual "
               "$10.00"});
  bench.judge_on("2026-10-09T02:00:00Z");
  CHECK(bench.desk.titles().empty());

  // $20 above the usual on the 8th, $19 on the 9th: 39 is not twice 20. The 10th makes it 69.
  bench.spend(9, 29);
  bench.judge_on("2026-10-10T01:00:00Z");
  CHECK(bench.desk.titles().empty());
  bench.spend(10, 40);
  bench.judge_on("2026-10-11T01:00:00Z");
  CHECK(bench.desk.titles() ==
        Titles{"the spike of acme on model m-large goes on: $69.00 above the usual since "
               "2026-10-08"});
  bench.spend(11, 10);
  bench.judge_on("2026-10-12T01:00:00Z");
  CHECK(bench.desk.titles() ==
        Titles{"the spike of acme on model m-large is over: $69.00 above the usual in 3 days"});
  bench.judge_on("2026-10-13T01:00:00Z");
  CHECK(bench.desk.titles().empty());

  const auto stored = load_anomalies(bench.database.snapshot(), october(), "");
  REQUIRE(stored.size() == 1);
  CHECK(stored[0].incident.first_day == day("2026-10-08"));
  CHECK(stored[0].incident.last_day == day("2026-10-10"));
  CHECK(stored[0].resolved_at == at("2026-10-12T01:00:00Z"));
}

TEST_CASE("an anomaly that is over when it is first seen is history", "[alerts]") {
  AlertBench bench;
  bench.spike_on_the_8th();
  bench.judge_on("2026-10-20T01:00:00Z");
  CHECK(bench.desk.titles().empty());
  CHECK(load_anomalies(bench.database.snapshot(), october(), "").size() == 1);
}

TEST_CASE("an anomaly that corrected costs take away is told to be over", "[alerts]") {
  AlertBench bench;
  bench.spike_on_the_8th();
  bench.judge_on("2026-10-09T01:00:00Z");
  bench.desk.titles();
  for (int n = 1; n <= 7; ++n) bench.spend(n, 20);  // late records: the usual is $30.00
  bench.judge_on("2026-10-09T02:00:00Z");
  CHECK(bench.desk.titles() ==
        Titles{"the spike of acme on model m-large no longer holds: costs were corrected"});
}

TEST_CASE("judging a part of an incident leaves it whole", "[alerts]") {
  AlertBench bench;
  bench.spike_on_the_8th();
  bench.spend(9, 40);
  bench.judge_on("2026-10-10T01:00:00Z");
  const auto before = load_anomalies(bench.database.snapshot(), october(), "");
  bench.run(*make_anomaly_job({}, &bench.desk), {{"from", "2026-10-01"}, {"to", "2026-10-09"}});
  const auto after = load_anomalies(bench.database.snapshot(), october(), "");
  REQUIRE(after.size() == 1);
  CHECK(after[0].id == before[0].id);
  CHECK(after[0].incident.last_day == day("2026-10-09"));
  CHECK(after[0].is_open());
}

TEST_CASE("a model without a price is told once, and again when it lost its price", "[alerts]") {
  AlertBench bench;
  bench.spend(5, 1, "m-new");
  bench.spend(5, 1, "m-new");
  bench.rate();
  CHECK(bench.desk.titles() ==
        Titles{"model m-new of openai has no price since 2026-10-05: 2 requests are in no total"});
  bench.spend(6, 1, "m-new");
  bench.rate();
  bench.spend(4, 1, "m-new");  // late
  bench.rate();
  CHECK(bench.desk.titles().empty());

  bench.apply_prices({a_price("m-new", "0", "1", "2026-10-06")});
  bench.rate();
  bench.spend(5, 1, "m-new");  // late, into the days it was told of
  bench.rate();
  CHECK(bench.desk.titles().empty());

  bench.apply_prices({});
  bench.spend(9, 1, "m-new");
  bench.rate();
  CHECK(bench.desk.titles() ==
        Titles{"model m-new of openai has no price since 2026-10-09: 1 request is in no total"});
}

TEST_CASE("models without a price are apart by provider", "[alerts]") {
  AlertBench bench;
  for (const char* provider : {"alpha", "beta"}) {
    bench.add_usage(a_series("acme", "m", "k", provider), day("2026-10-05"),
                    test::input_and_output(1, 1));
  }
  bench.rate();
  CHECK(bench.desk.titles().size() == 2);
}

TEST_CASE("a tier without a price is told once, though its model has one in another", "[alerts]") {
  AlertBench bench;
  bench.apply_prices({a_price("m", "0", "1")});
  const auto call = [&](ServiceTier tier, const char* on) {
    SeriesKey series = a_series("acme", "m");
    series.tier = tier;
    bench.add_usage(series, day(on), test::input_and_output(1, 1));
  };
  call(ServiceTier::flex, "2026-10-05");
  call(ServiceTier::standard, "2026-10-05");
  call(ServiceTier::standard, "2026-10-06");
  call(ServiceTier::flex, "2026-10-07");
  bench.rate();
  CHECK(bench.desk.titles() == Titles{"model m of openai has no price in service tier flex since "
                                      "2026-10-05: 1 request is in no total"});
}

TEST_CASE("a day of cache hits only does not end the time without a price", "[alerts]") {
  AlertBench bench;
  const auto call = [](const char* id, const char* when, Origin origin) {
    return test::a_usage_record().with_id(id).at(when).with_origin(origin);
  };
  bench.ingest({call("a", "2026-10-05T12:00:00Z", Origin::exact),
                call("b", "2026-10-06T12:00:00Z", Origin::cache_hit),
                call("c", "2026-10-07T12:00:00Z", Origin::exact)});
  bench.rate();
  CHECK(bench.desk.titles().size() == 1);
}

TEST_CASE("a file with refused lines is told once, whatever else of it is refused", "[alerts]") {
  AlertBench bench;
  bench.refuse(7, "a.jsonl", 3);
  bench.refuse(7, "a.jsonl", 9);
  bench.refuse(0, "b.jsonl", 0);
  CHECK(raise_refusals(bench.database, bench.desk, bench.now) == 2);
  CHECK(bench.desk.titles() ==
        Titles{"2 lines of file a.jsonl of source gateway refused, the first one line 3: "
               "malformed_json",
               "file b.jsonl of source gateway was refused: unreadable_file"});
  CHECK(raise_refusals(bench.database, bench.desk, bench.now) == 0);
  bench.refuse(7, "a.jsonl", 12);
  bench.refuse(0, "b.jsonl", 0);  // dropped again
  CHECK(raise_refusals(bench.database, bench.desk, bench.now) == 1);
  CHECK(bench.desk.titles() ==
        Titles{"file b.jsonl of source gateway was refused: unreadable_file"});
}

TEST_CASE("the ingest tells of what it refused", "[alerts]") {
  AlertBench bench;
  bench.put("a.jsonl", "{broken\n");
  const IngestOptions options{{{"gateway", bench.spool(), "jsonl", {}}}, {}, "secret"};
  bench.run(*make_ingest_job(options, &bench.desk));
  REQUIRE(bench.desk.raised.size() == 1);
  CHECK(bench.desk.raised[0].kind == AlertKind::quarantined_file);
  CHECK_THAT(bench.desk.raised[0].title, Catch::Contains("a line of file a.jsonl"));
}

TEST_CASE("a failed run of a person is told each time", "[alerts]") {
  AlertBench bench;
  bench.fail("R1", "", bench.now);
  bench.fail("R2", "", bench.now);
  bench.fail("R2", "", bench.now);
  CHECK(bench.desk.titles() == Titles{"the run of close,chargeback failed: October is not rated",
                                      "the run of close,chargeback failed: October is not rated"});
}

TEST_CASE("a schedule that goes on failing is told again after a success or a day", "[alerts]") {
  AlertBench bench;
  const Instant start = at("2026-11-04T06:00:00Z");
  bench.fail("R1", "refresh", start);
  CHECK(bench.desk.titles() ==
        Titles{"schedule refresh (close,chargeback) failed: October is not rated"});
  bench.fail("R2", "refresh", start + minutes(1));
  CHECK(bench.desk.titles().empty());
  bench.fail("R3", "other", start + minutes(1));
  CHECK(bench.desk.titles().size() == 1);
  bench.succeed("R4", "refresh", start + minutes(2));
  bench.fail("R5", "refresh", start + minutes(3));
  CHECK(bench.desk.titles().size() == 1);
  bench.fail("R6", "refresh", start + hours(24));
  CHECK(bench.desk.titles().empty());
  bench.fail("R7", "refresh", start + hours(25));
  CHECK(bench.desk.titles().size() == 1);
}

}  // namespace costd
