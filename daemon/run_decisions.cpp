// The part of the run queue where somebody decides about runs: people, and the start after a crash.

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "daemon/run_changes.hpp"
#include "daemon/run_policy.hpp"
#include "daemon/run_queue.hpp"
#include "ledger/error.hpp"
#include "ledger/store/run_store.hpp"

namespace costd {
namespace {

constexpr std::chrono::days idle_runs_kept{7};

Run require_run(Connection& connection, const std::string& id) {
  auto run = find_run(connection, id);
  if (!run) throw no_such_run(id);
  return std::move(*run);
}

}  // namespace

void RunQueue::recover() {
  UnitOfWork unit = database_.begin();
  thin_idle_runs(unit, clock_.now() - idle_runs_kept);
  for (const Run& run : load_runs_in(unit, RunState::running)) take_up(unit, run);
  unit.commit();
}

void RunQueue::take_up_lost_runs() {
  {
    const std::lock_guard lock(mutex_);
    if (running_) return;
  }
  if (load_runs_in(database_.snapshot(), RunState::running).empty()) return;
  UnitOfWork unit = database_.begin();
  for (const Run& run : load_runs_in(unit, RunState::running)) take_up(unit, run);
  unit.commit();
}

void RunQueue::take_up(UnitOfWork& unit, Run run) {
  const Instant now = clock_.now();
  run.error = "interrupted: costd ended while the run was running";
  queue_again(run, pause_after_interruption(run), now);
  add_log_line(run, now, fmt::format("run_interrupted next_attempt={}", run.attempt));
  spdlog::warn("run_interrupted run_id={} state={}", run.id, name_of(run.state));
  update_run(unit, run);
  tell_of_failure(unit, run);
}

bool RunQueue::cancel(const std::string& id, const Actor& actor) {
  UnitOfWork unit = database_.begin();
  Run run = require_run(unit, id);
  if (is_ended(run.state)) return false;
  if (run.state == RunState::queued) {
    run.state = RunState::cancelled;
    run.finished_at = clock_.now();
    run.error = "cancelled on request";
    update_run(unit, run);
  }
  record(unit, actor, "run.cancel", id, "");
  unit.commit();
  const std::lock_guard lock(mutex_);
  cancelled_id_ = id;
  if (running_ && running_->id == id && stop_reason_ == StopReason::none) {
    stop_reason_ = StopReason::cancelled;
    running_stop_.request_stop();
  }
  return true;
}

Run RunQueue::retry(const std::string& id, const Actor& actor) {
  const Instant now = clock_.now();
  UnitOfWork unit = database_.begin();
  Run run = require_run(unit, id);
  const bool waits = run.state == RunState::queued && run.not_before > now;
  if (run.state != RunState::failed && !waits) {
    throw Error(ErrorCode::conflict, fmt::format("run {} is {}; only a run that failed or waits "
                                                 "is tried again",
                                                 id, name_of(run.state)));
  }
  if (run.state == RunState::failed) {
    run.attempts_before = run.attempt;
    ++run.attempt;
  }
  run.state = RunState::queued;
  run.not_before = run.finished_at = run.discarded_at = Instant{};
  run.discarded_by.clear();
  run.discarded_reason.clear();
  add_log_line(run, now, "run_retried actor=" + actor.text());
  update_run(unit, run);
  record(unit, actor, "run.retry", id, "");
  unit.commit();
  wake();
  return run;
}

Run RunQueue::discard(const std::string& id, const Actor& actor, const std::string& reason) {
  if (reason.empty()) throw Error(ErrorCode::usage, "give the reason; it stays with the run");
  const Instant now = clock_.now();
  UnitOfWork unit = database_.begin();
  Run run = require_run(unit, id);
  if (run.state != RunState::failed || run.is_discarded()) {
    throw Error(ErrorCode::conflict,
                fmt::format("run {} is {}; only a failed run is discarded", id,
                            run.is_discarded() ? "discarded already" : name_of(run.state)));
  }
  run.discarded_at = now;
  run.discarded_by = actor.text();
  run.discarded_reason = reason;
  update_run(unit, run);
  record(unit, actor, "run.discard", id, reason);
  unit.commit();
  wake();  // later slots may have waited for it
  return run;
}

/// Of the parameters only those that say what it is about: others may name people.
void RunQueue::record_submission(UnitOfWork& unit, const Actor& actor, const Run& run) {
  std::string what = fmt::format("{}", fmt::join(run.jobs, ","));
  for (const char* name : {"period", "from", "to", "asOf", "type"}) {
    const auto found = run.parameters.find(name);
    if (found != run.parameters.end()) what += fmt::format(" {}={}", name, found->second);
  }
  const auto tenant = run.parameters.find("tenant");
  unit.audit({.at = run.queued_at,
              .actor = actor,
              .action = "run.submit",
              .object = run.id,
              .tenant = tenant == run.parameters.end() ? "" : tenant->second,
              .reason = what});
}

void RunQueue::record(UnitOfWork& unit, const Actor& actor, const char* action,
                      const std::string& id, const std::string& reason) {
  unit.audit({.seq = 0,
              .at = clock_.now(),
              .actor = actor,
              .action = action,
              .object = id,
              .reason = reason});
}

}  // namespace costd
