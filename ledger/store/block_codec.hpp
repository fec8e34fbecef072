#pragma once
// Usage blocks: some ten thousand records as compressed columns, sorted by series. Pure: no I/O.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "ledger/daily_usage.hpp"
#include "ledger/token_usage.hpp"

namespace costd {

/// Version byte stored with each block; a reader refuses what it does not know.
inline constexpr int block_codec_version = 1;
/// Records a block holds at most.
inline constexpr std::size_t block_records_max = 65'536;

/// A record as the block keeps it: the series as its id, everything else as it came.
struct BlockRecord {
  SeriesId series = 0;
  Instant at;
  TokenCounts tokens;
  Origin origin = Origin::exact;
  std::string record_id;
  std::string tags;
  std::string credential_fingerprint;
};

/// The columns of a block. Readers fetch and decode only those they need.
struct EncodedBlock {
  std::string directory;   ///< series and their runs
  std::string times;
  std::string counts;
  std::string labels;      ///< origin, tags, credential fingerprints
  std::string record_ids;
};

struct SeriesRun {
  SeriesId series = 0;
  std::size_t first = 0;
  std::size_t count = 0;
};

struct BlockLabels {
  std::vector<Origin> origins;
  std::vector<std::string> tags;
  std::vector<std::string> credential_fingerprints;
};

/// Sorts the records by series, then time, and encodes them. At least one, at most
/// block_records_max.
EncodedBlock encode_block(std::vector<BlockRecord> records);

// Each throws Error(data) if the bytes are not such a column.
std::vector<SeriesRun> decode_directory(std::string_view bytes);
std::vector<Instant> decode_times(std::string_view bytes);
std::vector<TokenCounts> decode_counts(std::string_view bytes);
BlockLabels decode_labels(std::string_view bytes);
std::vector<std::string> decode_record_ids(std::string_view bytes);

}  // namespace costd
