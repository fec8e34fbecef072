#pragma once
// A run: one execution of a chain of jobs, as the database keeps it and people see it.

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ledger/time/instant.hpp"

namespace costd {

enum class RunState { queued, running, succeeded, failed, cancelled, skipped, missed, abandoned };
const char* name_of(RunState state);
/// Throws Error(data) for a text that names no state.
RunState parse_run_state(const std::string& text);
bool is_ended(RunState state);

struct RunProgress {
  std::string job;
  std::int64_t done = 0;
  std::int64_t total = 0;  ///< 0 = not known
  std::string unit;        ///< "bytes", "days", "reports"
};

/// Named parameters of a run: period, from, to, tenant, asOf, formats, recipients, ...
using RunParameters = std::map<std::string, std::string>;

/// What the schedule of a run asks for, as it was when the slot was decided.
struct RunPolicy {
  bool after_previous = false;  ///< starts once all earlier slots succeeded or were discarded
  std::chrono::seconds timeout{30 * 60};
  /// Not started later than this after its slot; nothing = whenever.
  std::optional<std::chrono::seconds> start_deadline{};
  bool operator==(const RunPolicy&) const = default;
};

struct Run {
  std::string id;        ///< ULID
  std::string slot_key;  ///< "month-end@2026-11-04T05:00:00Z", or "manual@ID": unique
  std::string schedule;  ///< "" = none
  Instant slot_at;       ///< due instant; epoch for manual runs
  std::string trigger;   ///< scheduled | catch_up | manual | retry
  std::string actor;     ///< "uid:1000", "schedule:month-end"
  std::vector<std::string> jobs;
  RunParameters parameters;
  RunPolicy policy;
  RunState state = RunState::queued;
  std::int64_t revision = 1;  ///< grows with every change
  std::int64_t attempt = 1;
  std::int64_t attempts_before = 0;  ///< made before a person asked for it again
  std::int64_t jobs_done = 0;  ///< jobs of the chain that have ended; the next attempt goes on
  Instant not_before;          ///< queued: not started earlier; epoch = at once
  Instant queued_at;
  Instant started_at;   ///< epoch = not yet
  Instant finished_at;  ///< epoch = not yet
  RunProgress progress;
  std::map<std::string, std::int64_t> counts;
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  std::string error;
  std::vector<std::string> log;  ///< the last lines
  Instant discarded_at;          ///< a failed run nobody is to try again; epoch = not
  std::string discarded_by;
  std::string discarded_reason;
  bool is_discarded() const { return discarded_at != Instant{}; }
};

}  // namespace costd
