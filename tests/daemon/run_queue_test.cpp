#include "daemon/run_queue.hpp"

#include <catch2/catch.hpp>
#include "ledger/error.hpp"
#include "tests/daemon/queue_bench.hpp"

namespace costd {
namespace {

using test::at;
using test::nothing;
using test::QueueBench;
using test::wait_for_end;
using test::WaitingJob;

const Actor somebody{"uid", "1000"};

}  // namespace

TEST_CASE("a run's jobs are done in order, with the run's own time and actor", "[runs]") {
  QueueBench bench;
  std::vector<std::string> done;
  for (const char* name : {"ingest", "rollup"}) {
    bench.job(name, [&, name](JobContext& context) {
      done.emplace_back(name);
      CHECK(context.as_of == at("2026-10-05T12:00:00Z"));
      CHECK(context.actor.text() == "uid:1000");
      CHECK(context.parameter("period") == "2026-10");
      JobResult result;
      result.count("records", 5);
      result.outputs.push_back(name);
      return result;
    });
  }
  RunRequest request = QueueBench::request({"rollup", "ingest"});
  request.parameters = {{"period", "2026-10"}};
  const Run run = bench.queue()->execute_now(request);
  CHECK(done == std::vector<std::string>{"rollup", "ingest"});
  CHECK(run.state == RunState::succeeded);
  CHECK(run.counts.at("records") == 10);
  CHECK(run.outputs == done);
  CHECK(bench.stored(run.id).state == RunState::succeeded);
  CHECK(bench.stored(run.id).log.size() == 5);  // started, and each job's begin and end
}

TEST_CASE("a job that fails ends the run, and the text says why", "[runs]") {
  QueueBench bench;
  bench.job("ingest",
            [](JobContext&) -> JobResult { throw Error(ErrorCode::io, "the disk is full"); });
  bench.job("rollup", [](JobContext&) -> JobResult { throw std::logic_error("not reached"); });
  const Run run = bench.queue()->execute_now(QueueBench::request({"ingest", "rollup"}));
  CHECK(run.state == RunState::failed);
  CHECK(run.error == "the disk is full");
  CHECK(run.finished_at == bench.clock.now());
}

TEST_CASE("an unknown job is refused with the list, and no run is stored", "[runs]") {
  QueueBench bench;
  bench.job("ingest", nothing);
  const auto queue = bench.queue();
  try {
    queue->submit(QueueBench::request({"ingest", "dance"}));
    FAIL("an unknown job was taken");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::usage);
    CHECK_THAT(error.what(), Catch::Contains("dance") && Catch::Contains("rollup"));
  }
  CHECK(load_runs(bench.database.snapshot(), {}, 10).empty());
}

TEST_CASE("a run that a crash ended is tried again, twenty times at most", "[runs][promise]") {
  QueueBench bench;
  bench.job("ingest", nothing);
  bench.left_behind("A", 1, RunState::running);
  bench.left_behind("B", 20, RunState::running);
  bench.left_behind("C", 1, RunState::queued);
  bench.queue()->recover();
  CHECK(bench.stored("A").state == RunState::queued);
  CHECK(bench.stored("A").attempt == 2);
  CHECK_THAT(bench.stored("A").error, Catch::Contains("interrupted"));
  CHECK(bench.stored("B").state == RunState::failed);
  CHECK(bench.stored("B").attempt == 20);
  CHECK(bench.stored("B").finished_at == bench.clock.now());
  CHECK(bench.stored("C").state == RunState::queued);
  CHECK(bench.stored("C").attempt == 1);
}

TEST_CASE("what waits in the database is executed once the queue starts", "[runs]") {
  QueueBench bench;
  bench.job("ingest", nothing);
  bench.left_behind("A", 1, RunState::queued);
  const auto queue = bench.queue();
  queue->start();
  CHECK(wait_for_end(*queue, "A").state == RunState::succeeded);
  CHECK(wait_for_end(*queue, queue->submit(QueueBench::request({"ingest"})).id).state ==
        RunState::succeeded);
}

TEST_CASE("a queued run that is cancelled never runs", "[runs]") {
  QueueBench bench;
  WaitingJob waiting;
  auto begun = waiting.begun.get_future();
  bool ran = false;
  bench.job("ingest", std::ref(waiting));
  bench.job("rollup", [&](JobContext&) {
    ran = true;
    return JobResult{};
  });
  const auto queue = bench.queue();
  queue->start();
  const std::string first = queue->submit(QueueBench::request({"ingest"})).id;
  begun.wait();
  const std::string second = queue->submit(QueueBench::request({"rollup"})).id;
  CHECK(queue->cancel(second, somebody));
  CHECK(queue->cancel(first, somebody));
  CHECK(wait_for_end(*queue, first).state == RunState::cancelled);
  CHECK(wait_for_end(*queue, second).state == RunState::cancelled);
  CHECK_FALSE(ran);
  CHECK_FALSE(queue->cancel(second, somebody));
  CHECK_THROWS_AS(queue->cancel("absent", somebody), Error);
}

TEST_CASE("the progress of a running run is seen while it runs", "[runs]") {
  QueueBench bench;
  WaitingJob waiting;
  auto begun = waiting.begun.get_future();
  bench.job("ingest", [&](JobContext& context) {
    context.monitor.progress({"ingest", 3, 10, "files"});
    return waiting(context);
  });
  const auto queue = bench.queue();
  queue->start();
  const Run submitted = queue->submit(QueueBench::request({"ingest"}));
  begun.wait();
  const Run seen = queue->find(submitted.id).value();
  CHECK(seen.state == RunState::running);
  CHECK(seen.progress.done == 3);
  CHECK(seen.revision > submitted.revision);
  CHECK(queue->cancel(submitted.id, somebody));
}

TEST_CASE("on shutdown an unfinished run goes back to the queue and ends after the restart",
          "[runs][promise]") {
  QueueBench bench;
  WaitingJob waiting;
  auto begun = waiting.begun.get_future();
  bench.job("ingest", std::ref(waiting));
  std::string id;
  {
    const auto queue = bench.queue();
    queue->start();
    id = queue->submit(QueueBench::request({"ingest"})).id;
    begun.wait();
  }
  CHECK(bench.stored(id).state == RunState::queued);
  CHECK(bench.stored(id).finished_at == Instant{});
  bench.job("ingest", nothing);
  const auto queue = bench.queue();
  queue->recover();
  queue->start();
  CHECK(wait_for_end(*queue, id).state == RunState::succeeded);
}

TEST_CASE("only the last lines of a talkative job are kept", "[runs]") {
  QueueBench bench;
  bench.job("ingest", [](JobContext& context) {
    for (int n = 0; n < 1'000; ++n) context.monitor.log("line " + std::to_string(n));
    return JobResult{};
  });
  const Run run = bench.queue()->execute_now(QueueBench::request({"ingest"}));
  CHECK(run.log.size() == 200);
  CHECK_THAT(run.log.back(), Catch::Contains("job_succeeded"));
}

}  // namespace costd
