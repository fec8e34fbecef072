#pragma once
// Runs and the state of schedules.

#include <optional>
#include <string>
#include <vector>

#include "ledger/run.hpp"

namespace costd {

class Connection;
class UnitOfWork;

/// False if the slot has a run already: then nothing is stored.
bool store_new_run(UnitOfWork& unit, const Run& run);
/// Stores everything that can change; the revision is raised by one, also in `run`.
void update_run(UnitOfWork& unit, Run& run);
std::optional<Run> find_run(Connection& connection, const std::string& id);

struct RunFilter {
  std::string schedule{};  ///< "" = any, and those of none
  std::optional<RunState> state{};
};
/// Newest first.
std::vector<Run> load_runs(Connection& connection, const RunFilter& filter, std::int64_t limit);
/// The queued run that is to start next at `now`: the oldest whose time has come and, where its
/// policy says so, whose predecessors are settled. Nothing if there is none.
std::optional<Run> find_startable_run(Connection& connection, Instant now);
/// When the next queued run may start whose time has not come at `now`.
std::optional<Instant> find_next_start(Connection& connection, Instant now);
/// One of the schedule's runs is queued or running.
bool has_unfinished_run(Connection& connection, const std::string& schedule);
/// Failed runs of schedules that nobody has tried again or discarded.
std::int64_t count_undecided_failures(Connection& connection);
/// When the last successful run of the schedule ended; nothing if there is none.
std::optional<Instant> find_last_success(Connection& connection, const std::string& schedule);
/// Runs in the state, oldest first; those queued at the same instant by their slots.
std::vector<Run> load_runs_in(Connection& connection, RunState state);
/// Deletes ended runs with nothing done (no counts above zero, no outputs) queued before `before`.
/// One of several attempts stays: what an attempt did that a crash cut off is counted nowhere.
std::int64_t thin_idle_runs(UnitOfWork& unit, Instant before);

/// How many runs were deleted, and when the first and the last of them were queued.
struct RemovedRuns {
  std::int64_t count = 0;
  Instant first_at;
  Instant last_at;
};
/// Deletes ended runs that were queued before `before`: the oldest, `limit` at most.
RemovedRuns remove_old_runs(UnitOfWork& unit, Instant before, std::int64_t limit);

/// After a clock that was not right: sets back how far schedules were looked at, where that lies
/// after `now`, passes over queued runs of slots that are still to come, and lets all others start
/// at once that were put off.
void rewind_runs(UnitOfWork& unit, Instant now);

struct ScheduleState {
  bool paused = false;
  Instant looked_until;      ///< slots up to here have been decided
  std::string definition{};  ///< when it is due, as it was then: slots of another one do not count
};
std::optional<ScheduleState> find_schedule_state(Connection& connection, const std::string& name);
void store_schedule_state(UnitOfWork& unit, const std::string& name, const ScheduleState& state);

}  // namespace costd
