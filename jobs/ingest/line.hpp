#pragma once
// One line of an input file, as the record readers take it.

#include <cstdint>
#include <string_view>

namespace costd {

/// Longer lines are refused.
inline constexpr std::size_t spool_line_bytes_max = 1 << 20;
/// Bytes after a line that may be read, though not used: what simdjson asks for.
inline constexpr std::size_t line_padding_bytes = 64;

struct Line {
  std::string_view text;    ///< without the line end; valid as long as its chunk
  std::int64_t number = 0;  ///< 1-based
  std::int64_t offset = 0;  ///< of the first byte, in decompressed bytes
};

}  // namespace costd
