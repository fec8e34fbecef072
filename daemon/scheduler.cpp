#include "daemon/scheduler.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "ledger/error.hpp"
#include "ledger/store/run_store.hpp"
#include "ledger/ulid.hpp"

namespace costd {
namespace {

constexpr std::size_t catch_up_max = 400;
constexpr std::chrono::hours latest_search{48};
constexpr std::chrono::minutes misfire_grace{1};

CatchUp catch_up_of(const ScheduleSettings& settings) {
  if (settings.catch_up.empty()) {
    return settings.period.empty() ? CatchUp::latest : CatchUp::all;
  }
  if (settings.catch_up == "all") return CatchUp::all;
  return settings.catch_up == "latest" ? CatchUp::latest : CatchUp::none;
}

Overlap overlap_of(const ScheduleSettings& settings) {
  // Slots that are all caught up must all run: they queue, like the reports of periods.
  if (settings.overlap.empty()) {
    return catch_up_of(settings) == CatchUp::all ? Overlap::queue : Overlap::forbid;
  }
  return settings.overlap == "queue" ? Overlap::queue : Overlap::forbid;
}

CronExpression parse_cron(const ScheduleSettings& settings) {
  try {
    return CronExpression::parse(settings.cron, settings.seconds ? CronSeconds::leading_field
                                                                 : CronSeconds::absent);
  } catch (const Error& error) {
    throw Error(ErrorCode::config,
                settings.where + ": schedule \"" + settings.name + "\": " + error.what());
  }
}

/// Slots in (after, now], oldest first; more than the bound are cut at the front and counted.
struct DueSlots {
  std::vector<Instant> slots;
  std::vector<Instant> abandoned;  ///< the first and the last of those cut off
  std::size_t abandoned_count = 0;
};

std::vector<Instant> latest_slot(const Schedule& schedule, Instant after, Instant now) {
  std::vector<Instant> latest;
  for (auto slot = schedule.cron.next_after(after, schedule.zone, schedule.dst_gap);
       slot && *slot <= now;
       slot = schedule.cron.next_after(*slot, schedule.zone, schedule.dst_gap)) {
    latest.assign(1, *slot);
  }
  return latest;
}

DueSlots slots_between(const Schedule& schedule, Instant after, Instant now) {
  DueSlots due;
  if (schedule.catch_up != CatchUp::all) {
    // Only the newest one counts: what lies far back is walked through for rare slots only.
    due.slots = latest_slot(schedule, std::max<Instant>(after, now - latest_search), now);
    if (due.slots.empty()) due.slots = latest_slot(schedule, after, now);
    return due;
  }
  for (auto slot = schedule.cron.next_after(after, schedule.zone, schedule.dst_gap);
       slot && *slot <= now;
       slot = schedule.cron.next_after(*slot, schedule.zone, schedule.dst_gap)) {
    due.slots.push_back(*slot);
    if (due.slots.size() > catch_up_max) {
      if (due.abandoned.size() == 2) due.abandoned.pop_back();
      due.abandoned.push_back(due.slots.front());
      due.slots.erase(due.slots.begin());
      ++due.abandoned_count;
    }
  }
  return due;
}

Run run_for(const Schedule& schedule, Instant slot, Instant now) {
  Run run;
  run.id = make_ulid(now);
  run.slot_key = schedule.name + "@" + format_instant(slot);
  run.schedule = schedule.name;
  run.slot_at = slot;
  run.trigger = now - slot > misfire_grace ? "catch_up" : "scheduled";
  run.actor = "schedule:" + schedule.name;
  run.jobs = schedule.jobs;
  run.parameters = parameters_for(schedule, slot);
  run.queued_at = now;
  return run;
}

bool has_unfinished_run(Connection& connection, const std::string& schedule) {
  for (const RunState state : {RunState::queued, RunState::running}) {
    const auto runs = load_runs_in(connection, state);
    if (std::ranges::find(runs, schedule, &Run::schedule) != runs.end()) return true;
  }
  return false;
}

/// The bounds of what was cut off stay visible as runs; the error says how many lie between.
void store_abandoned(UnitOfWork& unit, const Schedule& schedule, const DueSlots& due,
                     Instant now) {
  spdlog::error("slots_abandoned schedule={} slots={} kept={}", schedule.name,
                due.abandoned_count, catch_up_max);
  for (const Instant slot : due.abandoned) {
    Run run = run_for(schedule, slot, now);
    run.state = RunState::abandoned;
    run.finished_at = now;
    run.error = fmt::format("{} slots from {} to {} lie beyond the {} that are caught up",
                            due.abandoned_count, format_instant(due.abandoned.front()),
                            format_instant(due.abandoned.back()), catch_up_max);
    store_new_run(unit, run);
  }
}

std::string definition_of(const Schedule& schedule) {
  return fmt::format("{} | {} | {}", schedule.cron.text(), schedule.zone.name(),
                     schedule.dst_gap == DstGap::skip ? "skip" : "run");
}

bool is_other_definition(const Schedule& schedule, const ScheduleState& state) {
  return !state.definition.empty() && state.definition != definition_of(schedule);
}

std::string join(const std::vector<std::string>& parts) {
  return fmt::format("{}", fmt::join(parts, ","));
}

}  // namespace

std::vector<Schedule> make_schedules(const Settings& settings) {
  std::vector<Schedule> schedules;
  for (const ScheduleSettings& from : settings.schedules) {
    schedules.push_back({from.name, parse_cron(from), Zone(from.time_zone),
                         from.dst_gap == "skip" ? DstGap::skip : DstGap::run, catch_up_of(from),
                         overlap_of(from), from.jobs, from.period, from.tenant, from.formats,
                         from.recipients});
  }
  return schedules;
}

RunParameters parameters_for(const Schedule& schedule) {
  RunParameters parameters;
  const auto set = [&](const char* name, const std::string& value) {
    if (!value.empty()) parameters[name] = value;
  };
  set("tenant", schedule.tenant);
  set("formats", join(schedule.formats));
  set("recipients", join(schedule.recipients));
  return parameters;
}

RunParameters parameters_for(const Schedule& schedule, Instant slot) {
  RunParameters parameters = parameters_for(schedule);
  const Month month = month_of(schedule.zone.day_of(slot));
  if (schedule.period == "previous_month") {
    parameters["period"] = format_month(previous_month(month));
  } else if (schedule.period == "current_month") {
    parameters["period"] = format_month(month);
  }
  return parameters;
}

int Scheduler::decide_slots(Instant now) {
  int queued = 0;
  for (const Schedule& schedule : schedules_) queued += decide(schedule, now);
  return queued;
}

bool Scheduler::has_due_slots(const Schedule& schedule, Instant now) {
  const auto state = find_schedule_state(database_.snapshot(), schedule.name);
  if (!state || is_other_definition(schedule, *state)) return true;  // which is to be noted
  if (state->paused) return false;
  const auto slot =
      schedule.cron.next_after(state->looked_until, schedule.zone, schedule.dst_gap);
  return slot && *slot <= now;
}

int Scheduler::decide(const Schedule& schedule, Instant now) {
  if (!has_due_slots(schedule, now)) return 0;  // without the writer, which others may need
  UnitOfWork unit = database_.begin();
  auto state = find_schedule_state(unit, schedule.name);
  if (!state || is_other_definition(schedule, *state)) {
    // New, or due at other times than before: past slots are not replayed.
    store_schedule_state(unit, schedule.name,
                         {state && state->paused, now, definition_of(schedule)});
    unit.commit();
    return 0;
  }
  if (state->paused || now <= state->looked_until) return 0;
  const DueSlots due = slots_between(schedule, state->looked_until, now);
  if (due.slots.empty()) return 0;
  if (due.abandoned_count > 0) store_abandoned(unit, schedule, due, now);
  int queued = 0;
  for (const Instant slot : due.slots) {
    Run run = run_for(schedule, slot, now);
    if (schedule.catch_up == CatchUp::none && now - slot > misfire_grace) {
      run.state = RunState::missed;
      run.error = "the slot was missed and the schedule catches nothing up";
    } else if (schedule.overlap == Overlap::forbid && has_unfinished_run(unit, schedule.name)) {
      run.state = RunState::skipped;
      run.error = "an earlier run of the schedule has not ended";
    }
    if (run.state != RunState::queued) run.finished_at = now;
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
  for (const Schedule& schedule : schedules_) {
    const auto state = find_schedule_state(snapshot, schedule.name);
    if (state && state->paused) continue;
    const auto slot = schedule.cron.next_after(after, schedule.zone, schedule.dst_gap);
    if (slot && (!next || *slot < *next)) next = slot;
  }
  return next;
}

const Schedule& Scheduler::get(const std::string& name) const {
  const auto found = std::ranges::find(schedules_, name, &Schedule::name);
  if (found != schedules_.end()) return *found;
  std::vector<std::string> names;
  for (const Schedule& schedule : schedules_) names.push_back(schedule.name);
  throw Error(ErrorCode::not_found, fmt::format("there is no schedule \"{}\"; there are: {}", name,
                                                fmt::join(names, ", ")));
}

void Scheduler::set_paused(const std::string& name, bool paused, Instant now, const Actor& actor) {
  const Schedule& schedule = get(name);
  UnitOfWork unit = database_.begin();
  store_schedule_state(unit, name, {paused, now, definition_of(schedule)});
  unit.audit({.seq = 0,
              .at = now,
              .actor = actor,
              .action = paused ? "schedule.pause" : "schedule.resume",
              .object = name});
  unit.commit();
}

}  // namespace costd
