#pragma once
// Instants (UTC, microseconds) and their text, as records and answers carry them.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace costd {

using Instant = std::chrono::sys_time<std::chrono::microseconds>;

/// What a text without a zone means.
enum class MissingZone { refused, utc };

/// RFC 3339 with 'T', 't' or a blank between date and time, any number of decimals (cut to
/// microseconds), 'Z' or an offset; seconds may be left out. Nothing if the text is not such an
/// instant or not a real date; a leap second is none.
std::optional<Instant> parse_instant(std::string_view text,
                                     MissingZone missing_zone = MissingZone::refused);

/// "2026-11-01T05:00:00Z"; three or six decimals where the instant has them.
std::string format_instant(Instant instant);

/// "2026-11-01 05:00 UTC", for people.
std::string format_instant_for_people(Instant instant);

constexpr std::int64_t to_micros(Instant instant) {
  return instant.time_since_epoch().count();
}
constexpr Instant from_micros(std::int64_t micros) {
  return Instant(std::chrono::microseconds(micros));
}

}  // namespace costd
