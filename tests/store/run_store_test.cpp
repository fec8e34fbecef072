#include "ledger/store/run_store.hpp"

#include <catch2/catch.hpp>

#include "tests/support/test_database.hpp"

namespace costd {
namespace {

using test::at;

Run a_run(const std::string& id, const std::string& slot_key) {
  Run run;
  run.id = id;
  run.slot_key = slot_key;
  run.schedule = "month-end";
  run.trigger = "scheduled";
  run.actor = "schedule:month-end";
  run.jobs = {"close", "chargeback"};
  run.parameters = {{"period", "2026-10"}};
  run.queued_at = at("2026-11-04T05:00:00Z");
  return run;
}

bool store(test::TestDatabase& test, const Run& run) {
  bool stored = false;
  test.change([&](UnitOfWork& unit) { stored = store_new_run(unit, run); });
  return stored;
}

}  // namespace

TEST_CASE("a slot has one run at most", "[store]") {
  test::TestDatabase test;
  CHECK(store(test, a_run("A", "month-end@2026-11-04T05:00:00Z")));
  CHECK_FALSE(store(test, a_run("B", "month-end@2026-11-04T05:00:00Z")));
  CHECK(store(test, a_run("C", "month-end@2026-12-04T05:00:00Z")));
  CHECK_FALSE(find_run(test.database.snapshot(), "B"));
  CHECK(load_runs(test.database.snapshot(), {}, 10).size() == 2);
}

TEST_CASE("a run comes back as it was stored, and each change raises its revision", "[store]") {
  test::TestDatabase test;
  Run run = a_run("A", "a");
  store(test, run);
  run.state = RunState::failed;
  run.error = "line one\nline two \"quoted\"";
  run.counts = {{"reports", 2}};
  run.outputs = {"R1"};
  run.log = {"bad bytes \xff"};
  run.progress = {"chargeback", 3, 4, "reports"};
  test.change([&](UnitOfWork& unit) { update_run(unit, run); });
  CHECK(run.revision == 2);
  const Run stored = find_run(test.database.snapshot(), "A").value();
  CHECK(stored.state == RunState::failed);
  CHECK(stored.revision == 2);
  CHECK(stored.jobs == run.jobs);
  CHECK(stored.parameters == run.parameters);
  CHECK(stored.error == run.error);
  CHECK(stored.counts == run.counts);
  CHECK(stored.outputs == run.outputs);
  CHECK(stored.progress.total == 4);
  CHECK(stored.log.size() == 1);
}

TEST_CASE("runs in a state come oldest first", "[store]") {
  test::TestDatabase test;
  Run newer = a_run("A", "a");
  Run older = a_run("B", "b");
  older.queued_at = at("2026-11-03T05:00:00Z");
  store(test, newer);
  store(test, older);
  const auto queued = load_runs_in(test.database.snapshot(), RunState::queued);
  REQUIRE(queued.size() == 2);
  CHECK(queued.front().id == "B");
  CHECK(load_runs(test.database.snapshot(), {}, 1).front().id == "A");
  CHECK(load_runs(test.database.snapshot(), {"other", std::nullopt}, 1).empty());
}

TEST_CASE("runs that found nothing to do are thinned, others stay", "[store]") {
  test::TestDatabase test;
  Run idle = a_run("A", "a");
  idle.state = RunState::succeeded;
  Run busy = a_run("B", "b");
  busy.state = RunState::succeeded;
  busy.counts = {{"files", 1}};
  Run failed = a_run("C", "c");
  failed.state = RunState::failed;
  Run went_on = a_run("D", "d");
  went_on.state = RunState::succeeded;
  went_on.attempt = 2;  // what the first one did is not among its counts
  for (const Run& run : {idle, busy, failed, went_on}) store(test, run);
  std::int64_t thinned = 0;
  test.change([&](UnitOfWork& unit) { thinned = thin_idle_runs(unit, idle.queued_at); });
  CHECK(thinned == 0);
  test.change([&](UnitOfWork& unit) {
    thinned = thin_idle_runs(unit, idle.queued_at + std::chrono::seconds(1));
  });
  CHECK(thinned == 1);
  CHECK_FALSE(find_run(test.database.snapshot(), "A"));
  CHECK(load_runs(test.database.snapshot(), {}, 10).size() == 3);
}

TEST_CASE("the state of a schedule is kept by name", "[store]") {
  test::TestDatabase test;
  CHECK_FALSE(find_schedule_state(test.database.snapshot(), "refresh"));
  for (const bool paused : {true, false}) {
    test.change([&](UnitOfWork& unit) {
      store_schedule_state(unit, "refresh", {paused, at("2026-10-05T12:00:00Z")});
    });
    const auto state = find_schedule_state(test.database.snapshot(), "refresh");
    REQUIRE(state);
    CHECK(state->paused == paused);
    CHECK(state->looked_until == at("2026-10-05T12:00:00Z"));
  }
}

}  // namespace costd
