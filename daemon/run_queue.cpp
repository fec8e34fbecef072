#include "daemon/run_queue.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "daemon/run_changes.hpp"
#include "daemon/run_policy.hpp"
#include "jobs/alerts/run_alerts.hpp"
#include "ledger/error.hpp"
#include "ledger/store/run_store.hpp"
#include "ledger/time/zone.hpp"
#include "ledger/ulid.hpp"

namespace costd {
namespace {

/// How long the threads sleep at most: a safety net, they are woken for what is due.
constexpr std::chrono::hours nap_max{1};
constexpr std::chrono::seconds queue_pause{1};

void check_jobs(const JobCatalogue& jobs, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (!jobs.contains(name)) {
      throw Error(ErrorCode::usage, fmt::format("there is no job \"{}\"; there are: {}", name,
                                                fmt::join(job_names(), ", ")));
    }
  }
}

}  // namespace

/// How an attempt ended.
struct RunQueue::Ending {
  RunState state = RunState::succeeded;  ///< queued = it goes on later
  std::string why;                       ///< "" for a success
  bool is_retryable = false;             ///< of a failure: it may pass by itself
  bool is_waiting = false;               ///< of queued: not everything could be done yet
};

/// Copies what the jobs say into the running run, for those who ask for it.
class RunQueue::Monitor : public RunMonitor {
 public:
  explicit Monitor(RunQueue& queue) : queue_(queue) {}

  void progress(const RunProgress& progress) override {
    change([&](Run& run) { run.progress = progress; });
  }
  void log(const std::string& line) override {
    change([&](Run& run) {
      spdlog::info("{} run_id={}", line, run.id);
      add_log_line(run, queue_.clock_.now(), line);
    });
  }
  /// A job of the chain has ended; stored, with the job that a later attempt goes on from.
  void job_ended(const JobResult& result, std::int64_t go_on_from) {
    change([&](Run& run) {
      for (const auto& [name, value] : result.counts) run.counts[name] += value;
      run.inputs.insert(run.inputs.end(), result.inputs.begin(), result.inputs.end());
      for (const std::string& output : result.outputs) {
        if (std::ranges::find(run.outputs, output) == run.outputs.end()) {
          run.outputs.push_back(output);
        }
      }
      run.jobs_done = go_on_from;
    });
    Run run = copy();
    UnitOfWork unit = queue_.database_.begin();
    update_run(unit, run);
    unit.commit();
  }
  Run copy() const {
    const std::lock_guard lock(queue_.mutex_);
    return *queue_.running_;
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

RunQueue::RunQueue(Database& database, JobCatalogue jobs, const Clock& clock,
                   std::shared_ptr<AlertDesk> alerts)
    : database_(database),
      clock_(clock),
      tools_(std::make_shared<const Tools>(Tools{std::move(jobs), std::move(alerts)})),
      work_alarm_(clock.make_alarm()),
      watch_alarm_(clock.make_alarm()) {}

RunQueue::~RunQueue() {
  worker_.request_stop();
  watcher_.request_stop();
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
    running_stop_.request_stop();
  }
  work_alarm_->call();
  watch_alarm_->call();
}

void RunQueue::start() {
  worker_ = std::jthread([this](const std::stop_token& stop) { work(stop); });
  watcher_ = std::jthread([this](const std::stop_token& stop) { watch(stop); });
}

void RunQueue::replace(JobCatalogue jobs, std::shared_ptr<AlertDesk> alerts) {
  auto tools = std::make_shared<const Tools>(Tools{std::move(jobs), std::move(alerts)});
  const std::lock_guard lock(mutex_);
  tools_.swap(tools);
}

std::shared_ptr<const RunQueue::Tools> RunQueue::tools() const {
  const std::lock_guard lock(mutex_);
  return tools_;
}

Run RunQueue::make_run(const RunRequest& request) const {
  check_jobs(tools()->jobs, request.jobs);
  Run run;
  run.queued_at = clock_.now();
  run.id = make_ulid(run.queued_at);
  run.slot_key = request.trigger + "@" + run.id;
  run.schedule = request.schedule;
  run.trigger = request.trigger;
  run.actor = request.actor.text();
  run.jobs = request.jobs;
  run.parameters = request.parameters;
  run.policy.timeout = request.timeout;
  return run;
}

Run RunQueue::submit(const RunRequest& request) {
  const Run run = make_run(request);
  UnitOfWork unit = database_.begin();
  store_new_run(unit, run);
  record_submission(unit, request.actor, run);
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
  work_alarm_->call();
}

Run RunQueue::execute_now(const RunRequest& request) {
  const Run run = make_run(request);
  {
    UnitOfWork unit = database_.begin();
    store_new_run(unit, run);
    record_submission(unit, request.actor, run);
    unit.commit();
  }
  if (const auto claimed = claim(run)) execute(*claimed);
  return find(run.id).value();
}

std::optional<Run> RunQueue::find(const std::string& id) {
  {
    const std::lock_guard lock(mutex_);
    if (running_ && running_->id == id) return running_;
  }
  return find_run(database_.snapshot(), id);
}

void RunQueue::work(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    Instant until = clock_.now() + nap_max;
    try {
      while (!stop.stop_requested() && run_next()) {
      }
      if (const auto next = find_next_start(database_.snapshot(), clock_.now())) {
        until = std::min(until, *next);
      }
    } catch (const std::exception& error) {
      // The queue itself could not read or write: what is queued stays queued.
      spdlog::error("run_queue_failed error=\"{}\"", error.what());
      until = clock_.now() + queue_pause;
    }
    work_alarm_->sleep_until(until);
  }
}

void RunQueue::watch(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    Instant until = clock_.now() + nap_max;
    {
      const std::lock_guard lock(mutex_);
      if (running_ && stop_reason_ == StopReason::none) {
        until = std::min(until, running_->started_at + running_->policy.timeout);
      }
    }
    watch_alarm_->sleep_until(until);
    stop_overdue();
  }
}

void RunQueue::stop_overdue() {
  const std::lock_guard lock(mutex_);
  if (!running_ || stop_reason_ != StopReason::none) return;
  if (clock_.now() < running_->started_at + running_->policy.timeout) return;
  stop_reason_ = StopReason::timed_out;
  running_stop_.request_stop();
}

bool RunQueue::run_next() {
  if (look_) look_(tools()->alerts.get());
  take_up_lost_runs();
  const auto next = find_startable_run(database_.snapshot(), clock_.now());
  if (!next) return false;
  if (const auto claimed = claim(*next)) execute(*claimed);
  return true;
}

std::optional<Run> RunQueue::claim(Run run) {
  const Instant now = clock_.now();
  UnitOfWork unit = database_.begin();
  const auto stored = find_run(unit, run.id);
  if (!stored || stored->state != RunState::queued) return std::nullopt;  // cancelled meanwhile
  run = *stored;
  // The slot's own jitter is no delay.
  const Instant due_at = std::max(run.slot_at, run.not_before);
  const bool is_late = run.policy.start_deadline && run.slot_at != Instant{} && run.attempt == 1 &&
                       now - due_at > *run.policy.start_deadline;
  if (is_late) {
    run.state = RunState::missed;
    run.finished_at = now;
    run.error = "it could not start within its deadline: earlier runs took that long";
  } else {
    run.state = RunState::running;
    run.started_at = now;
    run.not_before = Instant{};
    run.error.clear();
    add_log_line(run, now,
                 fmt::format("run_started attempt={} jobs_done={} tzdata={}", run.attempt,
                             run.jobs_done, time_zone_version()));
  }
  update_run(unit, run);
  unit.commit();
  return is_late ? std::nullopt : std::optional(run);
}

void RunQueue::execute(const Run& claimed) {
  {
    const std::lock_guard lock(mutex_);
    running_ = claimed;
    running_stop_ = std::stop_source();
    if (is_stopping_) running_stop_.request_stop();
    stop_reason_ = StopReason::none;
    if (cancelled_id_ == claimed.id) {
      stop_reason_ = StopReason::cancelled;
      running_stop_.request_stop();
    }
  }
  // Also where the database refuses the end of the run: it then stays `running` there, and is
  // taken up as lost.
  struct Forget {
    RunQueue& queue;
    ~Forget() {
      const std::lock_guard lock(queue.mutex_);
      queue.running_.reset();
    }
  };
  const Forget forget{*this};
  watch_alarm_->call();
  Monitor monitor(*this);
  finish(run_jobs(*tools(), monitor));
}

RunQueue::Ending RunQueue::run_jobs(const Tools& tools, Monitor& monitor) {
  try {
    const std::string unfinished = run_chain(tools, monitor);
    if (unfinished.empty() || !is_tried_again(monitor.copy())) return {};
    return {RunState::queued, unfinished, false, true};
  } catch (const Error& error) {
    return ending_of(error);
  } catch (const std::exception& error) {
    return {RunState::failed, error.what()};
  }
}

RunQueue::Ending RunQueue::ending_of(const Error& error) {
  if (error.code() != ErrorCode::cancelled) {
    return {RunState::failed, error.what(), may_pass_by_itself(error.code())};
  }
  const std::lock_guard lock(mutex_);
  switch (stop_reason_) {
    case StopReason::cancelled:
      return {RunState::cancelled, "cancelled on request"};
    case StopReason::timed_out:
      return {RunState::failed,
              fmt::format("timed out: it did not end within {} s; give the schedule a longer "
                          "timeout (by hand: --schedule NAME for one of a schedule), or less to do",
                          running_->policy.timeout.count())};
    case StopReason::none:
      break;
  }
  return {RunState::queued, "interrupted: costd was stopped"};
}

/// The jobs that are left. Gives why not everything could be done yet, "" if all is.
std::string RunQueue::run_chain(const Tools& tools, Monitor& monitor) {
  const Run run = monitor.copy();
  const auto colon = run.actor.find(':');
  const Actor actor{run.actor.substr(0, colon), run.actor.substr(colon + 1)};
  JobContext context{
      database_, run.started_at, run.parameters, actor, run.id, running_stop_.get_token(), monitor};
  check_jobs(tools.jobs, run.jobs);
  std::string unfinished;
  std::int64_t unfinished_job = 0;
  for (auto job = run.jobs_done; job < static_cast<std::int64_t>(run.jobs.size()); ++job) {
    const std::string& name = run.jobs[static_cast<std::size_t>(job)];
    context.check_stop();
    monitor.progress({name, 0, 0, ""});
    monitor.log("job_started job=" + name);
    const JobResult result = tools.jobs.at(name)->run(context);
    std::string counts;
    for (const auto& [count, value] : result.counts) counts += fmt::format(" {}={}", count, value);
    if (result.unfinished.empty()) {
      monitor.log("job_succeeded job=" + name + counts);
    } else {
      monitor.log(
          fmt::format("job_unfinished job={}{} reason=\"{}\"", name, counts, result.unfinished));
    }
    if (!result.unfinished.empty() && unfinished.empty()) {
      unfinished = result.unfinished;
      unfinished_job = job;
    }
    monitor.job_ended(result, unfinished.empty() ? job + 1 : unfinished_job);
  }
  return unfinished;
}

void RunQueue::finish(const Ending& ending) {
  Run run;
  {
    const std::lock_guard lock(mutex_);
    run = *running_;
  }
  const Instant now = clock_.now();
  run.state = ending.state;
  run.error = ending.why;
  run.finished_at = ending.state == RunState::queued ? Instant{} : now;
  if (!ending.why.empty()) add_log_line(run, now, "run_ended error=" + ending.why);
  if (ending.is_waiting) {
    run.not_before = now + unfinished_pause;
    ++run.attempt;
    ++run.attempts_before;  // waiting is no failure
  } else if (ending.is_retryable && is_tried_again(run)) {
    queue_again(run, pause_after_failure(run), now);
  }
  spdlog::log(run.state == RunState::failed ? spdlog::level::err : spdlog::level::info,
              "run_ended run_id={} jobs={} state={}{}{}", run.id, fmt::join(run.jobs, ","),
              name_of(run.state), ending.why.empty() ? "" : " error=\"" + ending.why + "\"",
              run.not_before == Instant{} ? "" : " next=" + format_instant(run.not_before));
  UnitOfWork unit = database_.begin();
  update_run(unit, run);
  tell_of_failure(unit, run);
  unit.commit();
}

void RunQueue::tell_of_failure(UnitOfWork& unit, const Run& run) {
  const auto alerts = tools()->alerts;
  if (run.state != RunState::failed || alerts == nullptr) return;
  try {
    raise_failed_run(unit, *alerts, run, clock_.now());
  } catch (const Error& error) {
    // The end of the run is worth more than the alert about it.
    spdlog::error("alert_failed run_id={} error=\"{}\"", run.id, error.what());
  }
}

}  // namespace costd
