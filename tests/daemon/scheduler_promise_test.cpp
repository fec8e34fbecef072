// What is promised about slots, promise by promise: catch-up, order, delays, reloads, wrong clocks.

#include <catch2/catch.hpp>

#include "daemon/clock_guard.hpp"
#include "daemon/run_policy.hpp"
#include "daemon/scheduler.hpp"
#include "ledger/error.hpp"
#include "ledger/store/audit_store.hpp"
#include "ledger/store/outbox_store.hpp"
#include "ledger/store/run_store.hpp"
#include "tests/support/desk.hpp"
#include "tests/support/quiet_log.hpp"
#include "tests/support/test_database.hpp"

namespace costd {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using test::at;

const Instant noon = at("2026-10-05T12:00:00Z");

ScheduleSettings a_schedule(const std::string& name, const std::string& cron) {
  ScheduleSettings settings;
  settings.name = name;
  settings.cron = cron;
  settings.jobs = {"rollup"};
  settings.where = "costd.yaml:3:5";
  return settings;
}

std::vector<Schedule> schedules_of(std::vector<ScheduleSettings> schedules) {
  Settings settings;
  settings.schedules = std::move(schedules);
  return make_schedules(settings);
}

struct Bench : test::TestDatabase {
  explicit Bench(const std::vector<ScheduleSettings>& schedules)
      : scheduler(database, schedules_of(schedules), desk) {}
  test::QuietLog quiet;
  std::shared_ptr<test::RecordingDesk> desk = std::make_shared<test::RecordingDesk>();
  ManualClock clock{noon};
  ClockGuard guard{database, clock, hours(24)};
  Scheduler scheduler;

  std::vector<Run> runs_in(RunState state) { return load_runs_in(database.snapshot(), state); }
  /// One look at the clock and the slots, as the daemon does it.
  int look() {
    const auto hold = guard.look(desk.get());
    return scheduler.decide_slots(clock.now(), hold ? ClockTrust::held : ClockTrust::trusted);
  }
  std::vector<std::string> audited() {
    std::vector<std::string> actions;
    for (const auto& event : load_audit_events(database.snapshot(), 0, 100)) {
      actions.push_back(event.action);
    }
    return actions;
  }
};

}  // namespace

TEST_CASE("a run starts at its slot: the clock is looked at again at that very instant",
          "[scheduler][promise]") {
  Bench bench({a_schedule("quarters", "*/15 * * * *")});
  bench.look();
  const auto slot = bench.scheduler.next_slot(bench.clock.now());
  CHECK(slot == noon + minutes(15));
  bench.clock.advance(minutes(15) - std::chrono::microseconds(1));
  CHECK(bench.look() == 0);
  bench.clock.advance(std::chrono::microseconds(1));
  CHECK(bench.look() == 1);
  REQUIRE(bench.runs_in(RunState::queued).size() == 1);
  CHECK(bench.runs_in(RunState::queued).front().slot_at == slot);
  CHECK(bench.runs_in(RunState::queued).front().not_before == Instant{});
}

TEST_CASE("slots beyond max_catch_up are abandoned with one alert, never silence",
          "[scheduler][promise]") {
  ScheduleSettings daily = a_schedule("month-end", "0 6 * * *");
  daily.catch_up = "all";
  daily.max_catch_up = 13;
  Bench bench({daily});
  bench.look();
  bench.clock.advance(hours(24 * 20));
  bench.clock.set_synchronised(true);
  CHECK(bench.look() == 13);
  REQUIRE(bench.desk->raised.size() == 1);
  CHECK(bench.desk->raised.front().kind == AlertKind::slots_abandoned);
  CHECK_THAT(bench.desk->raised.front().title, Catch::Contains("gave up 7 slots"));
  CHECK(bench.look() == 0);
  CHECK(bench.desk->raised.size() == 1);
}

TEST_CASE("catch_up none: a slot older than its start deadline is missed, with the reason",
          "[scheduler][promise]") {
  ScheduleSettings none = a_schedule("poll", "0 * * * *");
  none.catch_up = "none";
  none.start_deadline = minutes(10);
  Bench bench({none});
  bench.look();
  bench.clock.advance(minutes(69));  // 13:09
  CHECK(bench.look() == 1);
  bench.clock.advance(minutes(62));  // 14:11
  CHECK(bench.look() == 0);
  REQUIRE(bench.runs_in(RunState::missed).size() == 1);
  CHECK_THAT(bench.runs_in(RunState::missed).front().error,
             Catch::Contains("660 s old") && Catch::Contains("600 s"));
}

TEST_CASE("jitter delays the start by the same part of it every time, never the slot",
          "[scheduler][promise]") {
  ScheduleSettings jittered = a_schedule("backup", "0 * * * *");
  jittered.jitter = minutes(10);
  jittered.overlap = "queue";
  Bench bench({jittered});
  bench.look();
  bench.clock.advance(hours(1));
  bench.look();
  bench.clock.advance(hours(1));
  bench.look();
  const auto runs = bench.runs_in(RunState::queued);
  REQUIRE(runs.size() == 2);
  CHECK(runs[0].slot_at == noon + hours(1));
  const auto delay = runs[0].not_before - runs[0].slot_at;
  CHECK(delay < minutes(10));
  CHECK(delay == runs[1].not_before - runs[1].slot_at);
  CHECK(delay == jitter_of("backup", minutes(10)));
  CHECK(jitter_of("backup", minutes(10)) != jitter_of("refresh", minutes(10)));
}

TEST_CASE("a new schedule starts at its next slot, or where backfill_from says",
          "[scheduler][promise]") {
  ScheduleSettings monthly = a_schedule("month-end", "0 6 4 * *");
  monthly.period = "previous_month";
  monthly.backfill_from = parse_day("2026-08-01");
  Bench bench({monthly});
  CHECK(bench.look() == 3);  // 4 August, 4 September, 4 October
  CHECK(bench.runs_in(RunState::queued).front().parameters.at("period") == "2026-07");
  CHECK(bench.look() == 0);
}

TEST_CASE("a schedule whose zone has gone is invalid with an alert, and the others continue",
          "[scheduler][promise]") {
  Bench bench({a_schedule("refresh", "* * * * *"), a_schedule("nightly", "30 2 * * *")});
  bench.look();
  ScheduleSettings gone = a_schedule("nightly", "30 2 * * *");
  gone.time_zone = "Europe/Atlantis";
  gone.zone_error = "costd.yaml:4:5: \"Europe/Atlantis\" is no zone";
  bench.scheduler.replace(schedules_of({a_schedule("refresh", "* * * * *"), gone}), bench.desk);
  bench.scheduler.report_invalid(bench.clock.now());
  REQUIRE(bench.desk->raised.size() == 1);
  CHECK(bench.desk->raised.front().kind == AlertKind::schedule_invalid);
  bench.clock.advance(minutes(1));
  CHECK(bench.look() == 1);
  bench.clock.advance(hours(20));
  bench.look();
  for (const Run& run : load_runs(bench.database.snapshot(), {}, 100)) {
    CHECK(run.schedule == "refresh");
  }
}

TEST_CASE("a zone that never was one is a mistake in the configuration", "[scheduler]") {
  ScheduleSettings wrong = a_schedule("nightly", "30 2 * * *");
  wrong.zone_error = "costd.yaml:4:5: \"Mars/Base\" is no zone";
  Bench bench({wrong});
  CHECK_THROWS_WITH(bench.scheduler.report_invalid(noon), Catch::Contains("Mars/Base"));
}

TEST_CASE("reloaded schedules replay no past slot", "[scheduler][promise]") {
  ScheduleSettings hourly = a_schedule("refresh", "0 * * * *");
  hourly.catch_up = "all";
  Bench bench({hourly});
  bench.look();
  hourly.cron = "30 * * * *";
  bench.clock.advance(minutes(50));
  bench.scheduler.replace(schedules_of({hourly}), bench.desk);
  CHECK(bench.look() == 0);
  bench.clock.advance(minutes(40));  // 13:30
  CHECK(bench.look() == 1);
}

TEST_CASE("a clock that steps back fires no slot again, and is an audit event",
          "[clock][promise]") {
  ScheduleSettings every = a_schedule("refresh", "* * * * *");
  every.overlap = "queue";
  Bench bench({every});
  bench.look();
  bench.clock.advance(minutes(10));
  CHECK(bench.look() == 1);
  bench.clock.set(noon);
  for (int n = 0; n < 10; ++n) {
    bench.clock.advance(minutes(1));
    CHECK(bench.look() == 0);
  }
  CHECK(bench.audited() == std::vector<std::string>{"clock.step"});
  bench.clock.advance(minutes(1));
  CHECK(bench.look() == 1);
}

TEST_CASE("a clock that steps forward by up to a day has its missed slots handled",
          "[clock][promise]") {
  ScheduleSettings daily = a_schedule("month-end", "0 6 * * *");
  daily.catch_up = "all";
  Bench bench({daily});
  bench.look();
  bench.clock.set(noon + hours(24));
  CHECK(bench.look() == 1);
  CHECK_FALSE(find_clock_hold(bench.database.snapshot()));
}

TEST_CASE("a clock that jumps by more than a day is held until it is confirmed",
          "[clock][promise]") {
  ScheduleSettings monthly = a_schedule("month-end", "0 6 4 * *");
  monthly.period = "previous_month";
  Bench bench({monthly, a_schedule("refresh", "* * * * *")});
  bench.look();
  bench.clock.set(at("2027-11-05T00:00:00Z"));  // a year and a month
  CHECK(bench.look() == 1);                     // refresh alone
  REQUIRE(find_clock_hold(bench.database.snapshot()));
  CHECK(find_clock_hold(bench.database.snapshot())->from == noon);
  REQUIRE(bench.desk->raised.size() == 1);
  CHECK(bench.desk->raised.front().kind == AlertKind::clock_held);
  CHECK(bench.audited() == std::vector<std::string>{"clock.step"});

  SECTION("by a person") {
    bench.guard.confirm({"uid", "1000"});
    CHECK_FALSE(find_clock_hold(bench.database.snapshot()));
    CHECK(bench.look() == 13);  // November 2026 to November 2027
    CHECK(bench.audited().back() == "clock.confirm");
    CHECK_THROWS_AS(bench.guard.confirm({"uid", "1000"}), Error);
  }
  SECTION("by the kernel") {
    bench.clock.set_synchronised(true);
    CHECK(bench.look() == 13);
  }
  SECTION("a restart holds on") {
    ClockGuard restarted(bench.database, bench.clock, hours(24));
    CHECK(restarted.look(nullptr));
  }
  SECTION("set back, everything goes on as if nothing had been") {
    bench.clock.set(noon + minutes(1));
    CHECK(bench.look() == 0);
    bench.clock.advance(minutes(1));
    CHECK_FALSE(find_clock_hold(bench.database.snapshot()));
    for (Run& run : bench.runs_in(RunState::queued)) {
      bench.change([&](UnitOfWork& unit) {
        run.state = RunState::succeeded;
        update_run(unit, run);
      });
    }
    CHECK(bench.look() == 1);
    CHECK(bench.runs_in(RunState::queued).front().slot_at == noon + minutes(2));
  }
}

TEST_CASE("a jump that could not be stored is found at the next look", "[clock]") {
  Bench bench({a_schedule("refresh", "* * * * *")});
  bench.look();
  bench.clock.set(noon + hours(24 * 400));
  bench.database.set_commit_hook([](CommitMoment moment) {
    if (moment == CommitMoment::before) throw Error(ErrorCode::database, "the disk is full");
  });
  CHECK_THROWS_AS(bench.look(), Error);
  bench.database.set_commit_hook({});
  bench.look();
  CHECK(find_clock_hold(bench.database.snapshot()));
}

TEST_CASE("what a wrong clock put off starts when it is set back", "[clock]") {
  Bench bench({a_schedule("refresh", "* * * * *")});
  bench.look();
  bench.clock.advance(minutes(1));
  CHECK(bench.look() == 1);
  bench.clock.set(noon + hours(24 * 400));
  bench.look();
  bench.change([&](UnitOfWork& unit) {
    Run run = load_runs_in(unit, RunState::queued).front();
    run.not_before = bench.clock.now() + hours(1);  // its retry failed by the wrong clock
    update_run(unit, run);
  });
  bench.clock.set(noon + minutes(2));
  bench.guard.look(nullptr);
  CHECK(find_startable_run(bench.database.snapshot(), bench.clock.now()));
}

TEST_CASE("a message that a wrong clock put off is due when it is set back", "[clock]") {
  Bench bench({a_schedule("refresh", "* * * * *")});
  bench.look();
  bench.clock.set(noon + hours(24 * 400));
  bench.look();
  OutboxMessage message;
  message.id = message.dedupe_key = "A";
  message.channel = "webhook";
  message.recipient = "pager";
  message.state = OutboxState::retry;
  message.not_before = bench.clock.now() + hours(6);
  bench.change([&](UnitOfWork& unit) { store_outbox_message(unit, message); });
  bench.clock.set(noon + minutes(2));
  bench.guard.look(nullptr);
  CHECK(find_due_message(bench.database.snapshot(), "A", bench.clock.now()));
}

TEST_CASE("a schedule that is paused and resumed by a clock set back fires nothing again",
          "[clock]") {
  Bench bench({a_schedule("refresh", "* * * * *")});
  const Actor somebody{"uid", "1000"};
  bench.look();
  bench.clock.advance(minutes(10));
  bench.look();
  bench.change([&](UnitOfWork& unit) {
    for (Run& run : load_runs_in(unit, RunState::queued)) {
      run.state = RunState::succeeded;
      update_run(unit, run);
    }
    // Runs that did nothing are thinned, and with them the key of their slot.
    thin_idle_runs(unit, bench.clock.now() + hours(1));
  });
  bench.clock.set(noon);
  bench.scheduler.set_paused("refresh", true, bench.clock.now(), somebody);
  bench.scheduler.set_paused("refresh", false, bench.clock.now(), somebody);
  bench.clock.advance(minutes(5));
  CHECK(bench.look() == 0);
}

TEST_CASE("a jump of a clock that is kept right is believed", "[clock]") {
  Bench bench({a_schedule("refresh", "* * * * *")});
  bench.clock.set_synchronised(true);
  bench.look();
  bench.clock.set(noon + hours(100));
  bench.look();
  CHECK_FALSE(find_clock_hold(bench.database.snapshot()));
}

TEST_CASE("suspended time has passed and is no step", "[clock][promise]") {
  Bench bench({a_schedule("refresh", "* * * * *")});
  bench.look();
  bench.clock.advance(hours(100));
  CHECK(bench.look() == 1);
  CHECK_FALSE(find_clock_hold(bench.database.snapshot()));
  CHECK(bench.audited().empty());
}

TEST_CASE("a start after more than a day is a jump that nothing vouches for", "[clock]") {
  Bench bench({a_schedule("refresh", "* * * * *")});
  bench.look();
  bench.clock.advance(hours(30));
  ClockGuard restarted(bench.database, bench.clock, hours(24));
  CHECK(restarted.look(bench.desk.get()));
  ClockGuard soon(bench.database, bench.clock, hours(48));
  CHECK(bench.desk->raised.size() == 1);
}

}  // namespace costd
