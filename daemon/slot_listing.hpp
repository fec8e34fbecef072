#pragma once
// Slots of a schedule for people: on the wall clock, and what a change of the clock did to them.

#include <string>
#include <vector>

#include "daemon/schedule.hpp"

namespace costd {

struct ListedSlot {
  Instant slot;
  LocalTime local;   ///< what the clock of the schedule's zone shows then
  std::string note;  ///< "" where no change of the clock touches the slot
};

/// At most `count` slots strictly after `instant`, the nearest first.
std::vector<ListedSlot> list_slots_after(const Schedule& schedule, Instant instant,
                                         std::size_t count);
/// At most `count` slots strictly before `instant`, the nearest first.
std::vector<ListedSlot> list_slots_before(const Schedule& schedule, Instant instant,
                                          std::size_t count);

/// What the clock shows in [from, until).
struct LocalRange {
  LocalTime from;
  LocalTime until;
};

/// The readings of a clock in the range that the expression names, whether or not the clock ever
/// shows them: at most `most`.
std::vector<LocalTime> readings_in(const CronExpression& cron, LocalRange range, std::size_t most);

/// "02:30", or "02:30:15" where there are seconds.
std::string format_time_of_day(LocalTime local);

}  // namespace costd
