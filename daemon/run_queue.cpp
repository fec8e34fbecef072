#include "daemon/run_queue.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "jobs/alerts/run_alerts.hpp"
#include "ledger/error.hpp"
#include "ledger/store/run_store.hpp"
#include "ledger/ulid.hpp"

namespace costd {
namespace {

constexpr std::size_t log_lines_max = 200;
constexpr std::int64_t attempts_max = 3;
constexpr std::chrono::days idle_runs_kept{7};

}  // namespace

/// Copies progress into the running run, for those who ask for it.
class RunQueue::Monitor : public RunMonitor {
 public:
  explicit Monitor(RunQueue& queue) : queue_(queue) {}

  void progress(const RunProgress& progress) override {
    change([&](Run& run) { run.progress = progress; });
  }
  void log(const std::string& line) override {
    change([&](Run& run) {
      spdlog::info("{} run_id={}", line, run.id);
      if (run.log.size() == log_lines_max) run.log.erase(run.log.begin());
      run.log.push_back(format_instant(queue_.clock_.now()) + " " + line);
    });
  }
  void add(const JobResult& result) {
    change([&](Run& run) {
      for (const auto& [name, value] : result.counts) run.counts[name] += value;
      run.outputs.insert(run.outputs.end(), result.outputs.begin(), result.outputs.end());
    });
  }

 private:
  template <typename Change>
  void change(Change apply) {
    const std::lock_guard lock(queue_.mutex_);
    apply(*queue_.running_);
    ++queue_.running_->revision;
  }
  RunQueue& queue_;
};

RunQueue::RunQueue(Database& database, JobCatalogue jobs, const Clock& clock, AlertDesk* alerts)
    : database_(database), jobs_(std::move(jobs)), clock_(clock), alerts_(alerts) {}

RunQueue::~RunQueue() {
  worker_.request_stop();
  const std::lock_guard lock(mutex_);
  running_stop_.request_stop();
}

void RunQueue::recover() {
  UnitOfWork unit = database_.begin();
  thin_idle_runs(unit, clock_.now() - idle_runs_kept);
  for (Run& run : load_runs_in(unit, RunState::running)) {
    run.state = run.attempt < attempts_max ? RunState::queued : RunState::failed;
    if (run.state == RunState::queued) ++run.attempt;
    run.error = "interrupted: costd ended while the run was running";
    if (run.state == RunState::failed) run.finished_at = clock_.now();
    run.log.push_back(format_instant(clock_.now()) + " run_interrupted next_attempt=" +
                      std::to_string(run.attempt));
    spdlog::warn("run_interrupted run_id={} state={}", run.id, name_of(run.state));
    update_run(unit, run);
    tell_of_failure(unit, run);
  }
  unit.commit();
}

void RunQueue::start() {
  worker_ = std::jthread([this](const std::stop_token& stop) { work(stop); });
}

void RunQueue::check_jobs(const std::vector<std::string>& jobs) const {
  for (const std::string& job : jobs) {
    if (!jobs_.contains(job)) {
      throw Error(ErrorCode::usage, fmt::format("there is no job \"{}\"; there are: {}", job,
                                                fmt::join(job_names(), ", ")));
    }
  }
}

Run RunQueue::make_run(const RunRequest& request) const {
  check_jobs(request.jobs);
  Run run;
  run.queued_at = clock_.now();
  run.id = make_ulid(run.queued_at);
  run.slot_key = request.trigger + "@" + run.id;
  run.schedule = request.schedule;
  run.trigger = request.trigger;
  run.actor = request.actor.text();
  run.jobs = request.jobs;
  run.parameters = request.parameters;
  return run;
}

Run RunQueue::submit(const RunRequest& request) {
  const Run run = make_run(request);
  UnitOfWork unit = database_.begin();
  store_new_run(unit, run);
  unit.commit();
  wake();
  return run;
}

Run RunQueue::join_or_submit(UnitOfWork& unit, const RunRequest& request) {
  Run run = make_run(request);
  for (Run& queued : load_runs_in(unit, RunState::queued)) {
    if (queued.trigger == run.trigger && queued.schedule == run.schedule &&
        queued.jobs == run.jobs && queued.parameters == run.parameters) {
      return std::move(queued);
    }
  }
  store_new_run(unit, run);
  return run;
}

void RunQueue::wake() {
  const std::lock_guard lock(mutex_);
  is_pending_ = true;
  changed_.notify_all();
}

Run RunQueue::execute_now(const RunRequest& request) {
  const Run run = make_run(request);
  {
    UnitOfWork unit = database_.begin();
    store_new_run(unit, run);
    unit.commit();
  }
  execute(run);
  return find(run.id).value();
}

std::optional<Run> RunQueue::find(const std::string& id) {
  {
    const std::lock_guard lock(mutex_);
    if (running_ && running_->id == id) return running_;
  }
  return find_run(database_.snapshot(), id);
}

bool RunQueue::cancel(const std::string& id) {
  {
    const std::lock_guard lock(mutex_);
    if (running_ && running_->id == id) {
      cancel_asked_ = true;
      running_stop_.request_stop();
      return true;
    }
  }
  UnitOfWork unit = database_.begin();
  auto run = find_run(unit, id);
  if (!run) throw Error(ErrorCode::not_found, "there is no run " + id + "; see costctl runs list");
  if (run->state != RunState::queued) return false;
  run->state = RunState::cancelled;
  run->finished_at = clock_.now();
  update_run(unit, *run);
  unit.commit();
  return true;
}

void RunQueue::work(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, stop, [&] { return is_pending_; });
      if (stop.stop_requested()) return;
      is_pending_ = false;
    }
    try {
      for (;;) {
        const auto queued = load_runs_in(database_.snapshot(), RunState::queued);
        if (queued.empty() || stop.stop_requested()) break;
        execute(queued.front());
      }
    } catch (const std::exception& error) {
      // The queue itself could not read or write: the runs stay queued, the next wake tries again.
      spdlog::error("run_queue_failed error=\"{}\"", error.what());
    }
  }
}

void RunQueue::execute(Run run) {
  {
    UnitOfWork unit = database_.begin();
    const auto stored = find_run(unit, run.id);
    if (!stored || stored->state != RunState::queued) return;  // cancelled in the meantime
    run = *stored;
    run.state = RunState::running;
    run.started_at = clock_.now();
    run.error.clear();
    update_run(unit, run);
    unit.commit();
  }
  {
    const std::lock_guard lock(mutex_);
    running_ = run;
    running_stop_ = std::stop_source();
    if (worker_.get_stop_token().stop_requested()) running_stop_.request_stop();
    cancel_asked_ = false;
  }
  Monitor monitor(*this);
  RunState end = RunState::succeeded;
  std::string why;
  try {
    run_jobs(run, monitor);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::cancelled) {
      end = RunState::failed;
      why = error.what();
    } else if (cancel_asked_) {
      end = RunState::cancelled;
    } else {
      end = RunState::queued;
      why = "interrupted: costd was stopped";
    }
  } catch (const std::exception& error) {
    end = RunState::failed;
    why = error.what();
  }
  finish(run, end, why);
}

void RunQueue::run_jobs(Run& run, Monitor& monitor) {
  const auto colon = run.actor.find(':');
  const Actor actor{run.actor.substr(0, colon), run.actor.substr(colon + 1)};
  JobContext context{database_,  run.started_at,           run.parameters, actor, run.id,
                     running_stop_.get_token(), monitor};
  for (const std::string& name : run.jobs) {
    context.check_stop();
    monitor.progress({name, 0, 0, ""});
    monitor.log("job_started job=" + name);
    const JobResult result = jobs_.at(name)->run(context);
    monitor.add(result);
    std::string counts;
    for (const auto& [count, value] : result.counts) counts += fmt::format(" {}={}", count, value);
    monitor.log("job_succeeded job=" + name + counts);
  }
}

void RunQueue::finish(Run& run, RunState state, const std::string& error) {
  {
    const std::lock_guard lock(mutex_);
    run = *running_;
  }
  run.state = state;
  run.error = error;
  run.finished_at = state == RunState::queued ? Instant{} : clock_.now();
  if (!error.empty()) run.log.push_back(format_instant(clock_.now()) + " run_ended error=" + error);
  spdlog::log(state == RunState::failed ? spdlog::level::err : spdlog::level::info,
              "run_ended run_id={} jobs={} state={}{}", run.id, fmt::join(run.jobs, ","),
              name_of(state), error.empty() ? "" : " error=\"" + error + "\"");
  // Also where the database refuses: the run then stays `running` there, and the next start of
  // costd takes it up as interrupted.
  struct Forget {
    RunQueue& queue;
    ~Forget() {
      const std::lock_guard lock(queue.mutex_);
      queue.running_.reset();
    }
  };
  const Forget forget{*this};
  UnitOfWork unit = database_.begin();
  update_run(unit, run);
  tell_of_failure(unit, run);
  unit.commit();
}

void RunQueue::tell_of_failure(UnitOfWork& unit, const Run& run) {
  if (run.state != RunState::failed || alerts_ == nullptr) return;
  try {
    raise_failed_run(unit, *alerts_, run, clock_.now());
  } catch (const Error& error) {
    // The end of the run is worth more than the alert about it.
    spdlog::error("alert_failed run_id={} error=\"{}\"", run.id, error.what());
  }
}

}  // namespace costd
