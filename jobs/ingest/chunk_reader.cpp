#include "jobs/ingest/chunk_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "jobs/ingest/document_end.hpp"
#include "ledger/store/fast_hash.hpp"

namespace costd {
namespace {

constexpr std::size_t peek_bytes = 64 << 10;
/// A chunk, the beginning of the next one, and the padding.
constexpr std::size_t buffer_bytes = chunk_bytes + chunk_bytes / 4 + line_padding_bytes;
/// What a refused line is known by.
constexpr std::size_t cut_line_bytes = 4096;

std::size_t end_of_documents(std::string_view text) {
  std::size_t end = 0;
  while (const std::size_t length = document_end(text.substr(end))) end += length;
  return end;
}

std::string format_hash(XXH128_hash_t hash) {
  return fmt::format("xxh3:{:016x}{:016x}", hash.high64, hash.low64);
}

}  // namespace

ChunkReader::ChunkReader(std::unique_ptr<InputStream> input)
    : input_(std::move(input)),
      hash_(XXH3_createState(), [](XXH3_state_s* state) { XXH3_freeState(state); }) {
  XXH3_128bits_reset(hash_.get());
}

ChunkReader::~ChunkReader() = default;

/// A small file gets a small buffer: there may be very many. Never 0, which would be no question.
std::size_t ChunkReader::room_for_rest() const {
  constexpr std::int64_t room_min = 4096;
  const auto read = offset_ + static_cast<std::int64_t>(end_ - begin_);
  const std::int64_t length = input_->length().value_or(std::numeric_limits<std::int64_t>::max());
  const std::int64_t rest = std::max<std::int64_t>(length - read, 0);
  return static_cast<std::size_t>(std::min(rest, static_cast<std::int64_t>(buffer_bytes)) +
                                  room_min);
}

/// Reads more behind what is pending; false at the end of the input.
bool ChunkReader::fill() {
  if (at_end_) return false;
  if (begin_ > 0 && buffer_.size() - end_ < chunk_bytes / 4) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  const std::size_t room = room_for_rest();
  if (buffer_.size() < end_ + std::min(room, chunk_bytes / 4) + line_padding_bytes) {
    buffer_.resize(std::max(end_ * 2, std::min(buffer_bytes, end_ + room + line_padding_bytes)));
  }
  const std::size_t got =
      input_->read(buffer_.data() + end_, buffer_.size() - line_padding_bytes - end_);
  end_ += got;
  at_end_ = got == 0;
  return got > 0;
}

std::string_view ChunkReader::peek() {
  while (pending().size() < peek_bytes && fill()) continue;
  return pending().substr(0, peek_bytes);
}

void ChunkReader::skip_byte_order_mark() {
  constexpr std::string_view mark = "\xef\xbb\xbf";
  if (peek().starts_with(mark)) drop(mark.size());
}

void ChunkReader::drop(std::size_t bytes) {
  XXH3_128bits_update(hash_.get(), buffer_.data() + begin_, bytes);
  begin_ += bytes;
  offset_ += static_cast<std::int64_t>(bytes);
}

std::optional<std::string> ChunkReader::take_line() {
  for (;;) {
    const auto end = pending().find('\n');
    if (end == std::string_view::npos && pending().size() <= spool_line_bytes_max && fill()) {
      continue;
    }
    if (pending().empty()) return std::nullopt;
    std::string line(pending().substr(0, end));
    drop(std::min(line.size() + 1, pending().size()));
    if (line.ends_with('\r')) line.pop_back();
    return line;
  }
}

void ChunkReader::skip_to(std::int64_t offset) {
  while (offset_ < offset && (!pending().empty() || fill())) {
    drop(std::min(pending().size(), static_cast<std::size_t>(offset - offset_)));
  }
}

/// Bytes of the pending text that are whole lines or documents.
std::size_t ChunkReader::whole_bytes() const {
  if (framing_ == Framing::documents) return end_of_documents(pending());
  const auto last = pending().rfind('\n');
  return last == std::string_view::npos ? 0 : last + 1;
}

/// Gives the buffer away with its whole lines; the rest moves on to the next buffer.
Chunk ChunkReader::give(std::size_t whole, LargeVector<char> next_buffer) {
  Chunk chunk;
  chunk.offset = offset_;
  chunk.length = whole;
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  drop(whole);
  const std::string_view rest = pending();
  const std::size_t wanted =
      at_end_ ? rest.size() + line_padding_bytes : std::max(buffer_bytes, rest.size() * 2);
  if (next_buffer.size() < wanted) next_buffer.resize(wanted);
  std::memcpy(next_buffer.data(), rest.data(), rest.size());
  end_ = rest.size();
  begin_ = 0;
  buffer_.swap(next_buffer);
  std::memset(next_buffer.data() + whole, 0, line_padding_bytes);
  chunk.bytes = std::move(next_buffer);
  chunk.next_offset = offset_;
  chunk.prefix_hash = prefix_hash();
  return chunk;
}

/// A line that is longer than may be: its beginning, and everything up to its end taken away.
Chunk ChunkReader::give_cut_line(LargeVector<char> next_buffer) {
  Chunk chunk;
  chunk.offset = offset_;
  chunk.cut_line = true;
  chunk.length = std::min(cut_line_bytes, pending().size());
  chunk.bytes = std::move(next_buffer);
  chunk.bytes.resize(std::max(chunk.bytes.size(), chunk.length + line_padding_bytes));
  std::memcpy(chunk.bytes.data(), pending().data(), chunk.length);
  std::memset(chunk.bytes.data() + chunk.length, 0, line_padding_bytes);
  do {
    const auto end = pending().find('\n');
    drop(end == std::string_view::npos ? pending().size() : end + 1);
    if (end != std::string_view::npos) break;
  } while (fill());
  chunk.next_offset = offset_;
  chunk.prefix_hash = prefix_hash();
  return chunk;
}

std::optional<Chunk> ChunkReader::next(LargeVector<char> next_buffer) {
  const std::size_t pending_max =
      framing_ == Framing::documents ? document_bytes_max : spool_line_bytes_max;
  for (;;) {
    if (pending().size() < chunk_bytes && fill()) continue;
    if (pending().empty()) return std::nullopt;
    // The rest of a file that is still being written may be half a line.
    const bool complete = at_end_ && !input_->has_changed();
    const std::size_t whole = complete ? pending().size() : whole_bytes();
    if (whole > 0) return give(whole, std::move(next_buffer));
    if (at_end_) return std::nullopt;
    if (pending().size() > pending_max) return give_cut_line(std::move(next_buffer));
    fill();
  }
}

std::string ChunkReader::prefix_hash() const {
  return format_hash(XXH3_128bits_digest(hash_.get()));
}

ContentId identify_content(InputStream& input) {
  return identify_prefix(input, std::numeric_limits<std::int64_t>::max());
}

ContentId identify_prefix(InputStream& input, std::int64_t bytes) {
  const auto length = static_cast<std::size_t>(input.length().value_or(chunk_bytes));
  std::vector<char> buffer(std::clamp<std::size_t>(length, 1, chunk_bytes / 4));
  const std::unique_ptr<XXH3_state_s, void (*)(XXH3_state_s*)> hash(
      XXH3_createState(), [](XXH3_state_s* state) { XXH3_freeState(state); });
  XXH3_128bits_reset(hash.get());
  ContentId content;
  while (content.bytes < bytes) {
    const auto wanted = std::min(static_cast<std::int64_t>(buffer.size()), bytes - content.bytes);
    const std::size_t got = input.read(buffer.data(), static_cast<std::size_t>(wanted));
    if (got == 0) break;
    XXH3_128bits_update(hash.get(), buffer.data(), got);
    content.bytes += static_cast<std::int64_t>(got);
  }
  content.hash = format_hash(XXH3_128bits_digest(hash.get()));
  return content;
}

}  // namespace costd
