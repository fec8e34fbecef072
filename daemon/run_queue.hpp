#pragma once
// Runs wait here and are executed one after the other on a worker thread.

#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "daemon/clock.hpp"
#include "daemon/job_catalogue.hpp"
#include "ledger/run.hpp"

namespace costd {

/// What a new run is asked to do.
struct RunRequest {
  std::vector<std::string> jobs;
  RunParameters parameters;
  std::string schedule;  ///< "" = none
  Actor actor;
  std::string trigger = "manual";
};

/// Thread-safe. The state of runs is in the database; progress of the running one is added from
/// memory.
class RunQueue {
 public:
  /// `alerts` is told of failed runs; null = nobody.
  RunQueue(Database& database, JobCatalogue jobs, const Clock& clock, AlertDesk* alerts = nullptr);
  /// Asks the running job to stop and waits for it; its run goes back to `queued`.
  ~RunQueue();

  /// Takes up what an earlier process left: interrupted runs are tried again (three times at
  /// most), queued ones stay queued. Call before start.
  void recover();
  /// Starts the worker thread.
  void start();

  /// Stores the run as queued and wakes the worker. Throws Error(usage) for an unknown job.
  Run submit(const RunRequest& request);
  /// Inside the caller's transaction: a manual run for the same that waits already, because it will
  /// see what the caller has made; else a new one as above. Call wake once that is committed.
  Run join_or_submit(UnitOfWork& unit, const RunRequest& request);
  /// Tells the queue of a run that was stored by somebody else (the scheduler).
  void wake();
  /// Executes the run on the calling thread, for --once.
  Run execute_now(const RunRequest& request);

  /// With the newest progress; nothing if there is no such run.
  std::optional<Run> find(const std::string& id);
  /// False if the run has ended already. Throws Error(not_found).
  bool cancel(const std::string& id);

 private:
  class Monitor;

  Run make_run(const RunRequest& request) const;
  void check_jobs(const std::vector<std::string>& jobs) const;
  void work(const std::stop_token& stop);
  void execute(Run run);
  void run_jobs(Run& run, Monitor& monitor);
  void tell_of_failure(UnitOfWork& unit, const Run& run);
  void finish(Run& run, RunState state, const std::string& error);

  Database& database_;
  JobCatalogue jobs_;
  const Clock& clock_;
  AlertDesk* alerts_;

  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool is_pending_ = true;
  std::optional<Run> running_;
  std::stop_source running_stop_;
  std::atomic<bool> cancel_asked_ = false;
  std::jthread worker_;
};

}  // namespace costd
