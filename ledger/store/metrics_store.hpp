#pragma once
// Counts for monitoring, straight from the tables.

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "ledger/time/instant.hpp"

namespace costd {

class Connection;

/// By job and state; a run of several jobs counts for each.
std::map<std::pair<std::string, std::string>, std::int64_t> count_runs_by_job(
    Connection& connection);

/// Messages of the outbox by state.
std::map<std::string, std::int64_t> count_outbox_states(Connection& connection);

/// Slots that were due before `due_before` and whose run has not begun.
struct LateSlots {
  std::int64_t count = 0;
  Instant oldest{};  ///< of them; the epoch where there is none
};
LateSlots find_late_slots(Connection& connection, Instant due_before);

}  // namespace costd
