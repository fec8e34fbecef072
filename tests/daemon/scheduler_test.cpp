#include "daemon/scheduler.hpp"

#include <catch2/catch.hpp>

#include "ledger/error.hpp"
#include "ledger/store/audit_store.hpp"
#include "ledger/store/run_store.hpp"
#include "tests/support/quiet_log.hpp"
#include "tests/support/test_database.hpp"

namespace costd {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using test::at;
using test::QuietLog;

ScheduleSettings a_schedule(const std::string& cron) {
  ScheduleSettings settings;
  settings.name = "refresh";
  settings.cron = cron;
  settings.jobs = {"ingest", "rollup"};
  settings.where = "costd.yaml:3:5";
  return settings;
}

std::vector<Schedule> schedules_of(const ScheduleSettings& schedule) {
  Settings settings;
  settings.schedules = {schedule};
  return make_schedules(settings);
}

/// A scheduler that has seen its schedule at `start` already.
struct SchedulerBench : test::TestDatabase {
  explicit SchedulerBench(const ScheduleSettings& schedule,
                          Instant start = at("2026-10-05T12:00:30Z"))
      : scheduler(database, schedules_of(schedule)) {
    scheduler.decide_slots(start);
  }
  QuietLog quiet;
  Scheduler scheduler;

  std::vector<Run> runs_in(RunState state) { return load_runs_in(database.snapshot(), state); }
  std::size_t runs() { return load_runs(database.snapshot(), {}, 10'000).size(); }
  void end_all(RunState state = RunState::queued) {
    change([&](UnitOfWork& unit) {
      for (Run& run : load_runs_in(unit, state)) {
        run.state = RunState::succeeded;
        update_run(unit, run);
      }
    });
  }
};

}  // namespace

TEST_CASE("a schedule seen for the first time begins now", "[scheduler]") {
  SchedulerBench bench(a_schedule("* * * * *"));
  CHECK(bench.runs() == 0);
  CHECK(bench.scheduler.decide_slots(at("2026-10-05T12:00:59Z")) == 0);
  CHECK(bench.scheduler.decide_slots(at("2026-10-05T12:01:00Z")) == 1);
  const auto queued = bench.runs_in(RunState::queued);
  REQUIRE(queued.size() == 1);
  CHECK(queued.front().slot_key == "refresh@2026-10-05T12:01:00Z");
  CHECK(queued.front().trigger == "scheduled");
  CHECK(queued.front().jobs == std::vector<std::string>{"ingest", "rollup"});
}

TEST_CASE("a slot runs once, across restarts and when the clock steps back",
          "[scheduler][promise]") {
  SchedulerBench bench(a_schedule("* * * * *"));
  CHECK(bench.scheduler.decide_slots(at("2026-10-05T12:01:05Z")) == 1);
  bench.end_all();
  CHECK(bench.scheduler.decide_slots(at("2026-10-05T12:01:06Z")) == 0);
  CHECK(bench.scheduler.decide_slots(at("2026-10-05T11:30:00Z")) == 0);
  Scheduler restarted(bench.database, schedules_of(a_schedule("* * * * *")));
  CHECK(restarted.decide_slots(at("2026-10-05T12:01:07Z")) == 0);
  CHECK(bench.runs() == 1);
}

TEST_CASE("editing a cron string never replays past slots", "[scheduler]") {
  ScheduleSettings monthly = a_schedule("0 6 4 * *");
  monthly.period = "previous_month";
  SchedulerBench bench(monthly);
  CHECK(bench.scheduler.decide_slots(at("2026-11-04T06:00:30Z")) == 1);
  // On 23 November the schedule moves to the 5th: 5 November has passed and is nobody's slot.
  monthly.cron = "0 6 5 * *";
  Scheduler edited(bench.database, schedules_of(monthly));
  CHECK(edited.decide_slots(at("2026-11-23T12:00:00Z")) == 0);
  CHECK(edited.decide_slots(at("2026-12-05T05:59:59Z")) == 0);
  CHECK(edited.decide_slots(at("2026-12-05T06:00:00Z")) == 1);
}

TEST_CASE("slots that are all caught up all run, one after the other", "[scheduler]") {
  ScheduleSettings hourly = a_schedule("0 * * * *");
  hourly.catch_up = "all";
  SchedulerBench bench(hourly);
  CHECK(bench.scheduler.decide_slots(at("2026-10-05T17:00:00Z")) == 5);  // 13:00 to 17:00
  CHECK(bench.runs_in(RunState::skipped).empty());
}

TEST_CASE("two schedulers on one database share the slots", "[scheduler][promise]") {
  SchedulerBench bench(a_schedule("* * * * *"));
  Scheduler other(bench.database, schedules_of(a_schedule("* * * * *")));
  int queued = 0;
  for (Instant now = at("2026-10-05T12:01:00Z"); now < at("2026-10-05T12:06:00Z");
       now += seconds(20)) {
    queued += bench.scheduler.decide_slots(now) + other.decide_slots(now);
    bench.end_all();
  }
  CHECK(queued == 5);
  CHECK(bench.runs() == 5);
}

TEST_CASE("after a pause of the daemon, the newest slot of a plain schedule runs once",
          "[scheduler]") {
  SchedulerBench bench(a_schedule("0 * * * *"));
  CHECK(bench.scheduler.decide_slots(at("2026-10-09T08:30:00Z")) == 1);
  const auto queued = bench.runs_in(RunState::queued);
  REQUIRE(queued.size() == 1);
  CHECK(queued.front().slot_at == at("2026-10-09T08:00:00Z"));
  CHECK(queued.front().trigger == "catch_up");
}

TEST_CASE("a rare slot that was missed days ago is caught up, too", "[scheduler]") {
  SchedulerBench bench(a_schedule("0 6 10 * *"));
  CHECK(bench.scheduler.decide_slots(at("2026-10-15T00:00:00Z")) == 1);
  CHECK(bench.runs_in(RunState::queued).front().slot_at == at("2026-10-10T06:00:00Z"));
}

TEST_CASE("every missed period is caught up, oldest first", "[scheduler]") {
  ScheduleSettings monthly = a_schedule("0 6 4 * *");
  monthly.period = "previous_month";
  SchedulerBench bench(monthly);
  CHECK(bench.scheduler.decide_slots(at("2027-01-20T00:00:00Z")) == 3);
  const auto queued = bench.runs_in(RunState::queued);
  REQUIRE(queued.size() == 3);
  CHECK(queued[0].parameters.at("period") == "2026-10");
  CHECK(queued[1].parameters.at("period") == "2026-11");
  CHECK(queued[2].parameters.at("period") == "2026-12");
}

TEST_CASE("nothing is caught up where the schedule says so, and that is recorded", "[scheduler]") {
  ScheduleSettings none = a_schedule("0 * * * *");
  none.catch_up = "none";
  SchedulerBench bench(none);
  CHECK(bench.scheduler.decide_slots(at("2026-10-05T15:30:00Z")) == 0);
  REQUIRE(bench.runs_in(RunState::missed).size() == 1);
  CHECK(bench.runs_in(RunState::missed).front().finished_at == at("2026-10-05T15:30:00Z"));
  CHECK(bench.scheduler.decide_slots(at("2026-10-05T16:00:59Z")) == 1);
}

TEST_CASE("slots beyond the bound are abandoned, visibly", "[scheduler]") {
  ScheduleSettings all = a_schedule("0 * * * *");
  all.catch_up = "all";
  all.overlap = "queue";
  SchedulerBench bench(all);
  // 500 hours later: the slots are 5 October 13:00 to 26 October 08:00.
  const Instant now = at("2026-10-05T12:00:30Z") + hours(500);
  CHECK(bench.scheduler.decide_slots(now) == 400);
  const auto abandoned = bench.runs_in(RunState::abandoned);
  REQUIRE(abandoned.size() == 2);
  const Instant first = at("2026-10-05T13:00:00Z");
  CHECK(abandoned[0].slot_at == first);
  CHECK(abandoned[1].slot_at == first + hours(99));
  CHECK_THAT(abandoned[0].error, Catch::Contains("100 slots"));
  CHECK(bench.runs_in(RunState::queued).front().slot_at == first + hours(100));
}

TEST_CASE("a slot that meets an unfinished run is skipped, or waits in the queue", "[scheduler]") {
  SchedulerBench forbid(a_schedule("* * * * *"));
  CHECK(forbid.scheduler.decide_slots(at("2026-10-05T12:01:00Z")) == 1);
  CHECK(forbid.scheduler.decide_slots(at("2026-10-05T12:02:00Z")) == 0);
  CHECK(forbid.runs_in(RunState::skipped).size() == 1);
  forbid.end_all();
  CHECK(forbid.scheduler.decide_slots(at("2026-10-05T12:03:00Z")) == 1);

  ScheduleSettings queue = a_schedule("* * * * *");
  queue.overlap = "queue";
  SchedulerBench queued(queue);
  CHECK(queued.scheduler.decide_slots(at("2026-10-05T12:01:00Z")) == 1);
  CHECK(queued.scheduler.decide_slots(at("2026-10-05T12:02:00Z")) == 1);
  CHECK(queued.runs_in(RunState::queued).size() == 2);
}

TEST_CASE("a paused schedule decides nothing, and resumes from now on", "[scheduler]") {
  SchedulerBench bench(a_schedule("* * * * *"));
  const Actor actor{"uid", "1000"};
  bench.scheduler.set_paused("refresh", true, at("2026-10-05T12:00:40Z"), actor);
  CHECK(bench.scheduler.decide_slots(at("2026-10-05T13:00:00Z")) == 0);
  CHECK_FALSE(bench.scheduler.next_slot(at("2026-10-05T13:00:00Z")));
  bench.scheduler.set_paused("refresh", false, at("2026-10-05T13:00:30Z"), actor);
  CHECK(bench.scheduler.decide_slots(at("2026-10-05T13:00:59Z")) == 0);
  CHECK(bench.scheduler.decide_slots(at("2026-10-05T13:01:00Z")) == 1);
  const auto events = load_audit_events(bench.database.snapshot(), 0, 10);
  REQUIRE(events.size() == 2);
  CHECK(events[0].action == "schedule.pause");
  CHECK(events[1].actor.text() == "uid:1000");
  CHECK_THROWS_WITH(bench.scheduler.set_paused("absent", true, at("2026-10-05T13:00:30Z"), actor),
                    Catch::Contains("refresh"));
}

TEST_CASE("the period of a run comes from the slot's local date", "[scheduler]") {
  ScheduleSettings monthly = a_schedule("30 23 31 * *");
  monthly.period = "current_month";
  monthly.time_zone = "America/New_York";
  monthly.tenant = "t-one";
  monthly.recipients = {"a@example.com", "b@example.com"};
  const Schedule schedule = schedules_of(monthly).front();
  // 31 October 23:30 in New York is 1 November 03:30 UTC.
  const RunParameters parameters = parameters_for(schedule, at("2026-11-01T03:30:00Z"));
  CHECK(parameters.at("period") == "2026-10");
  CHECK(parameters.at("tenant") == "t-one");
  CHECK(parameters.at("recipients") == "a@example.com,b@example.com");
  CHECK(parameters.at("formats") == "pdf,csv,xlsx");
  CHECK_FALSE(parameters_for(schedule).contains("period"));
  CHECK_FALSE(parameters.contains("types"));
}

TEST_CASE("a run of compliance reports is told which types", "[scheduler]") {
  ScheduleSettings monthly = a_schedule("0 7 5 * *");
  monthly.types = {"soc2", "gdpr"};
  const Schedule schedule = schedules_of(monthly).front();
  CHECK(parameters_for(schedule, at("2026-11-05T07:00:00Z")).at("types") == "soc2,gdpr");
}

TEST_CASE("a malformed expression is a configuration error at its place", "[scheduler]") {
  try {
    schedules_of(a_schedule("61 * * * *"));
    FAIL("minute 61 was accepted");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::config);
    CHECK_THAT(error.what(), Catch::StartsWith("costd.yaml:3:5") && Catch::Contains("refresh"));
  }
}

}  // namespace costd
