// What becomes of a slot's run that does not succeed: retries, dead letters, waiting, timeouts.

#include <catch2/catch.hpp>

#include "daemon/run_policy.hpp"
#include "ledger/error.hpp"
#include "ledger/store/audit_store.hpp"
#include "tests/daemon/queue_bench.hpp"
#include "tests/support/desk.hpp"

namespace costd {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using test::at;
using test::QueueBench;
using test::WaitingJob;

const Actor somebody{"uid", "1000"};
const Instant noon = at("2026-10-05T12:00:00Z");

/// Lets the time of the next attempt come, and makes it.
void attempt_again(QueueBench& bench, RunQueue& queue, const std::string& id) {
  bench.clock.set(std::max(bench.clock.now(), bench.stored(id).not_before));
  REQUIRE(queue.run_next());
}

Run failed_run(std::int64_t attempt) {
  Run run;
  run.id = "01K";
  run.attempt = attempt;
  return run;
}

}  // namespace

TEST_CASE("what may pass by itself is tried again, eight times, and then a dead letter",
          "[runs][promise]") {
  QueueBench bench;
  int attempts = 0;
  bench.job("rollup", [&](JobContext&) -> JobResult {
    ++attempts;
    throw Error(ErrorCode::database, "the database is busy");
  });
  const auto desk = std::make_shared<test::RecordingDesk>();
  const auto queue = bench.queue(desk);
  const std::string id = bench.slot("A", {"rollup"}, noon);
  REQUIRE(queue->run_next());
  CHECK(bench.stored(id).state == RunState::queued);
  CHECK(bench.stored(id).attempt == 2);
  CHECK(bench.stored(id).not_before <= noon + seconds(30));
  CHECK(desk->raised.empty());
  for (int n = 2; n <= 8; ++n) attempt_again(bench, *queue, id);
  CHECK(attempts == 8);
  CHECK(bench.stored(id).state == RunState::failed);
  CHECK(bench.stored(id).error == "the database is busy");
  CHECK(desk->raised.size() == 1);
  CHECK_FALSE(queue->run_next());
}

TEST_CASE("what no time mends is a dead letter at once", "[runs][promise]") {
  const auto code = GENERATE(ErrorCode::config, ErrorCode::data, ErrorCode::usage,
                             ErrorCode::refused, ErrorCode::conflict, ErrorCode::not_found);
  QueueBench bench;
  bench.job("rollup", [&](JobContext&) -> JobResult { throw Error(code, "broken"); });
  const auto queue = bench.queue();
  bench.slot("A", {"rollup"}, noon);
  REQUIRE(queue->run_next());
  CHECK(bench.stored("A").state == RunState::failed);
  CHECK_FALSE(queue->run_next());
}

TEST_CASE("the pause doubles from 30 s to an hour, spread evenly and the same every time",
          "[runs][promise]") {
  const std::vector<std::int64_t> longest{30, 60, 120, 240, 480, 960, 1920};
  for (std::size_t n = 0; n < longest.size(); ++n) {
    const Run run = failed_run(static_cast<std::int64_t>(n) + 1);
    const auto pause = pause_after_failure(run);
    REQUIRE(pause);
    CHECK(*pause <= seconds(longest[n]));
    CHECK(pause == pause_after_failure(run));
  }
  CHECK_FALSE(pause_after_failure(failed_run(8)));
  CHECK(pause_after_interruption(failed_run(10)) == seconds(0));
  CHECK(pause_after_interruption(failed_run(15)).value() <= minutes(60));
  CHECK_FALSE(pause_after_interruption(failed_run(20)));
}

TEST_CASE("a chain that failed goes on from the job that failed", "[runs][promise]") {
  QueueBench bench;
  std::vector<std::string> done;
  bool is_broken = true;
  bench.job("ingest", [&](JobContext&) {
    done.emplace_back("ingest");
    JobResult result;
    result.count("records", 7);
    result.inputs.emplace_back("a.jsonl");
    return result;
  });
  bench.job("rollup", [&](JobContext&) -> JobResult {
    if (is_broken) throw Error(ErrorCode::io, "the disk is full");
    done.emplace_back("rollup");
    return {};
  });
  bench.job("budgets", [&](JobContext&) {
    done.emplace_back("budgets");
    return JobResult{};
  });
  const auto queue = bench.queue();
  bench.slot("A", {"ingest", "rollup", "budgets"}, noon);
  REQUIRE(queue->run_next());
  CHECK(bench.stored("A").jobs_done == 1);
  is_broken = false;
  attempt_again(bench, *queue, "A");
  CHECK(done == std::vector<std::string>{"ingest", "rollup", "budgets"});
  const Run run = bench.stored("A");
  CHECK(run.state == RunState::succeeded);
  CHECK(run.counts.at("records") == 7);
  CHECK(run.inputs == std::vector<std::string>{"a.jsonl"});
}

TEST_CASE("a run that somebody started by hand fails at once: they are there to decide", "[runs]") {
  QueueBench bench;
  bench.job("rollup", [](JobContext&) -> JobResult { throw Error(ErrorCode::io, "full"); });
  const Run run = bench.queue()->execute_now(QueueBench::request({"rollup"}));
  CHECK(run.state == RunState::failed);
}

TEST_CASE("a dead letter is tried again or discarded by a person, on record", "[runs][promise]") {
  QueueBench bench;
  bool is_broken = true;
  bench.job("rollup", [&](JobContext&) -> JobResult {
    if (is_broken) throw Error(ErrorCode::data, "does not add up");
    return {};
  });
  const auto queue = bench.queue();
  bench.slot("A", {"rollup"}, noon);
  bench.slot("B", {"rollup"}, noon + minutes(1));
  REQUIRE(queue->run_next());
  REQUIRE(queue->run_next());
  CHECK(count_undecided_failures(bench.database.snapshot()) == 2);
  CHECK_THROWS_AS(queue->discard("A", somebody, ""), Error);
  CHECK(queue->discard("A", somebody, "booked by hand").discarded_reason == "booked by hand");
  CHECK_THROWS_WITH(queue->discard("A", somebody, "again"), Catch::Contains("discarded already"));
  is_broken = false;
  CHECK(queue->retry("B", somebody).state == RunState::queued);
  REQUIRE(queue->run_next());
  CHECK(bench.stored("B").state == RunState::succeeded);
  CHECK_THROWS_WITH(queue->retry("B", somebody), Catch::Contains("succeeded"));
  CHECK(count_undecided_failures(bench.database.snapshot()) == 0);
  const auto events = load_audit_events(bench.database.snapshot(), 0, 10);
  REQUIRE(events.size() == 2);
  CHECK(events[0].action == "run.discard");
  CHECK(events[0].reason == "booked by hand");
  CHECK(events[1].action == "run.retry");
  CHECK(events[1].actor.text() == "uid:1000");
}

TEST_CASE("after a person's retry the attempts count anew", "[runs]") {
  Run run = failed_run(9);
  run.attempts_before = 8;
  CHECK(pause_after_failure(run));
}

TEST_CASE("after: previous waits until the slot before has succeeded or was discarded",
          "[runs][promise]") {
  QueueBench bench;
  std::vector<std::string> done;
  bench.job("close", [&](JobContext& context) -> JobResult {
    if (context.run_id == "A") throw Error(ErrorCode::data, "does not add up");
    done.push_back(context.run_id);
    return {};
  });
  const auto queue = bench.queue();
  RunPolicy ordered;
  ordered.after_previous = true;
  bench.slot("A", {"close"}, noon, ordered);
  bench.slot("B", {"close"}, noon + minutes(1), ordered);
  bench.slot("C", {"close"}, noon + minutes(2), ordered);
  REQUIRE(queue->run_next());
  CHECK_FALSE(queue->run_next());
  CHECK(bench.stored("B").state == RunState::queued);
  queue->discard("A", somebody, "this month was booked by hand");
  while (queue->run_next()) {
  }
  CHECK(done == std::vector<std::string>{"B", "C"});
}

TEST_CASE("a run that could not do everything waits an hour and goes on from there",
          "[runs][promise]") {
  QueueBench bench;
  std::vector<std::string> done;
  bool is_open = true;
  bench.job("ingest", [&](JobContext&) {
    done.emplace_back("ingest");
    return JobResult{};
  });
  bench.job("close", [&](JobContext&) {
    done.emplace_back("close");
    JobResult result;
    if (is_open) result.unfinished = "acme: 3 lines are quarantined";
    return result;
  });
  bench.job("chargeback", [&](JobContext&) {
    done.emplace_back("chargeback");
    return JobResult{};
  });
  const auto queue = bench.queue();
  bench.slot("A", {"ingest", "close", "chargeback"}, noon);
  REQUIRE(queue->run_next());
  Run run = bench.stored("A");
  CHECK(run.state == RunState::queued);
  CHECK(run.not_before == noon + std::chrono::hours(1));
  CHECK(run.error == "acme: 3 lines are quarantined");
  CHECK(run.attempt - run.attempts_before == 1);
  CHECK_FALSE(queue->run_next());
  is_open = false;
  queue->retry("A", somebody);  // somebody has mended it and does not want to wait
  REQUIRE(queue->run_next());
  CHECK(done == std::vector<std::string>{"ingest", "close", "chargeback", "close", "chargeback"});
  CHECK(bench.stored("A").state == RunState::succeeded);
}

TEST_CASE("what is unfinished stays so when the process ends before the run does", "[runs]") {
  QueueBench bench;
  std::int64_t stored = -1;
  bench.job("close", [&](JobContext&) {
    JobResult result;
    result.unfinished = "acme: 3 lines are quarantined";
    return result;
  });
  bench.job("chargeback", [&](JobContext&) {
    stored = bench.stored("A").jobs_done;
    return JobResult{};
  });
  const auto queue = bench.queue();
  bench.slot("A", {"close", "chargeback"}, noon);
  REQUIRE(queue->run_next());
  CHECK(stored == 0);
  CHECK(bench.stored("A").jobs_done == 0);
}

TEST_CASE("a run beyond its time is stopped and has failed", "[runs][promise]") {
  QueueBench bench;
  WaitingJob waiting;
  auto begun = waiting.begun.get_future();
  bench.job("rollup", std::ref(waiting));
  const auto queue = bench.queue();
  RunPolicy short_time;
  short_time.timeout = seconds(60);
  bench.slot("A", {"rollup"}, noon, short_time);
  queue->start();
  begun.wait();
  bench.clock.advance(seconds(59));
  queue->stop_overdue();
  CHECK(bench.stored("A").state == RunState::running);
  bench.clock.advance(seconds(1));
  queue->stop_overdue();
  const Run run = test::wait_for_end(*queue, "A");
  CHECK(run.state == RunState::failed);
  CHECK_THAT(run.error, Catch::Contains("timed out") && Catch::Contains("60 s"));
}

TEST_CASE("a slot that cannot start within its deadline is missed", "[runs][promise]") {
  QueueBench bench;
  bench.job("rollup", test::nothing);
  const auto queue = bench.queue();
  RunPolicy in_time;
  in_time.start_deadline = minutes(1);
  bench.slot("A", {"rollup"}, noon, in_time);
  bench.clock.advance(seconds(61));
  REQUIRE(queue->run_next());
  CHECK(bench.stored("A").state == RunState::missed);
  CHECK_THAT(bench.stored("A").error, Catch::Contains("deadline"));
}

TEST_CASE("the jitter of a slot does not count against its start deadline", "[runs]") {
  QueueBench bench;
  bench.job("rollup", test::nothing);
  const auto queue = bench.queue();
  RunPolicy in_time;
  in_time.start_deadline = minutes(1);
  bench.slot("A", {"rollup"}, noon, in_time);
  bench.change([&](UnitOfWork& unit) {
    Run run = find_run(unit, "A").value();
    run.not_before = noon + minutes(10);
    update_run(unit, run);
  });
  bench.clock.advance(minutes(10));
  REQUIRE(queue->run_next());
  CHECK(bench.stored("A").state == RunState::succeeded);
}

TEST_CASE("a run whose end the database refused is taken up as interrupted", "[runs]") {
  QueueBench bench;
  bench.job("rollup", test::nothing);
  bench.job("ingest", test::nothing);
  const auto queue = bench.queue();
  bench.left_behind("A", 1, RunState::running);
  REQUIRE(queue->run_next());
  CHECK(bench.stored("A").attempt == 2);
  CHECK(bench.stored("A").state == RunState::succeeded);
}

TEST_CASE("a run that a crash ended behind its last job has nothing left to do", "[runs]") {
  QueueBench bench;
  int times = 0;
  bench.job("rollup", [&](JobContext&) {
    ++times;
    return JobResult{};
  });
  const auto queue = bench.queue();
  bench.slot("A", {"rollup"}, noon);
  bench.change([&](UnitOfWork& unit) {
    Run run = find_run(unit, "A").value();
    run.state = RunState::running;
    run.jobs_done = 1;
    update_run(unit, run);
  });
  REQUIRE(queue->run_next());
  CHECK(bench.stored("A").state == RunState::succeeded);
  CHECK(times == 0);
}

TEST_CASE("from the next run on the jobs are those that replaced them", "[runs]") {
  QueueBench bench;
  bench.job("rollup", [](JobContext&) -> JobResult { throw Error(ErrorCode::data, "old"); });
  const auto queue = bench.queue();
  bench.jobs.clear();
  bench.job("rollup", test::nothing);
  queue->replace(std::move(bench.jobs), nullptr);
  CHECK(queue->execute_now(QueueBench::request({"rollup"})).state == RunState::succeeded);
}

}  // namespace costd
