#pragma once
// A schedule in words: what its expression means and what changes of the clock will do to it.

#include <string>
#include <vector>

#include "daemon/slot_listing.hpp"

namespace costd {

struct FieldMeaning {
  std::string field;    ///< "minute"
  std::string text;     ///< as it was written; "" for a nickname's
  std::string meaning;  ///< "at minute 30"
};

/// A change of the clock of the schedule's zone.
struct ClockChange {
  Instant at;
  LocalTime before;  ///< what the clock would have shown
  LocalTime after;   ///< what it shows
  std::string effect;
  std::vector<ListedSlot> slots;  ///< those within a day of it, at most two before and three after
};

struct ScheduleExplanation {
  std::vector<FieldMeaning> fields;
  std::string days;                        ///< how the two day fields go together
  std::string timing;                      ///< fixed or elapsed time, and what that means
  std::vector<ClockChange> clock_changes;  ///< of the twelve months after the instant
  std::vector<ListedSlot> next;            ///< at most three
};

ScheduleExplanation explain_schedule(const Schedule& schedule, Instant instant);

}  // namespace costd
