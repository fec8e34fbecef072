#pragma once
// Pieces of an input file: some megabytes of whole lines, before and after they were read.

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "jobs/ingest/line.hpp"
#include "jobs/ingest/usage_fields.hpp"
#include "ledger/store/block_codec.hpp"

namespace costd {

/// Whole lines of one file, in the order of the file.
struct Chunk {
  LargeVector<char> bytes;       ///< the text, line_padding_bytes zero bytes, and unused ones
  std::size_t length = 0;        ///< of the text
  std::int64_t offset = 0;       ///< of the first byte, in decompressed bytes
  std::int64_t next_offset = 0;  ///< of the first byte behind the chunk
  std::string prefix_hash;       ///< of the file's bytes up to next_offset
  bool cut_line = false;         ///< the text is only the beginning of one line that is too long
  std::string_view text() const { return {bytes.data(), length}; }
};

/// The gateway's counts are 32-bit; sums that did not fit stand at the largest one.
inline bool is_clamped(const TokenCounts& tokens) {
  constexpr std::int64_t limit = std::numeric_limits<std::int32_t>::max();
  return tokens.input() == limit || tokens.output == limit || tokens.total == limit;
}

/// Where a line stands in its chunk.
struct LinePlace {
  std::uint32_t number = 0;  ///< 1-based
  std::uint32_t begin = 0;
  std::uint32_t length = 0;  ///< without the line end
};

struct RejectedLine {
  LinePlace place;
  Rejection rejection;
};

/// What a chunk's lines hold.
struct ParsedChunk {
  Chunk chunk;
  std::uint32_t lines = 0;
  BlockRecords records;
  std::vector<LinePlace> places;  ///< one a record
  RecordTexts texts;              ///< what the records refer to
  std::vector<RejectedLine> rejected;

  /// Empties all but the chunk and keeps the room.
  void clear();
};

inline void ParsedChunk::clear() {
  lines = 0;
  records.clear();
  places.clear();
  texts.ids.clear();
  texts.labels.clear();
  rejected.clear();
}

}  // namespace costd
