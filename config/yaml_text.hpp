#pragma once
// The characters of a YAML file before any parsing: positions, and what may stand in it at all.

#include <cstddef>
#include <string>
#include <string_view>

#include "config/yaml_document.hpp"

namespace costd {

/// Turns byte offsets that mostly grow into lines and columns, in one walk over the text.
class PlaceCounter {
 public:
  /// The text must outlive the counter.
  explicit PlaceCounter(std::string_view text) : text_(text) {}

  /// An offset at or behind the end gives the end; one before the last asked for starts again.
  YamlPlace place_of(std::size_t offset);

 private:
  std::string_view text_;
  std::size_t offset_ = 0;
  YamlPlace place_;
};

/// The offset of the first byte that is not UTF-8, or of a control character other than tab and
/// line end, or of a carriage return without its line feed; npos if there is none.
std::size_t find_bad_character(std::string_view text);

/// Whether the text at `offset` opens a quote that is never closed.
bool is_unclosed_quote(std::string_view text, std::size_t offset);

/// The length of the UTF-8 character at `offset`, or 0 if there is none: overlong forms, surrogates
/// and what is beyond U+10FFFF are none.
std::size_t utf8_length_at(std::string_view text, std::size_t offset);

}  // namespace costd
