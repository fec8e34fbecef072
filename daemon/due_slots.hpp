#pragma once
// Which slots of a schedule are due after a while, by its catch-up policy. Pure.

#include "daemon/schedule.hpp"

namespace costd {

/// Oldest first.
struct DueSlots {
  std::vector<Instant> slots;
  std::vector<Instant> abandoned;  ///< the first and the last of those beyond the bound
  std::int64_t abandoned_count = 0;
};

/// The slots in (after, now] that are to be decided: with catch_up all every one, up to the bound,
/// else the newest.
DueSlots due_slots(const Schedule& schedule, Instant after, Instant now);

}  // namespace costd
