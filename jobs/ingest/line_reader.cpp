#include "jobs/ingest/line_reader.hpp"

#include <cstring>

namespace costd {
namespace {

constexpr std::size_t buffer_bytes = 4 * spool_line_bytes_max;

std::string_view without_carriage_return(std::string_view text) {
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

}  // namespace

LineReader::LineReader(std::unique_ptr<InputStream> input)
    : input_(std::move(input)), buffer_(buffer_bytes + line_padding_bytes) {}

bool LineReader::fill() {
  if (at_end_) return false;
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  const std::size_t got = input_->read(buffer_.data() + end_, buffer_bytes - end_);
  end_ += got;
  at_end_ = got == 0;
  return got > 0;
}

Line LineReader::take(std::size_t length, std::size_t with_end) {
  Line line;
  line.text = without_carriage_return({buffer_.data() + begin_, length});
  line.number = ++lines_;
  line.offset = offset_;
  begin_ += with_end;
  offset_ += static_cast<std::int64_t>(with_end);
  return line;
}

/// Called with a full line limit in the buffer and no end in sight.
Line LineReader::take_too_long() {
  constexpr std::size_t shown = 4096;
  static_assert(shown < spool_line_bytes_max);
  Line line;
  line.number = ++lines_;
  line.offset = offset_;
  line.too_long = true;
  std::size_t kept = begin_ + shown;
  // The beginning stays at the front of the buffer while the rest streams through behind it.
  std::memmove(buffer_.data(), buffer_.data() + begin_, shown);
  offset_ += static_cast<std::int64_t>(shown);
  for (;;) {
    const char* from = buffer_.data() + kept;
    const auto* found = static_cast<const char*>(std::memchr(from, '\n', end_ - kept));
    if (found != nullptr) {
      const auto skipped = static_cast<std::size_t>(found - from) + 1;
      offset_ += static_cast<std::int64_t>(skipped);
      begin_ = kept + skipped;
      break;
    }
    offset_ += static_cast<std::int64_t>(end_ - kept);
    const std::size_t got =
        input_->read(buffer_.data() + shown, buffer_bytes - shown);
    kept = shown;
    end_ = shown + got;
    if (got == 0) {
      at_end_ = true;
      begin_ = end_;
      break;
    }
  }
  line.text = {buffer_.data(), shown};
  return line;
}

std::optional<Line> LineReader::next() {
  std::size_t searched = 0;
  for (;;) {
    const char* from = buffer_.data() + begin_ + searched;
    const std::size_t unsearched = end_ - begin_ - searched;
    const auto* found = static_cast<const char*>(std::memchr(from, '\n', unsearched));
    if (found != nullptr) {
      const auto length = static_cast<std::size_t>(found - (buffer_.data() + begin_));
      if (length > spool_line_bytes_max) return take_too_long();
      return take(length, length + 1);
    }
    searched = end_ - begin_;
    if (searched > spool_line_bytes_max) return take_too_long();
    if (!fill()) {
      if (begin_ == end_) return std::nullopt;
      return take(end_ - begin_, end_ - begin_);
    }
  }
}

void LineReader::skip_to(std::int64_t offset, std::int64_t lines) {
  while (offset_ < offset) {
    if (begin_ == end_ && !fill()) break;
    const auto step = std::min<std::int64_t>(offset - offset_,
                                             static_cast<std::int64_t>(end_ - begin_));
    begin_ += static_cast<std::size_t>(step);
    offset_ += step;
  }
  lines_ = lines;
}

}  // namespace costd
