#pragma once
// A text as an input stream, and its chunks.

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>

#include "jobs/ingest/chunk_reader.hpp"

namespace costd::test {

/// Text handed out in pieces of at most `step` bytes. `has_changed`, if given, says whether it is
/// still being written to.
class TextStream : public InputStream {
 public:
  explicit TextStream(std::string text, std::size_t step = std::size_t{1} << 18,
                      std::shared_ptr<const bool> has_changed = nullptr)
      : text_(std::move(text)), step_(step), has_changed_(std::move(has_changed)) {}
  std::size_t read(char* buffer, std::size_t capacity) override {
    const std::size_t got = std::min({capacity, step_, text_.size() - at_});
    std::memcpy(buffer, text_.data() + at_, got);
    at_ += got;
    return got;
  }
  std::int64_t consumed() const override { return static_cast<std::int64_t>(at_); }
  std::optional<std::int64_t> length() const override {
    return static_cast<std::int64_t>(text_.size());
  }
  bool has_changed() const override { return has_changed_ != nullptr && *has_changed_; }

 private:
  std::string text_;
  std::size_t step_;
  std::shared_ptr<const bool> has_changed_;
  std::size_t at_ = 0;
};

inline ChunkReader chunk_reader_of(const std::string& text,
                                   std::size_t step = std::size_t{1} << 18) {
  return ChunkReader(std::make_unique<TextStream>(text, step));
}

/// The text as one chunk, as a ChunkReader gives it: with nothing but zero bytes behind it.
inline Chunk chunk_of(const std::string& text, std::int64_t offset = 0) {
  Chunk chunk;
  chunk.bytes.assign(text.begin(), text.end());
  chunk.bytes.resize(text.size() + line_padding_bytes, '\0');
  chunk.length = text.size();
  chunk.offset = offset;
  chunk.next_offset = offset + static_cast<std::int64_t>(text.size());
  return chunk;
}

}  // namespace costd::test
