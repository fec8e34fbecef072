#include "daemon/slot_listing.hpp"

#include <fmt/format.h>

namespace costd {
namespace {

constexpr std::chrono::seconds tick{1};

/// What the clock of the zone would show at the instant if it had not been changed just then.
LocalTime unchanged_reading(const Zone& zone, Instant change) {
  return zone.local(change - tick) + tick;
}

/// The slot stands at the end of a gap of the clock.
std::string note_at_gap_end(const Schedule& schedule, Instant slot, LocalRange gap) {
  const auto left_out = readings_in(schedule.cron, gap, 1);
  const auto hole = fmt::format("the clock was set forward from {} to {}",
                                format_time_of_day(gap.from), format_time_of_day(gap.until));
  const bool own_time = schedule.cron.next_after(slot - tick, schedule.zone, DstGap::skip) == slot;
  if (!own_time) return hole + "; moved to the end of the gap";
  if (left_out.empty() || !is_fixed_time(schedule.cron) || schedule.dst_gap == DstGap::skip) {
    return "";
  }
  return fmt::format("{}; one run with that of {}", hole, format_time_of_day(left_out.front()));
}

std::string note_on(const Schedule& schedule, Instant slot) {
  const Zone& zone = schedule.zone;
  const LocalTime local = zone.local(slot);
  if (zone.offset_at(slot).from == slot) {
    const LocalTime before = unchanged_reading(zone, slot);
    if (before < local) return note_at_gap_end(schedule, slot, {before, local});
  }
  const auto instants = zone.instants_of(local);
  if (!instants.second) return "";
  if (is_fixed_time(schedule.cron)) {
    return "this local time comes twice on that day; it runs at the first";
  }
  return slot == instants.first ? "this local time comes twice on that day; the first"
                                : "this local time comes twice on that day; the second";
}

ListedSlot listed(const Schedule& schedule, Instant slot) {
  return {slot, schedule.zone.local(slot), note_on(schedule, slot)};
}

}  // namespace

std::vector<ListedSlot> list_slots_after(const Schedule& schedule, Instant instant,
                                         std::size_t count) {
  std::vector<ListedSlot> slots;
  while (slots.size() < count) {
    const auto slot = schedule.next_after(instant);
    if (!slot) break;
    slots.push_back(listed(schedule, *slot));
    instant = *slot;
  }
  return slots;
}

std::vector<ListedSlot> list_slots_before(const Schedule& schedule, Instant instant,
                                          std::size_t count) {
  std::vector<ListedSlot> slots;
  while (slots.size() < count) {
    const auto slot = schedule.previous_before(instant);
    if (!slot) break;
    slots.push_back(listed(schedule, *slot));
    instant = *slot;
  }
  return slots;
}

std::vector<LocalTime> readings_in(const CronExpression& cron, LocalRange range, std::size_t most) {
  // A clock that is never changed shows every reading, so its slots are the readings.
  static const Zone never_changed = Zone::utc();
  std::vector<LocalTime> readings;
  Instant at(range.from.time_since_epoch() - tick);
  while (readings.size() < most) {
    const auto next = cron.next_after(at, never_changed);
    if (!next || LocalTime(next->time_since_epoch()) >= range.until) break;
    readings.emplace_back(next->time_since_epoch());
    at = *next;
  }
  return readings;
}

std::string format_time_of_day(LocalTime local) {
  const std::string text = format_instant(Instant(local.time_since_epoch()));
  return text.substr(17, 2) == "00" ? text.substr(11, 5) : text.substr(11, 8);
}

}  // namespace costd
