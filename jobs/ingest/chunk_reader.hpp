#pragma once
// Cuts an input stream into chunks of whole lines, and knows its bytes by their hash.

#include <memory>
#include <optional>
#include <string>

#include "jobs/ingest/chunk.hpp"
#include "jobs/ingest/input_stream.hpp"

struct XXH3_state_s;

namespace costd {

/// Text of a chunk, unless one line alone is longer.
inline constexpr std::size_t chunk_bytes = 2 << 20;

/// A document may be longer than a line.
inline constexpr std::size_t document_bytes_max = 64 << 20;

/// What a chunk may end with.
enum class Framing {
  lines,
  documents,  ///< whole JSON documents, which may span lines
};

class ChunkReader {
 public:
  explicit ChunkReader(std::unique_ptr<InputStream> input);
  ~ChunkReader();

  Framing framing() const { return framing_; }
  /// Before the first chunk: what the chunks are made of.
  void set_framing(Framing framing) { framing_ = framing; }

  /// The first bytes, without taking them: up to 64 KiB.
  std::string_view peek();
  /// Takes what some programs write in front of UTF-8, if it is there.
  void skip_byte_order_mark();
  /// Takes the first line, without its end; nothing if the file is empty.
  std::optional<std::string> take_line();
  /// Takes everything up to the offset, which is where a chunk began.
  void skip_to(std::int64_t offset);
  /// The next chunk, in the buffer of a spent one; nothing at the end. A last line without a line
  /// end is a line.
  std::optional<Chunk> next(LargeVector<char> buffer = {});

  /// Hash of all bytes that were given out: "xxh3:" and the 32 hex digits of XXH3-128, as xxhsum
  /// prints it. It tells files apart; whoever can make two files alike could as well not send one.
  std::string prefix_hash() const;
  std::int64_t offset() const { return offset_; }
  std::int64_t consumed() const { return input_->consumed(); }
  const InputStream& input() const { return *input_; }

 private:
  bool fill();
  std::size_t room_for_rest() const;
  std::string_view pending() const { return {buffer_.data() + begin_, end_ - begin_}; }
  std::size_t whole_bytes() const;
  Chunk give(std::size_t whole, LargeVector<char> next_buffer);
  Chunk give_cut_line(LargeVector<char> next_buffer);
  void drop(std::size_t bytes);

  std::unique_ptr<InputStream> input_;
  Framing framing_ = Framing::lines;
  std::unique_ptr<XXH3_state_s, void (*)(XXH3_state_s*)> hash_;
  LargeVector<char> buffer_;  ///< [begin_, end_) is read and not given out yet
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::int64_t offset_ = 0;
  bool at_end_ = false;
};

/// Hash and length of a whole input, as a ChunkReader at its end would say.
struct ContentId {
  std::string hash;
  std::int64_t bytes = 0;  ///< decompressed
  friend auto operator<=>(const ContentId&, const ContentId&) = default;
};
ContentId identify_content(InputStream& input);
/// The same of the first `bytes` of an input, or of all of it if it is shorter.
ContentId identify_prefix(InputStream& input, std::int64_t bytes);

}  // namespace costd
