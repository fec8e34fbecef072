#pragma once
// The small words of a settings file: numbers, durations, addresses, and how messages show them.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace costd {

using Names = std::vector<std::string_view>;

inline constexpr int port_max = 65'535;

/// Of ASCII, line ends and tabs among them.
inline bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20U || byte == 0x7FU;
}

/// Digits with an optional minus, nothing else, in 64 bits.
std::optional<std::int64_t> parse_integer_setting(std::string_view text);

/// "45s", "30m", "72h", "7d": a whole number and its unit, at most a century.
std::optional<std::chrono::seconds> parse_duration_setting(std::string_view text);

/// The decimal number in its shortest form ("050.50" -> "50.5"); nothing unless it is above zero,
/// at most a million and has at most three decimals.
std::optional<std::string> parse_percent_setting(std::string_view text);

/// Exactly one '@' with something on both sides, no blanks, control characters, quotes, brackets or
/// separators of a list; at most 254 bytes.
bool is_mail_address_setting(std::string_view text);

/// "a, b, c".
std::string list_names(const Names& names);

/// The name most like what was written: at most a third of it mistyped, or one begins with the
/// other. Nothing if none is near.
std::optional<std::string_view> find_nearest_name(std::string_view written, const Names& names);

/// Cut after 60 characters, control characters as '?': safe for a message.
std::string show_setting(std::string_view text);

}  // namespace costd
