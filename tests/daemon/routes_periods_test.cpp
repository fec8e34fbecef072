#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "jobs/close_job.hpp"
#include "ledger/store/audit_store.hpp"
#include "ledger/store/clock_store.hpp"
#include "ledger/store/report_store.hpp"
#include "ledger/store/run_store.hpp"
#include "tests/daemon/route_answer.hpp"
#include "tests/support/job_bench.hpp"
#include "tests/support/quiet_log.hpp"

namespace costd {
namespace {

using nlohmann::json;
using test::a_price;
using test::a_usage_record;
using test::at;

class IdleJob : public Job {
 public:
  explicit IdleJob(std::string name) : name_(std::move(name)) {}
  std::string name() const override { return name_; }
  JobResult run(JobContext&) override { return {}; }

 private:
  std::string name_;
};

JobCatalogue idle_jobs() {
  JobCatalogue jobs;
  for (const char* name : {"close", "chargeback"}) jobs[name] = std::make_unique<IdleJob>(name);
  return jobs;
}

Settings one_source() {
  Settings settings;
  settings.sources.emplace_back();
  settings.sources.back().name = "gateway";
  return settings;
}

std::vector<Schedule> month_end() {
  Settings settings;
  ScheduleSettings schedule;
  schedule.name = "month-end";
  schedule.cron = "0 6 4 * *";
  schedule.jobs = {"close", "chargeback"};
  schedule.period = "previous_month";
  schedule.formats = {"pdf"};
  schedule.recipients = {"finance@example.com"};
  settings.schedules = {schedule};
  return make_schedules(settings);
}

/// October's usage of t-one without a price, in November after the grace time. The queue is not
/// started: runs stay queued.
struct PeriodRoutes : test::JobBench {
  test::QuietLog quiet;
  ManualClock clock{at("2026-11-05T12:00:00Z")};
  RunQueue runs{database, idle_jobs(), clock};
  Scheduler scheduler;
  Service service;

  explicit PeriodRoutes(std::vector<Schedule> schedules = month_end())
      : scheduler(database, std::move(schedules)), service{one_source(), database, runs,
                                                           scheduler,    clock,    clock.now()} {
    now = clock.now();
    ingest({a_usage_record(), a_usage_record().with_id("on").at("2026-11-01T00:00:00Z")});
    rollup();
  }

  using Answer = test::RouteAnswer;
  Answer ask(const std::string& method, const std::string& path, const json& body = nullptr,
             const std::map<std::string, std::string>& query = {}) {
    return test::ask_route(service, method, "/v1/admin/periods" + path, body, query, 1234);
  }
  json october() { return ask("GET", "", nullptr, {{"month", "2026-10"}}).body.at(0); }
  Answer waive(const json& body, const std::string& month = "2026-10") {
    return ask("POST", "/" + month + "/waive", body);
  }
  std::vector<Run> queued() { return load_runs_in(database.snapshot(), RunState::queued); }
  void close() {
    run(*make_close_job({std::chrono::hours(72), {"gateway"}}), {{"period", "2026-10"}});
  }
};

}  // namespace

TEST_CASE("periods are listed with what is in the way and its remedy", "[periods][promise]") {
  PeriodRoutes bench;
  const json month = bench.october();
  CHECK(month.at("tenantId") == "t-one");
  CHECK(month.at("timeZone") == "UTC");
  CHECK(month.at("state") == "grace");
  CHECK(month.at("end") == "2026-11-01T00:00:00Z");
  CHECK(month.at("closableFrom") == "2026-11-04T00:00:00Z");
  REQUIRE(month.at("obstacles").size() == 1);
  CHECK(month.at("obstacles").at(0).at("gate") == "unpriced");
  CHECK(month.at("obstacles").at(0).at("amount") == 1);
  CHECK(month.at("obstacles").at(0).at("waived") == false);
  CHECK_FALSE(month.at("obstacles").at(0).at("remedy").get<std::string>().empty());
  CHECK(month.at("closedAt").is_null());
  CHECK(month.at("frozenMatches").is_null());
  const json all = bench.ask("GET", "").body;
  REQUIRE(all.size() == 2);
  CHECK(all.at(1).at("month") == "2026-11");
  CHECK(all.at(1).at("state") == "open");
  CHECK(bench.ask("GET", "", nullptr, {{"tenantId", "t-nine"}}).body.empty());
  CHECK(bench.ask("GET", "", nullptr, {{"month", "October"}}).status == 400);
}

TEST_CASE("a waiver records who, when and why, for what blocks, and starts the month-end again",
          "[periods][promise]") {
  PeriodRoutes bench;
  const auto answer = bench.waive({{"reason", "free preview"}});
  CHECK(answer.status == 202);
  CHECK(answer.body.at("waived").at(0).at("gate") == "unpriced");
  const json waiver = bench.october().at("waivers").at(0);
  CHECK(waiver.at("by") == "uid:1234");
  CHECK(waiver.at("at") == "2026-11-05T12:00:00Z");
  CHECK(waiver.at("reason") == "free preview");
  CHECK(bench.october().at("obstacles").at(0).at("waived") == true);
  const auto events = load_audit_events(bench.database.snapshot(), 0, 10);
  REQUIRE(events.size() == 1);
  CHECK(events.front().action == "period.waive");
  CHECK(events.front().object == "2026-10/unpriced");
  CHECK(events.front().actor.text() == "uid:1234");
  CHECK_THAT(events.front().reason, Catch::Contains("free preview"));
  REQUIRE(bench.queued().size() == 1);
  const Run run = bench.queued().front();
  CHECK(run.schedule == "month-end");
  CHECK(run.parameters == RunParameters{{"period", "2026-10"},
                                        {"statements", "missing"},
                                        {"formats", "pdf"},
                                        {"recipients", "finance@example.com"}});
}

TEST_CASE("a waiver is refused for the clock, without a reason, and before the month's end",
          "[periods][promise]") {
  PeriodRoutes bench;
  CHECK(bench.waive({{"reason", "  "}}).status == 400);
  CHECK(bench.waive({{"reason", "x"}, {"gates", {"prices"}}}).status == 400);
  const auto nothing = bench.waive({{"reason", "x"}, {"gates", "sources"}});
  CHECK(nothing.status == 409);
  CHECK(bench.waive({{"reason", "x"}, {"tenantId", "t-nine"}}).status == 404);
  const auto early = bench.waive({{"reason", "x"}}, "2026-11");
  CHECK(early.status == 403);
  CHECK_THAT(early.message(), Catch::Contains("2026-11 is not over before 2026-12-01T00:00:00Z"));
  bench.change([](UnitOfWork& unit) {
    store_clock_state(unit, {at("2026-11-05T12:00:00Z"),
                             ClockHold{at("2026-10-20T00:00:00Z"), at("2026-11-05T12:00:00Z")}});
  });
  const auto clock = bench.waive({{"reason", "x"}, {"gates", "clock,unpriced"}});
  CHECK(clock.status == 403);
  CHECK_THAT(clock.message(), Catch::Contains("costctl clock confirm"));
  CHECK(bench.october().at("waivers").empty());
  CHECK(bench.queued().empty());
  // What can be waived is; the clock still blocks, so that no run is started.
  const auto rest = bench.waive({{"reason", "x"}});
  CHECK(rest.status == 200);
  CHECK(rest.body.at("waived").size() == 1);
  CHECK(rest.body.at("run").is_null());
  CHECK(bench.queued().empty());
}

TEST_CASE("closing by hand makes a waiting month-end run due at once", "[periods][promise]") {
  PeriodRoutes bench;
  Run waiting;
  waiting.id = "WAITING";
  waiting.slot_key = "month-end@2026-11-04T05:00:00Z";
  waiting.schedule = "month-end";
  waiting.actor = "schedule:month-end";
  waiting.jobs = {"close", "chargeback"};
  waiting.parameters = {{"period", "2026-10"}};
  waiting.not_before = at("2026-11-05T13:00:00Z");
  bench.change([&](UnitOfWork& unit) { store_new_run(unit, waiting); });
  const auto answer = bench.ask("POST", "/2026-10/close");
  CHECK(answer.status == 202);
  CHECK(answer.body.at("id") == "WAITING");
  REQUIRE(bench.queued().size() == 1);
  CHECK(bench.queued().front().not_before == Instant{});
}

TEST_CASE("without a month-end schedule closing by hand starts the two jobs for nobody's mail",
          "[periods]") {
  PeriodRoutes bench{{}};
  CHECK(bench.ask("POST", "/2026-10/close", {{"tenantId", "t-one"}}).status == 202);
  REQUIRE(bench.queued().size() == 1);
  const Run run = bench.queued().front();
  CHECK(run.schedule.empty());
  CHECK(run.jobs == std::vector<std::string>{"close", "chargeback"});
  CHECK(run.parameters ==
        RunParameters{{"period", "2026-10"}, {"statements", "missing"}, {"tenant", "t-one"}});
}

TEST_CASE("a month that is not over, or is closed and stated, is not closed again", "[periods]") {
  PeriodRoutes bench;
  CHECK(bench.ask("POST", "/2026-11/close").status == 403);
  CHECK(bench.ask("POST", "/2026-09/close").status == 404);
  bench.apply_prices({a_price("m-large", "1", "1")});
  bench.rollup();
  bench.close();
  CHECK(bench.ask("POST", "/2026-10/close").status == 202);  // its statement is missing
  bench.change([](UnitOfWork& unit) {
    StoredReport report;
    report.id = "R1";
    report.tenant = "t-one";
    report.period = days_of(test::month("2026-10"));
    report.status = "FINAL";
    report.revision = 3;
    store_report(unit, report);
  });
  CHECK(bench.ask("POST", "/2026-10/close").status == 409);
  const json month = bench.october();
  CHECK(month.at("finalReportId") == "R1");
  CHECK(month.at("finalRevision") == 3);
}

TEST_CASE("a closed month shows what it was closed with, and whether the rows still hash to it",
          "[periods][promise]") {
  PeriodRoutes bench;
  bench.apply_prices({a_price("m-large", "1", "1")});
  bench.rollup();
  bench.close();
  const json month = bench.october();
  CHECK(month.at("state") == "closed");
  CHECK(month.at("closedBy") == "uid:1000");
  const json frozen = month.at("frozen");
  CHECK(frozen.at("records") == 1);
  CHECK(frozen.at("totalCost") == "0.001100000000");
  CHECK(frozen.at("firstRecordAt") == "2026-10-05T12:00:00Z");
  CHECK(frozen.at("rowsSha256") ==
        load_audit_events(bench.database.snapshot(), 0, 10).back().after_sha256);
  CHECK(frozen.at("costdVersion") == COSTD_VERSION);
  CHECK(month.at("frozenMatches") == true);
  // Somebody changes a closed row behind costd's back.
  bench.change([](UnitOfWork& unit) {
    auto rows = load_daily_charges(unit, test::day("2026-10-05"));
    rows.at(0).charge.amounts.output_picos += 1;
    store_daily_charges(unit, test::day("2026-10-05"), rows);
  });
  CHECK(bench.october().at("frozenMatches") == false);
}

}  // namespace costd
