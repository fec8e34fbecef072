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

/// The wall clock of the second in which an instant lies, under a fixed offset.
LocalSecond wall_clock(Instant instant, seconds offset) {
  return LocalSecond(std::chrono::floor<seconds>(instant).time_since_epoch() + offset);
}

/// What the clock had shown when the piece of history with `instant` began. Earlier readings are
/// repetitions. Only asked for shortly after the change; no clock is turned by two days.
std::optional<LocalSecond> repeated_until(const Zone& zone, const Zone::Offset& piece,
                                          Instant instant) {
  if (instant - piece.from > days(2)) return std::nullopt;
  const auto before = zone.offset_at(piece.from - seconds(1));
  return wall_clock(piece.from, before.seconds);
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
  const bool fixed = is_fixed_time(*this);
  const auto limit = instant + search_bound;
  auto piece = zone.offset_at(instant);
  auto from = wall_clock(instant, piece.seconds) + seconds(1);
  if (fixed) from = std::max(from, repeated_until(zone, piece, instant).value_or(from));
  while (true) {
    const auto until = wall_clock(std::min(piece.to, limit), piece.seconds);
    if (const auto match = first_match(fields_, {from, until})) {
      return Instant(match->time_since_epoch() - piece.seconds);
    }
    if (piece.to >= limit) return std::nullopt;
    const auto change = piece.to;
    piece = zone.offset_at(change);
    const auto resumed = wall_clock(change, piece.seconds);
    if (fixed && gap == DstGap::run && has_slot_in_gap(fields_, {until, resumed})) return change;
    from = fixed ? std::max(until, resumed) : resumed;
  }
}

}  // namespace costd
