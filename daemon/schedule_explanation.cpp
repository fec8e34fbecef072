#include "daemon/schedule_explanation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "daemon/cron_words.hpp"

namespace costd {
namespace {

using std::chrono::days;

constexpr days looked_ahead{366};
constexpr std::size_t readings_named = 4;
constexpr std::size_t readings_counted = 100'000;

std::vector<FieldMeaning> explain_fields(const CronExpression& cron) {
  const CronFields& fields = cron.fields();
  std::vector<FieldMeaning> meanings{
      {"second", "", describe_seconds(fields)},
      {"minute", "", describe_minutes(fields)},
      {"hour", "", describe_hours(fields)},
      {"day-of-month", "", describe_month_days(fields.days)},
      {"month", "", describe_months(fields)},
      {"day-of-week", "", describe_weekdays(fields.days)},
  };
  std::istringstream words(cron.text());
  std::vector<std::string> texts;
  for (std::string word; words >> word;) texts.push_back(word);
  if (texts.size() != meanings.size()) meanings.erase(meanings.begin());
  for (std::size_t n = 0; n < meanings.size() && texts.size() == meanings.size(); ++n) {
    meanings[n].text = texts[n];
  }
  return meanings;
}

std::string explain_timing(const Schedule& schedule) {
  if (!is_fixed_time(schedule.cron)) {
    return fmt::format(
        "follows elapsed time, because the minute or the hour begins with a star: due whenever the "
        "clock in {} shows such a time, twice where it shows it twice",
        schedule.zone.name());
  }
  return fmt::format(
      "fixed times, because neither minute nor hour begins with a star: each once a date by the "
      "clock in {}; one that comes twice is due the first time, one that the clock leaves out {}",
      schedule.zone.name(),
      schedule.dst_gap == DstGap::run ? "is due at the end of the gap (dst_gap: run)"
                                      : "is not due that day (dst_gap: skip)");
}

/// "02:00, 02:30 and 4 more".
std::string name_readings(const std::vector<LocalTime>& readings) {
  std::string text;
  for (std::size_t n = 0; n < readings.size() && n < readings_named; ++n) {
    text += (n == 0 ? "" : ", ") + format_time_of_day(readings[n]);
  }
  if (readings.size() <= readings_named) return text;
  return fmt::format("{} and {} more", text, readings.size() - readings_named);
}

bool is_date_left_out(const ClockChange& change) {
  const Day first = std::chrono::ceil<days>(change.before);
  return first + days(1) <= change.after;
}

std::string effect_of_gap(const Schedule& schedule, const ClockChange& change) {
  const auto readings = readings_in(schedule.cron, {change.before, change.after}, readings_counted);
  if (readings.empty()) return "no slot is left out";
  const std::string left_out = name_readings(readings) + " left out: ";
  if (!is_fixed_time(schedule.cron) || schedule.dst_gap == DstGap::skip) {
    return left_out + "not due that day";
  }
  if (is_date_left_out(change)) return left_out + "a date that never was has no slots";
  return left_out + fmt::format("due once at {}, {}", format_time_of_day(change.after),
                                format_instant(change.at));
}

std::string effect_of_fold(const Schedule& schedule, const ClockChange& change) {
  const auto readings = readings_in(schedule.cron, {change.after, change.before}, readings_counted);
  if (readings.empty()) return "no slot comes twice";
  return name_readings(readings) + (is_fixed_time(schedule.cron)
                                        ? " shown twice: due the first time"
                                        : " shown twice: due both times");
}

/// From the last but one before the change to the third from it on.
std::vector<ListedSlot> slots_around(const Schedule& schedule, Instant change) {
  auto slots = list_slots_before(schedule, change, 2);
  std::ranges::reverse(slots);
  for (auto& slot : list_slots_after(schedule, change - std::chrono::microseconds(1), 3)) {
    slots.push_back(std::move(slot));
  }
  std::erase_if(slots, [change](const ListedSlot& listed) {
    return listed.slot < change - days(1) || listed.slot > change + days(1);
  });
  return slots;
}

std::vector<ClockChange> explain_clock_changes(const Schedule& schedule, Instant instant) {
  const Instant until = instant + looked_ahead;
  std::vector<ClockChange> changes;
  for (auto piece = schedule.zone.offset_at(instant); piece.to < until;) {
    const auto next = schedule.zone.offset_at(piece.to);
    ClockChange change{.at = next.from,
                       .before = LocalTime(next.from.time_since_epoch() + piece.seconds),
                       .after = LocalTime(next.from.time_since_epoch() + next.seconds),
                       .effect = "",
                       .slots = {}};
    piece = next;
    if (change.before == change.after) continue;  // only the zone's abbreviation changes
    change.effect = change.before < change.after ? effect_of_gap(schedule, change)
                                                 : effect_of_fold(schedule, change);
    change.slots = slots_around(schedule, change.at);
    changes.push_back(std::move(change));
  }
  return changes;
}

}  // namespace

ScheduleExplanation explain_schedule(const Schedule& schedule, Instant instant) {
  return {explain_fields(schedule.cron), describe_day_rule(schedule.cron.fields().days),
          explain_timing(schedule), explain_clock_changes(schedule, instant),
          list_slots_after(schedule, instant, 3)};
}

}  // namespace costd
