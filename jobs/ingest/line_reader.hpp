#pragma once
// Lines of an input stream, with their numbers and offsets.

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "jobs/ingest/input_stream.hpp"

namespace costd {

/// Longer lines are reported cut off, and skipped to their end.
inline constexpr std::size_t spool_line_bytes_max = 1 << 20;
/// Bytes after a line that may be read, though not used: what simdjson asks for.
inline constexpr std::size_t line_padding_bytes = 64;

struct Line {
  std::string_view text;     ///< without the line end; valid until the next call
  std::int64_t number = 0;   ///< 1-based
  std::int64_t offset = 0;   ///< of the first byte, in decompressed bytes
  bool too_long = false;     ///< text is only the beginning
};

class LineReader {
 public:
  explicit LineReader(std::unique_ptr<InputStream> input);

  /// The next line; nothing at the end. CR LF and LF both end a line; the last one needs neither.
  std::optional<Line> next();
  /// Skips to an offset where a line begins, which is the one after `lines` lines.
  void skip_to(std::int64_t offset, std::int64_t lines);

  std::int64_t next_offset() const { return offset_; }
  std::int64_t lines() const { return lines_; }
  std::int64_t consumed() const { return input_->consumed(); }

 private:
  bool fill();
  Line take(std::size_t length, std::size_t with_end);
  Line take_too_long();

  std::unique_ptr<InputStream> input_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::int64_t offset_ = 0;
  std::int64_t lines_ = 0;
  bool at_end_ = false;
};

}  // namespace costd
