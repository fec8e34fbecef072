#pragma once
// A run queue on a database of its own, with jobs that do what the test says.

#include <functional>
#include <future>

#include "daemon/run_queue.hpp"
#include "ledger/store/run_store.hpp"
#include "tests/support/quiet_log.hpp"
#include "tests/support/test_database.hpp"

namespace costd::test {

/// A job that does what the test says.
class ScriptedJob : public Job {
 public:
  using Script = std::function<JobResult(JobContext&)>;
  ScriptedJob(std::string name, Script script)
      : name_(std::move(name)), script_(std::move(script)) {}
  std::string name() const override { return name_; }
  JobResult run(JobContext& context) override { return script_(context); }

 private:
  std::string name_;
  Script script_;
};

/// A job that says it has begun and then waits until it is asked to stop.
struct WaitingJob {
  std::promise<void> begun;
  JobResult operator()(JobContext& context) {
    std::promise<void> asked;
    const std::stop_callback on_stop(context.stop, [&] { asked.set_value(); });
    begun.set_value();
    asked.get_future().wait();
    context.check_stop();
    return {};
  }
};

struct QueueBench : TestDatabase {
  QuietLog quiet;
  ManualClock clock{at("2026-10-05T12:00:00Z")};
  JobCatalogue jobs;

  void job(const std::string& name, ScriptedJob::Script script) {
    jobs[name] = std::make_unique<ScriptedJob>(name, std::move(script));
  }
  std::unique_ptr<RunQueue> queue(std::shared_ptr<AlertDesk> alerts = nullptr) {
    return std::make_unique<RunQueue>(database, std::move(jobs), clock, std::move(alerts));
  }
  /// A run of a schedule, queued for the slot; gives its id.
  std::string slot(const std::string& id, std::vector<std::string> names, Instant slot_at,
                   const RunPolicy& policy = {}) {
    Run run;
    run.id = id;
    run.schedule = "month-end";
    run.slot_key = "month-end@" + format_instant(slot_at);
    run.slot_at = slot_at;
    run.trigger = "scheduled";
    run.actor = "schedule:month-end";
    run.jobs = std::move(names);
    run.policy = policy;
    run.queued_at = clock.now();
    change([&](UnitOfWork& unit) { store_new_run(unit, run); });
    return id;
  }
  static RunRequest request(std::vector<std::string> names) {
    RunRequest request;
    request.jobs = std::move(names);
    request.actor = {"uid", "1000"};
    return request;
  }
  Run stored(const std::string& id) { return find_run(database.snapshot(), id).value(); }
  /// A run as an earlier process left it.
  std::string left_behind(const std::string& id, std::int64_t attempt, RunState state) {
    Run run;
    run.id = run.slot_key = id;
    run.trigger = "manual";
    run.actor = "uid:1000";
    run.jobs = {"ingest"};
    run.state = state;
    run.attempt = attempt;
    run.queued_at = clock.now();
    change([&](UnitOfWork& unit) { store_new_run(unit, run); });
    return id;
  }
};

inline JobResult nothing(JobContext&) {
  return {};
}

/// Asks again until the run has ended, on the worker's own news.
inline Run wait_for_end(RunQueue& queue, const std::string& id) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  for (;;) {
    const Run run = queue.find(id).value();
    if (is_ended(run.state) || std::chrono::steady_clock::now() > deadline) return run;
    std::this_thread::yield();
  }
}

}  // namespace costd::test
