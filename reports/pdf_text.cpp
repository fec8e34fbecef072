#include "reports/pdf_text.hpp"

namespace costd {
namespace {

constexpr char32_t replacement = 0xFFFD;

struct Decoded {
  char32_t code_point;
  std::size_t bytes;
};

/// The character at the start of a text that is not empty; overlong forms and surrogates are
/// broken.
Decoded decode(std::string_view text) {
  const auto byte = [&](std::size_t n) { return static_cast<unsigned char>(text[n]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return {first, 1};
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < length) return {replacement, 1};
  char32_t value = first & (0x7FU >> length);
  for (std::size_t n = 1; n < length; ++n) {
    if ((byte(n) & 0xC0U) != 0x80) return {replacement, 1};
    value = (value << 6U) | (byte(n) & 0x3FU);
  }
  const bool overlong = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (overlong || surrogate || value > 0x10FFFF) return {replacement, 1};
  return {value, length};
}

/// Not to be seen, or not to be stored.
bool is_unfit(char32_t c) {
  const bool control = c < 0x20 || (c >= 0x7F && c < 0xA0);
  const bool direction = c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) ||
                         (c >= 0x2066 && c <= 0x2069) || c == 0x061C;
  const bool zero_width = (c >= 0x200B && c <= 0x200D) || c == 0x2060 || c == 0xFEFF;
  const bool not_a_character = c >= 0xFFFE || (c >= 0xFDD0 && c <= 0xFDEF);  // XML forbids them
  return control || direction || zero_width || not_a_character;
}

}  // namespace

std::u32string displayable(std::string_view utf8) {
  std::u32string text;
  text.reserve(utf8.size());
  while (!utf8.empty()) {
    const auto [code_point, bytes] = decode(utf8);
    utf8.remove_prefix(bytes);
    if (code_point == '\t' || code_point == '\n' || code_point == '\r') {
      text += U' ';
    } else {
      text += is_unfit(code_point) ? replacement : code_point;
    }
  }
  return text;
}

std::string to_utf8(std::u32string_view text) {
  std::string utf8;
  utf8.reserve(text.size());
  const auto put = [&](char32_t byte) { utf8 += static_cast<char>(byte); };
  for (const char32_t c : text) {
    if (c < 0x80) {
      put(c);
    } else if (c < 0x800) {
      put(0xC0U | (c >> 6U));
      put(0x80U | (c & 0x3FU));
    } else {
      put(0xE0U | (c >> 12U));
      put(0x80U | ((c >> 6U) & 0x3FU));
      put(0x80U | (c & 0x3FU));
    }
  }
  return utf8;
}

bool breaks_before(char32_t c) {
  const bool kana =
      c >= 0x3040 && c <= 0x30FF && c != 0x30FC;  // a long-vowel mark stays with its vowel
  const bool ideograph = (c >= 0x3400 && c <= 0x9FFF) || (c >= 0xF900 && c <= 0xFAFF);
  const bool hangul = c >= 0xAC00 && c <= 0xD7A3;
  return kana || ideograph || hangul;
}

bool breaks_after(char32_t c) {
  return c == '-' || c == '/' || c == '_' || c == ':' || c == 0x2013 || c == 0x2014;
}

}  // namespace costd
