#include "daemon/scheduler.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "daemon/due_slots.hpp"
#include "daemon/run_policy.hpp"
#include "ledger/error.hpp"
#include "ledger/store/run_store.hpp"
#include "ledger/ulid.hpp"

namespace costd {
namespace {

constexpr std::chrono::minutes catch_up_after{1};

Run run_for(const Schedule& schedule, Instant slot, Instant now) {
  Run run;
  run.id = make_ulid(now);
  run.slot_key = schedule.name + "@" + format_instant(slot);
  run.schedule = schedule.name;
  run.slot_at = slot;
  run.trigger = now - slot > catch_up_after ? "catch_up" : "scheduled";
  run.actor = "schedule:" + schedule.name;
  run.jobs = schedule.jobs;
  run.parameters = parameters_for(schedule, slot);
  run.policy = schedule.policy;
  run.queued_at = now;
  const auto delay = jitter_of(schedule.name, schedule.jitter);
  if (delay > delay.zero()) run.not_before = slot + delay;
  return run;
}

void end_without_running(Run& run, RunState state, std::string why, Instant now) {
  run.state = state;
  run.error = std::move(why);
  run.not_before = Instant{};
  run.finished_at = now;
}

/// The run of the slot: queued, or ended already where a policy says that it is not to run.
Run decided_run(Connection& connection, const Schedule& schedule, Instant slot, Instant now) {
  Run run = run_for(schedule, slot, now);
  const auto deadline = schedule.policy.start_deadline;
  if (deadline && now - slot > *deadline) {
    end_without_running(run, RunState::missed,
                        fmt::format("the slot was {} s old when costd saw it; its start deadline "
                                    "is {} s",
                                    std::chrono::floor<std::chrono::seconds>(now - slot).count(),
                                    deadline->count()),
                        now);
  } else if (schedule.overlap == Overlap::forbid && has_unfinished_run(connection, schedule.name)) {
    end_without_running(run, RunState::skipped, "an earlier run of the schedule has not ended",
                        now);
  }
  return run;
}

/// The bounds of what is given up stay visible as runs; the error says how many lie between.
void store_abandoned(UnitOfWork& unit, const Schedule& schedule, const DueSlots& due, Instant now) {
  for (const Instant slot : due.abandoned) {
    Run run = run_for(schedule, slot, now);
    end_without_running(run, RunState::abandoned,
                        fmt::format("{} slots from {} to {} lie beyond the {} that are caught up",
                                    due.abandoned_count, format_instant(due.abandoned.front()),
                                    format_instant(due.abandoned.back()), schedule.max_catch_up),
                        now);
    store_new_run(unit, run);
  }
}

Alert abandoned_alert(const Schedule& schedule, const DueSlots& due) {
  Alert alert;
  alert.kind = AlertKind::slots_abandoned;
  alert.key = fmt::format("abandoned/{}/{}", schedule.name, format_instant(due.abandoned.back()));
  alert.tenant = schedule.tenant;
  alert.subject = "schedules/" + schedule.name;
  alert.title = fmt::format(
      "schedule {} gave up {} slots, from {} to {}: more were missed than "
      "the {} it catches up",
      schedule.name, due.abandoned_count, format_instant(due.abandoned.front()),
      format_instant(due.abandoned.back()), schedule.max_catch_up);
  alert.data = nlohmann::ordered_json{{"schedule", schedule.name},
                                      {"slots", due.abandoned_count},
                                      {"firstSlotAt", format_instant(due.abandoned.front())},
                                      {"lastSlotAt", format_instant(due.abandoned.back())},
                                      {"caughtUp", static_cast<std::int64_t>(due.slots.size())}}
                   .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return alert;
}

Alert invalid_alert(const Schedule& schedule) {
  Alert alert;
  alert.kind = AlertKind::schedule_invalid;
  alert.key = fmt::format("invalid/{}/{}", schedule.name, time_zone_version());
  alert.tenant = schedule.tenant;
  alert.subject = "schedules/" + schedule.name;
  alert.title = fmt::format("schedule {} is stopped: {}", schedule.name, schedule.invalid);
  alert.data = nlohmann::ordered_json{{"schedule", schedule.name},
                                      {"reason", schedule.invalid},
                                      {"tzdata", time_zone_version()}}
                   .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return alert;
}

bool is_other_definition(const Schedule& schedule, const ScheduleState& state) {
  return !state.definition.empty() && state.definition != definition_of(schedule);
}

/// From where on the slots of a schedule count that is seen for the first time.
Instant first_look(const Schedule& schedule, Instant now) {
  if (!schedule.backfill_from) return now;
  const Instant begin = schedule.zone.start_of(*schedule.backfill_from);
  return std::min(now, begin - std::chrono::microseconds(1));
}

}  // namespace

Scheduler::Scheduler(Database& database, Schedules schedules, std::shared_ptr<AlertDesk> alerts)
    : database_(database),
      schedules_(std::make_shared<const Schedules>(std::move(schedules))),
      alerts_(std::move(alerts)) {}

void Scheduler::replace(Schedules schedules, std::shared_ptr<AlertDesk> alerts) {
  auto next = std::make_shared<const Schedules>(std::move(schedules));
  {
    const std::lock_guard lock(mutex_);
    schedules_ = std::move(next);
    alerts_ = std::move(alerts);
  }
  if (changed_) changed_();
}

std::shared_ptr<const Scheduler::Schedules> Scheduler::schedules() const {
  const std::lock_guard lock(mutex_);
  return schedules_;
}

void Scheduler::raise(UnitOfWork& unit, const Alert& alert, Instant now) {
  if (const auto desk = alerts()) desk->raise(unit, alert, now);
}

std::shared_ptr<AlertDesk> Scheduler::alerts() const {
  const std::lock_guard lock(mutex_);
  return alerts_;
}

int Scheduler::decide_slots(Instant now, ClockTrust trust) {
  int queued = 0;
  for (const Schedule& schedule : *schedules()) queued += decide(schedule, now, trust);
  return queued;
}

bool Scheduler::has_due_slots(const Schedule& schedule, Instant now) {
  const auto state = find_schedule_state(database_.snapshot(), schedule.name);
  if (!state || is_other_definition(schedule, *state)) return true;  // which is to be noted
  if (state->paused) return false;
  const auto slot = schedule.next_after(state->looked_until);
  return slot && *slot <= now;
}

int Scheduler::decide(const Schedule& schedule, Instant now, ClockTrust trust) {
  if (!schedule.invalid.empty()) return 0;
  if (trust == ClockTrust::held && schedule.catch_up == CatchUp::all) return 0;
  if (!has_due_slots(schedule, now)) return 0;  // without the writer, which others may need
  UnitOfWork unit = database_.begin();
  auto state = find_schedule_state(unit, schedule.name);
  if (state && is_other_definition(schedule, *state)) {
    // Due at other times than before: slots that have passed are not replayed.
    store_schedule_state(unit, schedule.name, {state->paused, now, definition_of(schedule)});
    unit.commit();
    return 0;
  }
  if (!state) state = ScheduleState{false, first_look(schedule, now), definition_of(schedule)};
  if (state->paused || now < state->looked_until) return 0;
  const DueSlots due = due_slots(schedule, state->looked_until, now);
  if (due.abandoned_count > 0) {
    spdlog::error("slots_abandoned schedule={} slots={} kept={}", schedule.name,
                  due.abandoned_count, due.slots.size());
    store_abandoned(unit, schedule, due, now);
    raise(unit, abandoned_alert(schedule, due), now);
  }
  int queued = 0;
  for (const Instant slot : due.slots) {
    const Run run = decided_run(unit, schedule, slot, now);
    if (!store_new_run(unit, run)) continue;
    spdlog::info("slot_decided schedule={} slot={} state={} run_id={}", schedule.name,
                 format_instant(slot), name_of(run.state), run.id);
    if (run.state == RunState::queued) ++queued;
  }
  store_schedule_state(unit, schedule.name, {false, now, definition_of(schedule)});
  unit.commit();
  return queued;
}

std::optional<Instant> Scheduler::next_slot(Instant after) {
  std::optional<Instant> next;
  const Snapshot snapshot = database_.snapshot();
  for (const Schedule& schedule : *schedules()) {
    const auto state = find_schedule_state(snapshot, schedule.name);
    if (state && state->paused) continue;
    const auto slot = schedule.next_after(after);
    if (slot && (!next || *slot < *next)) next = slot;
  }
  return next;
}

void Scheduler::report_invalid(Instant now) {
  for (const Schedule& schedule : *schedules()) {
    if (schedule.invalid.empty()) continue;
    UnitOfWork unit = database_.begin();
    if (!find_schedule_state(unit, schedule.name)) {
      throw Error(ErrorCode::config, schedule.invalid);
    }
    spdlog::error("schedule_invalid schedule={} reason=\"{}\"", schedule.name, schedule.invalid);
    raise(unit, invalid_alert(schedule), now);
    unit.commit();
  }
}

Schedule Scheduler::get(const std::string& name) const {
  const auto all = schedules();
  const auto found = std::ranges::find(*all, name, &Schedule::name);
  if (found != all->end()) return *found;
  std::vector<std::string> names;
  for (const Schedule& schedule : *all) names.push_back(schedule.name);
  throw Error(ErrorCode::not_found, fmt::format("there is no schedule \"{}\"; there are: {}", name,
                                                fmt::join(names, ", ")));
}

void Scheduler::set_paused(const std::string& name, bool paused, Instant now, const Actor& actor) {
  const Schedule schedule = get(name);
  UnitOfWork unit = database_.begin();
  const auto state = find_schedule_state(unit, name);
  const Instant looked_until = state ? std::max(state->looked_until, now) : now;
  store_schedule_state(unit, name, {paused, looked_until, definition_of(schedule)});
  unit.audit({.seq = 0,
              .at = now,
              .actor = actor,
              .action = paused ? "schedule.pause" : "schedule.resume",
              .object = name});
  unit.commit();
  if (changed_) changed_();
}

}  // namespace costd
