#pragma once
// Runs wait here and are executed one after the other on a worker thread.

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "daemon/clock.hpp"
#include "daemon/job_catalogue.hpp"
#include "ledger/error.hpp"
#include "ledger/run.hpp"

namespace costd {

/// What a new run is asked to do.
struct RunRequest {
  std::vector<std::string> jobs;
  RunParameters parameters;
  std::string schedule;  ///< "" = none
  Actor actor;
  std::string trigger = "manual";
  std::chrono::seconds timeout = RunPolicy{}.timeout;
};

/// Thread-safe. The state of runs is in the database; progress of the running one is added from
/// memory. Slots' runs that fail for a reason which may pass are tried again by themselves, from
/// the job that failed.
class RunQueue {
 public:
  /// `alerts` is told of failed runs; null = nobody.
  RunQueue(Database& database, JobCatalogue jobs, const Clock& clock,
           std::shared_ptr<AlertDesk> alerts = nullptr);
  /// Asks the running job to stop and waits for it; its run goes back to `queued`.
  ~RunQueue();

  /// Takes up what an earlier process left: runs that a crash ended are queued again, or failed
  /// after too many. Call before start.
  void recover();
  /// Starts the worker thread, and the one that ends runs beyond their time.
  void start();
  /// Called with the desk in use before a run is looked for; where it throws, none is started. Set
  /// before start; what it refers to must live as long as the queue.
  void before_each(std::function<void(AlertDesk*)> look) { look_ = std::move(look); }
  /// From the next run on, these jobs are executed and this desk is told.
  void replace(JobCatalogue jobs, std::shared_ptr<AlertDesk> alerts);

  /// Stores the run as queued and wakes the worker. Throws Error(usage) for an unknown job.
  Run submit(const RunRequest& request);
  /// Inside the caller's transaction: a manual run for the same that waits already, because it will
  /// see what the caller has made; else a new one as above. Call wake once that is committed.
  Run join_or_submit(UnitOfWork& unit, const RunRequest& request);
  /// Tells the queue of a run that was stored or changed by somebody else.
  void wake();
  /// Executes the run on the calling thread, for --once.
  Run execute_now(const RunRequest& request);
  /// Executes the next run whose time has come on the calling thread; false if there is none. The
  /// worker does nothing else.
  bool run_next();
  /// Asks the running run to stop if its time is over.
  void stop_overdue();

  /// With the newest progress; nothing if there is no such run.
  std::optional<Run> find(const std::string& id);
  /// Stops the run, or keeps a queued one from starting; audited. False if it has ended already.
  /// Throws Error(not_found).
  bool cancel(const std::string& id, const Actor& actor);
  /// Queues a failed or waiting run at once, from the job that stopped it; audited. Throws
  /// Error(not_found) or Error(conflict).
  Run retry(const std::string& id, const Actor& actor);
  /// A failed run is not to be tried again, and later slots need not wait for it; audited. Throws
  /// Error(not_found) or Error(conflict).
  Run discard(const std::string& id, const Actor& actor, const std::string& reason);

 private:
  class Monitor;
  struct Tools {
    JobCatalogue jobs;
    std::shared_ptr<AlertDesk> alerts;
  };
  struct Ending;
  enum class StopReason { none, cancelled, timed_out };

  std::shared_ptr<const Tools> tools() const;
  Run make_run(const RunRequest& request) const;
  void work(const std::stop_token& stop);
  void watch(const std::stop_token& stop);
  std::optional<Run> claim(Run run);
  void execute(const Run& claimed);
  Ending run_jobs(const Tools& tools, Monitor& monitor);
  std::string run_chain(const Tools& tools, Monitor& monitor);
  Ending ending_of(const Error& error);
  void finish(const Ending& ending);
  void take_up(UnitOfWork& unit, Run run);
  void take_up_lost_runs();
  void tell_of_failure(UnitOfWork& unit, const Run& run);
  void record_submission(UnitOfWork& unit, const Actor& actor, const Run& run);
  void record(UnitOfWork& unit, const Actor& actor, const char* action, const std::string& id,
              const std::string& reason);

  Database& database_;
  const Clock& clock_;
  std::function<void(AlertDesk*)> look_;

  mutable std::mutex mutex_;
  std::shared_ptr<const Tools> tools_;
  std::optional<Run> running_;
  std::stop_source running_stop_;
  StopReason stop_reason_ = StopReason::none;
  std::string cancelled_id_;  ///< asked for last; the run may be about to start
  bool is_stopping_ = false;
  std::unique_ptr<Alarm> work_alarm_;
  std::unique_ptr<Alarm> watch_alarm_;
  std::jthread worker_;
  std::jthread watcher_;
};

}  // namespace costd
