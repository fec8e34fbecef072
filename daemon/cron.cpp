#include "daemon/cron.hpp"

#include <algorithm>
#include <bit>
#include <chrono>

namespace costd {
namespace {

using std::chrono::days;
using std::chrono::seconds;
using LocalSecond = std::chrono::local_seconds;

/// 29 February on a given weekday comes back after at most 40 years (across 2100).
constexpr days search_bound{40 * 366};

/// Where the wall clock may be looked at: [from, until).
struct LocalSpan {
  LocalSecond from;
  LocalSecond until;
};

/// The lowest number of the set that is at least `value`, or nothing.
std::optional<int> lowest_from(std::uint64_t set, int value) {
  if (value > 63) return std::nullopt;
  const auto rest = set >> value;
  if (rest == 0) return std::nullopt;
  return value + std::countr_zero(rest);
}

/// The highest number of the set that is at most `value`, or nothing.
std::optional<int> highest_to(std::uint64_t set, int value) {
  if (value < 0) return std::nullopt;
  const auto rest = set << (63 - value);
  if (rest == 0) return std::nullopt;
  return value - std::countl_zero(rest);
}

/// The first matching time of the day at or after `time`, or nothing.
std::optional<seconds> first_time(const CronFields& fields, seconds time) {
  const std::chrono::hh_mm_ss parts(time);
  int hour = static_cast<int>(parts.hours().count());
  int minute = static_cast<int>(parts.minutes().count());
  auto second = lowest_from(fields.seconds, static_cast<int>(parts.seconds().count()));
  if (!second) {
    ++minute;
  }
  auto found_minute = lowest_from(fields.minutes, minute);
  if (!found_minute) ++hour;
  const auto found_hour = lowest_from(fields.hours, hour);
  if (!found_hour) return std::nullopt;
  const bool hour_moved = *found_hour != parts.hours().count();
  if (hour_moved) found_minute = lowest_from(fields.minutes, 0);
  const bool minute_moved = hour_moved || *found_minute != parts.minutes().count();
  if (minute_moved) second = lowest_from(fields.seconds, 0);
  return std::chrono::hours(*found_hour) + std::chrono::minutes(*found_minute) + seconds(*second);
}

/// The last matching time of the day at or before `time`, or nothing.
std::optional<seconds> last_time(const CronFields& fields, seconds time) {
  const std::chrono::hh_mm_ss parts(time);
  const int hour = static_cast<int>(parts.hours().count());
  int minute = static_cast<int>(parts.minutes().count());
  auto second = highest_to(fields.seconds, static_cast<int>(parts.seconds().count()));
  if (!second) --minute;
  auto found_minute = highest_to(fields.minutes, minute);
  const auto found_hour = highest_to(fields.hours, found_minute ? hour : hour - 1);
  if (!found_hour) return std::nullopt;
  const bool hour_moved = *found_hour != hour;
  if (hour_moved) found_minute = highest_to(fields.minutes, 59);
  const bool minute_moved = hour_moved || *found_minute != parts.minutes().count();
  if (minute_moved) second = highest_to(fields.seconds, 59);
  return std::chrono::hours(*found_hour) + std::chrono::minutes(*found_minute) + seconds(*second);
}

/// The first matching date at or after `day` and at most `last`, month by month.
std::optional<Day> first_day(const CronFields& fields, Day day, Day last) {
  while (day <= last) {
    const std::chrono::year_month_day date(day);
    const std::chrono::year_month month = date.year() / date.month();
    if (fields.months >> unsigned(date.month()) & 1) {
      const auto from = static_cast<int>(unsigned(date.day()));
      const auto found = lowest_from(matching_days(fields.days, month), from);
      if (found) {
        const auto result = day + days(*found - from);
        return result <= last ? std::optional(result) : std::nullopt;
      }
    }
    day = Day((month + std::chrono::months(1)) / 1);
  }
  return std::nullopt;
}

/// The last matching date at or before `day` and at least `first`, month by month.
std::optional<Day> last_day(const CronFields& fields, Day day, Day first) {
  while (day >= first) {
    const std::chrono::year_month_day date(day);
    const auto to = static_cast<int>(unsigned(date.day()));
    if (fields.months >> unsigned(date.month()) & 1) {
      const auto found = highest_to(matching_days(fields.days, date.year() / date.month()), to);
      if (found) {
        const auto result = day - days(to - *found);
        return result >= first ? std::optional(result) : std::nullopt;
      }
    }
    day -= days(to);
  }
  return std::nullopt;
}

/// The first matching wall-clock time in the span, or nothing.
std::optional<LocalSecond> first_match(const CronFields& fields, LocalSpan span) {
  if (span.from >= span.until) return std::nullopt;
  const auto last = std::chrono::floor<days>(span.until - seconds(1));
  const auto today = std::chrono::floor<days>(span.from);
  auto day = first_day(fields, today, last);
  if (!day) return std::nullopt;
  auto time = first_time(fields, *day == today ? span.from - today : seconds(0));
  if (!time) {
    day = first_day(fields, *day + days(1), last);
    if (!day) return std::nullopt;
    time = first_time(fields, seconds(0));
  }
  const auto match = *day + *time;
  return match < span.until ? std::optional<LocalSecond>(match) : std::nullopt;
}

/// The last matching wall-clock time in the span, or nothing.
std::optional<LocalSecond> last_match(const CronFields& fields, LocalSpan span) {
  if (span.from >= span.until) return std::nullopt;
  const auto latest = span.until - seconds(1);
  const auto first = std::chrono::floor<days>(span.from);
  const auto today = std::chrono::floor<days>(latest);
  auto day = last_day(fields, today, first);
  if (!day) return std::nullopt;
  constexpr seconds end_of_day = days(1) - seconds(1);
  auto time = last_time(fields, *day == today ? latest - today : end_of_day);
  if (!time) {
    day = last_day(fields, *day - days(1), first);
    if (!day) return std::nullopt;
    time = last_time(fields, end_of_day);
  }
  const auto match = *day + *time;
  return match >= span.from ? std::optional<LocalSecond>(match) : std::nullopt;
}

/// A time that the clock jumped over matches. A date that was jumped over as a whole has no slots.
bool has_slot_in_gap(const CronFields& fields, LocalSpan gap) {
  for (auto day = std::chrono::floor<days>(gap.from); day < gap.until; day += days(1)) {
    const bool swallowed = gap.from <= day && day + days(1) <= gap.until;
    const LocalSpan part{std::max(gap.from, LocalSecond(day)),
                         std::min(gap.until, LocalSecond(day + days(1)))};
    if (!swallowed && first_match(fields, part)) return true;
  }
  return false;
}

/// The wall clock of a whole second, under a fixed offset.
LocalSecond wall_clock(std::chrono::sys_seconds instant, seconds offset) {
  return LocalSecond(instant.time_since_epoch() + offset);
}

/// A piece of the zone's history as the expression sees it: the whole seconds in [from, to), where
/// the wall clock may match, and what it jumped over when the piece began.
struct Stretch {
  std::chrono::sys_seconds from;
  std::chrono::sys_seconds to;
  seconds offset;
  LocalSpan shown;  ///< for a fixed time without the readings that had been shown before
  LocalSpan jumped;
};

/// The highest reading of the clock before the piece began. No clock is turned by two days, so that
/// pieces which ended earlier have no say.
LocalSecond highest_reading_before(const Zone& zone, const Zone::Offset& piece) {
  auto earlier = zone.offset_at(piece.from - seconds(1));
  auto highest = wall_clock(std::chrono::floor<seconds>(piece.from), earlier.seconds);
  while (piece.from - earlier.from < days(2)) {
    const auto end = std::chrono::floor<seconds>(earlier.from);
    earlier = zone.offset_at(end - seconds(1));
    highest = std::max(highest, wall_clock(end, earlier.seconds));
  }
  return highest;
}

Stretch stretch_at(const Zone& zone, Instant instant, CronTiming timing) {
  const auto piece = zone.offset_at(instant);
  const auto from = std::chrono::floor<seconds>(piece.from);
  const auto to = std::chrono::floor<seconds>(piece.to);
  const auto begin = wall_clock(from, piece.seconds);
  Stretch stretch{from, to, piece.seconds, {begin, wall_clock(to, piece.seconds)}, {begin, begin}};
  // The first piece of a zone has no beginning.
  if (timing == CronTiming::fixed_time && piece.from > Instant(days(-1'000'000))) {
    const auto before = highest_reading_before(zone, piece);
    stretch.shown.from = std::max(begin, before);
    stretch.jumped = {before, begin};
  }
  return stretch;
}

}  // namespace

CronExpression CronExpression::parse(std::string_view text, CronSeconds seconds) {
  return {std::string(text), parse_cron_fields(text, seconds)};
}

bool is_fixed_time(const CronExpression& expression) {
  return expression.fields().timing == CronTiming::fixed_time;
}

std::optional<Instant> CronExpression::next_after(Instant instant, const Zone& zone,
                                                  DstGap gap) const {
  const auto earliest = std::chrono::floor<seconds>(instant) + seconds(1);
  const auto limit = earliest + search_bound;
  auto stretch = stretch_at(zone, instant, fields_.timing);
  auto from = std::max(stretch.shown.from, wall_clock(earliest, stretch.offset));
  while (true) {
    const auto until = wall_clock(std::min(stretch.to, limit), stretch.offset);
    if (const auto match = first_match(fields_, {from, until})) {
      return Instant(match->time_since_epoch() - stretch.offset);
    }
    if (stretch.to >= limit) return std::nullopt;
    stretch = stretch_at(zone, stretch.to, fields_.timing);
    if (gap == DstGap::run && has_slot_in_gap(fields_, stretch.jumped)) return stretch.from;
    from = stretch.shown.from;
  }
}

std::optional<Instant> CronExpression::previous_before(Instant instant, const Zone& zone,
                                                       DstGap gap) const {
  auto until = std::chrono::ceil<seconds>(instant);  // exclusive
  const auto limit = until - search_bound;
  while (true) {
    const auto stretch = stretch_at(zone, until - seconds(1), fields_.timing);
    const auto from = std::max(stretch.shown.from, wall_clock(limit, stretch.offset));
    if (const auto match = last_match(fields_, {from, wall_clock(until, stretch.offset)})) {
      return Instant(match->time_since_epoch() - stretch.offset);
    }
    if (stretch.from < limit) return std::nullopt;
    if (gap == DstGap::run && has_slot_in_gap(fields_, stretch.jumped)) return stretch.from;
    until = stretch.from;
  }
}

}  // namespace costd
