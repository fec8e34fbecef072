#pragma once
// A run: one execution of a chain of jobs, as the database keeps it and people see it.

#include <cstdint>
#include <map>
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

struct Run {
  std::string id;        ///< ULID
  std::string slot_key;  ///< "month-end@2026-11-04T05:00:00Z", or "manual@ID": unique
  std::string schedule;  ///< "" = none
  Instant slot_at;       ///< due instant; epoch for manual runs
  std::string trigger;   ///< scheduled | catch_up | manual | retry
  std::string actor;     ///< "uid:1000", "schedule:month-end"
  std::vector<std::string> jobs;
  RunParameters parameters;
  RunState state = RunState::queued;
  std::int64_t revision = 1;  ///< grows with every change
  std::int64_t attempt = 1;
  Instant queued_at;
  Instant started_at;   ///< epoch = not yet
  Instant finished_at;  ///< epoch = not yet
  RunProgress progress;
  std::map<std::string, std::int64_t> counts;
  std::vector<std::string> outputs;
  std::string error;
  std::vector<std::string> log;  ///< the last lines
};

}  // namespace costd
