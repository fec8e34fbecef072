#include "daemon/due_slots.hpp"

#include <deque>

namespace costd {
namespace {

/// How far back the newest slot is looked for before the whole time is.
constexpr std::chrono::hours latest_search{48};

std::vector<Instant> latest_slot(const Schedule& schedule, Instant after, Instant now) {
  std::vector<Instant> latest;
  for (auto slot = schedule.next_after(after); slot && *slot <= now;
       slot = schedule.next_after(*slot)) {
    latest.assign(1, *slot);
  }
  return latest;
}

}  // namespace

DueSlots due_slots(const Schedule& schedule, Instant after, Instant now) {
  DueSlots due;
  if (schedule.catch_up != CatchUp::all) {
    // Only the newest one counts: what lies far back is walked through for rare slots only.
    due.slots = latest_slot(schedule, std::max<Instant>(after, now - latest_search), now);
    if (due.slots.empty()) due.slots = latest_slot(schedule, after, now);
    return due;
  }
  std::deque<Instant> kept;
  for (auto slot = schedule.next_after(after); slot && *slot <= now;
       slot = schedule.next_after(*slot)) {
    kept.push_back(*slot);
    if (static_cast<std::int64_t>(kept.size()) <= schedule.max_catch_up) continue;
    if (due.abandoned.size() == 2) due.abandoned.pop_back();
    due.abandoned.push_back(kept.front());
    kept.pop_front();
    ++due.abandoned_count;
  }
  due.slots.assign(kept.begin(), kept.end());
  return due;
}

}  // namespace costd
