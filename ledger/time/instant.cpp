#include "ledger/time/instant.hpp"

#include <fmt/format.h>

namespace costd {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::year_month_day;

/// Reads exactly `digits` decimal digits at `at` and moves on; nothing if there are fewer.
std::optional<int> take_number(std::string_view text, std::size_t& at, std::size_t digits) {
  if (text.size() < at + digits) return std::nullopt;
  int value = 0;
  for (const std::size_t end = at + digits; at < end; ++at) {
    if (text[at] < '0' || text[at] > '9') return std::nullopt;
    value = value * 10 + (text[at] - '0');
  }
  return value;
}

bool take(std::string_view text, std::size_t& at, std::string_view any_of) {
  if (at >= text.size() || any_of.find(text[at]) == std::string_view::npos) return false;
  ++at;
  return true;
}

std::optional<sys_days> take_date(std::string_view text, std::size_t& at) {
  const auto y = take_number(text, at, 4);
  if (!y || !take(text, at, "-")) return std::nullopt;
  const auto m = take_number(text, at, 2);
  if (!m || !take(text, at, "-")) return std::nullopt;
  const auto d = take_number(text, at, 2);
  if (!d) return std::nullopt;
  const year_month_day date{std::chrono::year{*y}, std::chrono::month{static_cast<unsigned>(*m)},
                            std::chrono::day{static_cast<unsigned>(*d)}};
  if (!date.ok()) return std::nullopt;
  return sys_days{date};
}

std::optional<microseconds> take_fraction(std::string_view text, std::size_t& at) {
  std::int64_t micros = 0;
  int digits = 0;
  for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, ++digits) {
    if (digits < 6) micros = micros * 10 + (text[at] - '0');
  }
  if (digits == 0) return std::nullopt;
  for (int n = digits; n < 6; ++n) micros *= 10;
  return microseconds(micros);
}

std::optional<microseconds> take_time(std::string_view text, std::size_t& at) {
  const auto h = take_number(text, at, 2);
  if (!h || *h > 23 || !take(text, at, ":")) return std::nullopt;
  const auto m = take_number(text, at, 2);
  if (!m || *m > 59) return std::nullopt;
  microseconds time = hours(*h) + minutes(*m);
  if (!take(text, at, ":")) return time;
  const auto s = take_number(text, at, 2);
  if (!s || *s > 59) return std::nullopt;
  time += seconds(*s);
  if (!take(text, at, ".")) return time;
  const auto fraction = take_fraction(text, at);
  if (!fraction) return std::nullopt;
  return time + *fraction;
}

/// The offset east of UTC; nothing if the text there is neither 'Z' nor an offset.
std::optional<minutes> take_offset(std::string_view text, std::size_t& at) {
  if (take(text, at, "Zz")) return minutes(0);
  if (at >= text.size() || (text[at] != '+' && text[at] != '-')) return std::nullopt;
  const int sign = text[at++] == '-' ? -1 : 1;
  const auto h = take_number(text, at, 2);
  if (!h || *h > 23 || !take(text, at, ":")) return std::nullopt;
  const auto m = take_number(text, at, 2);
  if (!m || *m > 59) return std::nullopt;
  return sign * (hours(*h) + minutes(*m));
}

}  // namespace

std::optional<Instant> parse_instant(std::string_view text, MissingZone missing_zone) {
  std::size_t at = 0;
  const auto date = take_date(text, at);
  if (!date || !take(text, at, "Tt ")) return std::nullopt;
  const auto time = take_time(text, at);
  if (!time) return std::nullopt;
  const Instant wall = *date + *time;
  if (at == text.size()) {
    return missing_zone == MissingZone::utc ? std::optional(wall) : std::nullopt;
  }
  const auto offset = take_offset(text, at);
  if (!offset || at != text.size()) return std::nullopt;
  return wall - *offset;
}

std::string format_instant(Instant instant) {
  const auto day = std::chrono::floor<days>(instant);
  const year_month_day date{day};
  const std::chrono::hh_mm_ss time{instant - day};
  std::string text =
      fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  time.hours().count(), time.minutes().count(), time.seconds().count());
  if (const auto micros = time.subseconds().count(); micros != 0) {
    text +=
        micros % 1000 == 0 ? fmt::format(".{:03}", micros / 1000) : fmt::format(".{:06}", micros);
  }
  return text + "Z";
}

std::string format_instant_for_people(Instant instant) {
  const std::string text = format_instant(instant);
  return text.substr(0, 10) + " " + text.substr(11, 5) + " UTC";
}

}  // namespace costd
