#include "config/words.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <system_error>

namespace costd {
namespace {

constexpr std::size_t mail_address_bytes_max = 254;
constexpr std::size_t shown_characters_max = 60;
constexpr std::size_t percent_decimals_max = 3;
constexpr std::int64_t percent_max = 1'000'000;

/// How many characters must be changed, added, removed or swapped with the next.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> above(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t column = 0; column <= b.size(); ++column) row[column] = column;
  for (std::size_t line = 1; line <= a.size(); ++line) {
    before = above;
    above = row;
    row[0] = line;
    for (std::size_t column = 1; column <= b.size(); ++column) {
      const std::size_t change = a[line - 1] == b[column - 1] ? 0 : 1;
      row[column] = std::min({above[column] + 1, row[column - 1] + 1, above[column - 1] + change});
      const bool is_swapped =
          line > 1 && column > 1 && a[line - 1] == b[column - 2] && a[line - 2] == b[column - 1];
      if (is_swapped) row[column] = std::min(row[column], before[column - 2] + 1);
    }
  }
  return row.back();
}

bool is_beginning(std::string_view a, std::string_view b) {
  constexpr std::size_t beginning_min = 4;
  const bool is_long_enough = std::min(a.size(), b.size()) >= beginning_min;
  return is_long_enough && (a.starts_with(b) || b.starts_with(a));
}

}  // namespace

std::optional<std::int64_t> parse_integer_setting(std::string_view text) {
  std::int64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stopped != end) return std::nullopt;
  return value;
}

std::optional<std::chrono::seconds> parse_duration_setting(std::string_view text) {
  if (text.empty()) return std::nullopt;
  std::int64_t unit_s = 0;
  switch (text.back()) {
    case 's':
      unit_s = 1;
      break;
    case 'm':
      unit_s = 60;
      break;
    case 'h':
      unit_s = 3'600;
      break;
    case 'd':
      unit_s = 86'400;
      break;
    default:
      return std::nullopt;
  }
  constexpr std::int64_t century_s = std::int64_t{36'525} * 86'400;
  const std::optional<std::int64_t> count = parse_integer_setting(text.substr(0, text.size() - 1));
  if (!count || *count < 0 || *count > century_s / unit_s) return std::nullopt;
  return std::chrono::seconds(*count * unit_s);
}

std::optional<std::string> parse_percent_setting(std::string_view text) {
  constexpr std::string_view digits = "0123456789";
  const std::size_t point = text.find('.');
  std::string_view whole = text.substr(0, point);
  std::string_view decimals = point == std::string_view::npos ? "0" : text.substr(point + 1);
  if (whole.empty() || whole.find_first_not_of(digits) != std::string_view::npos) return {};
  if (decimals.empty() || decimals.size() > percent_decimals_max ||
      decimals.find_first_not_of(digits) != std::string_view::npos) {
    return {};
  }
  whole.remove_prefix(std::min(whole.find_first_not_of('0'), whole.size() - 1));
  decimals = decimals.substr(0, decimals.find_last_not_of('0') + 1);
  const std::optional<std::int64_t> number = parse_integer_setting(whole);
  if (!number || *number > percent_max || (*number == percent_max && !decimals.empty())) return {};
  if (*number == 0 && decimals.empty()) return {};
  return std::string(whole) + (decimals.empty() ? "" : "." + std::string(decimals));
}

bool is_mail_address_setting(std::string_view text) {
  const std::size_t at = text.find('@');
  if (at == std::string_view::npos || at == 0 || at + 1 == text.size()) return false;
  if (text.find('@', at + 1) != std::string_view::npos) return false;
  if (text.size() > mail_address_bytes_max) return false;
  return std::none_of(text.begin(), text.end(), is_control) &&
         text.find_first_of(" <>()[]\",;:\\") == std::string_view::npos;
}

std::string list_names(const Names& names) {
  std::string joined;
  for (const std::string_view name : names) {
    if (!joined.empty()) joined += ", ";
    joined += name;
  }
  return joined;
}

std::optional<std::string_view> find_nearest_name(std::string_view written, const Names& names) {
  constexpr std::size_t written_bytes_max = 64;
  if (written.size() > written_bytes_max) return std::nullopt;
  std::optional<std::string_view> nearest;
  std::size_t smallest = std::max<std::size_t>(1, written.size() / 3) + 1;
  for (const std::string_view name : names) {
    const std::size_t changes = is_beginning(written, name) ? 1 : distance(written, name);
    if (changes < smallest) {
      smallest = changes;
      nearest = name;
    }
  }
  return nearest;
}

std::string show_setting(std::string_view text) {
  std::string shown;
  std::size_t characters = 0;
  for (const char c : text) {
    const bool begins_character = (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    if (begins_character && ++characters > shown_characters_max) return shown + "…";
    shown += is_control(c) ? '?' : c;
  }
  return shown;
}

}  // namespace costd
