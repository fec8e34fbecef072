#include "daemon/costctl_text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace costd {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";
constexpr std::string_view ellipsis = "\xE2\x80\xA6";

struct CodeRange {
  char32_t first;
  char32_t last;
};

constexpr std::array<CodeRange, 18> wide_ranges{{{0x1100, 0x115F},
                                                 {0x2E80, 0x303E},
                                                 {0x3041, 0x33FF},
                                                 {0x3400, 0x4DBF},
                                                 {0x4E00, 0x9FFF},
                                                 {0xA000, 0xA4CF},
                                                 {0xA960, 0xA97F},
                                                 {0xAC00, 0xD7A3},
                                                 {0xF900, 0xFAFF},
                                                 {0xFE30, 0xFE6F},
                                                 {0xFF01, 0xFF60},
                                                 {0xFFE0, 0xFFE6},
                                                 {0x1F300, 0x1F64F},
                                                 {0x1F680, 0x1F6FF},
                                                 {0x1F900, 0x1F9FF},
                                                 {0x1FA70, 0x1FAFF},
                                                 {0x20000, 0x2FFFD},
                                                 {0x30000, 0x3FFFD}}};
constexpr std::array<CodeRange, 7> zero_ranges{{{0x0300, 0x036F},
                                                {0x200B, 0x200D},
                                                {0x1AB0, 0x1AFF},
                                                {0x20D0, 0x20FF},
                                                {0x3099, 0x309A},
                                                {0xFE00, 0xFE0F},
                                                {0xFE20, 0xFE2F}}};
/// C0 and C1 controls, line separators, and the characters that turn the direction of text.
constexpr std::array<CodeRange, 7> unsafe_ranges{{{0x00, 0x1F},
                                                  {0x7F, 0x9F},
                                                  {0x061C, 0x061C},
                                                  {0x200E, 0x200F},
                                                  {0x2028, 0x202E},
                                                  {0x2066, 0x2069},
                                                  {0xFEFF, 0xFEFF}}};

template <std::size_t N>
bool is_in(const std::array<CodeRange, N>& ranges, char32_t code) {
  return std::any_of(ranges.begin(), ranges.end(), [code](const CodeRange& range) {
    return range.first <= code && code <= range.last;
  });
}

/// One character in front of a text. A broken one is one byte with the code U+FFFD.
struct Character {
  char32_t code;
  std::size_t bytes;
};

Character first_character(std::string_view text) {
  constexpr Character broken{0xFFFD, 1};
  const auto lead = static_cast<unsigned char>(text.front());
  if (lead < 0x80) return {lead, 1};
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return broken;
  char32_t code = lead & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xC0) != 0x80) return broken;
    code = code << 6 | (next & 0x3F);
  }
  const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (overlong || surrogate || code > 0x10FFFF) return broken;
  return {code, length};
}

std::size_t width_of(char32_t code) {
  if (is_in(zero_ranges, code)) return 0;
  return is_in(wide_ranges, code) ? 2 : 1;
}

}  // namespace

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const auto character = first_character(text);
    width += width_of(character.code);
    text.remove_prefix(character.bytes);
  }
  return width;
}

std::string printable(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const auto character = first_character(text);
    const bool safe = character.code != 0xFFFD && !is_in(unsafe_ranges, character.code);
    result += safe ? text.substr(0, character.bytes) : replacement;
    text.remove_prefix(character.bytes);
  }
  return result;
}

std::string fit(std::string_view text, std::size_t width) {
  if (display_width(text) <= width) return std::string(text);
  std::string result;
  std::size_t used = 1;  // the ellipsis
  while (!text.empty()) {
    const auto character = first_character(text);
    used += width_of(character.code);
    if (used > width) break;
    result += text.substr(0, character.bytes);
    text.remove_prefix(character.bytes);
  }
  return result.append(ellipsis);
}

}  // namespace costd
