#include "config/yaml_text.hpp"

namespace costd {
namespace {

unsigned byte_at(std::string_view text, std::size_t offset) {
  return offset < text.size() ? static_cast<unsigned char>(text[offset]) : 0U;
}

bool is_continuation(unsigned byte) {
  return (byte & 0xC0U) == 0x80U;
}

}  // namespace

YamlPlace PlaceCounter::place_of(std::size_t offset) {
  if (offset < offset_) {
    offset_ = 0;
    place_ = {};
  }
  for (; offset_ < offset && offset_ < text_.size(); ++offset_) {
    if (text_[offset_] == '\n') {
      ++place_.line;
      place_.column = 1;
    } else if (!is_continuation(byte_at(text_, offset_ + 1))) {
      ++place_.column;
    }
  }
  return place_;
}

std::size_t utf8_length_at(std::string_view text, std::size_t offset) {
  const unsigned first = byte_at(text, offset);
  const unsigned second = byte_at(text, offset + 1);
  if (offset >= text.size()) return 0;
  if (first < 0x80U) return 1;
  if (first < 0xC2U || first > 0xF4U || !is_continuation(second)) return 0;
  if (first < 0xE0U) return 2;
  const bool is_overlong = (first == 0xE0U && second < 0xA0U) || (first == 0xF0U && second < 0x90U);
  const bool is_surrogate = first == 0xEDU && second >= 0xA0U;
  const bool is_too_large = first == 0xF4U && second >= 0x90U;
  if (is_overlong || is_surrogate || is_too_large) return 0;
  if (!is_continuation(byte_at(text, offset + 2))) return 0;
  if (first < 0xF0U) return 3;
  return is_continuation(byte_at(text, offset + 3)) ? 4 : 0;
}

std::size_t find_bad_character(std::string_view text) {
  for (std::size_t offset = 0; offset < text.size();) {
    const unsigned first = byte_at(text, offset);
    const bool is_line_end = first == '\n' || (first == '\r' && byte_at(text, offset + 1) == '\n');
    const bool is_control = (first < 0x20U && first != '\t' && !is_line_end) || first == 0x7FU;
    const std::size_t length = utf8_length_at(text, offset);
    if (is_control || length == 0) return offset;
    offset += length;
  }
  return std::string_view::npos;
}

bool is_unclosed_quote(std::string_view text, std::size_t offset) {
  if (offset >= text.size() || (text[offset] != '"' && text[offset] != '\'')) return false;
  const char quote = text[offset];
  for (std::size_t at = offset + 1; at < text.size(); ++at) {
    if (quote == '"' && text[at] == '\\') {
      ++at;
    } else if (text[at] == quote) {
      const bool is_doubled = quote == '\'' && at + 1 < text.size() && text[at + 1] == quote;
      if (!is_doubled) return false;
      ++at;
    }
  }
  return true;
}

}  // namespace costd
