#pragma once
// Usage blocks: some ten thousand records of one UTC day as columns, sorted by series and time.
// Pure: no I/O.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "ledger/daily_usage.hpp"
#include "ledger/store/column_codec.hpp"
#include "ledger/store/large_vector.hpp"
#include "ledger/token_usage.hpp"

namespace costd {

/// Version byte stored with each block; a reader refuses what it does not know.
inline constexpr int block_codec_version = 2;
/// Records a block holds at most.
inline constexpr std::size_t block_records_max = 65'536;

/// A record as the block keeps it: series as its id, long texts by their place in RecordTexts.
struct BlockRecord {
  Instant at;
  SeriesId series = 0;
  TokenCounts tokens;
  std::int64_t requests = 1;
  RecordId id;              ///< a UUID, or in `high` the place in RecordTexts::ids
  std::uint32_t label = 0;  ///< place in RecordTexts::labels
  Origin origin = Origin::exact;
  std::uint8_t stated_band = 0;  ///< 0 = not stated, else the band + 1
  bool has_text_id = false;      ///< the id is no UUID
};
ContextBand band_of(const BlockRecord& record);
using BlockRecords = LargeVector<BlockRecord>;

/// What few records have of their own: written once, referred to by number.
struct RecordLabel {
  std::string tags;                    ///< canonical JSON object, "" for none
  std::string credential_fingerprint;  ///< "" where the source wrote null
  friend bool operator==(const RecordLabel&, const RecordLabel&) = default;
};
struct RecordTexts {
  std::vector<std::string> ids;
  std::vector<RecordLabel> labels;
};
std::string id_text(const BlockRecord& record, const RecordTexts& texts);

/// The columns of a block. Readers fetch and decode only those they need.
struct EncodedBlock {
  std::string directory;  ///< series and their runs
  std::string times;
  std::string counts;  ///< tokens, requests, bands, origins
  std::string labels;  ///< tags, credential fingerprints
  std::string record_ids;
};

struct SeriesRun {
  SeriesId series = 0;
  std::size_t first = 0;
  std::size_t count = 0;
};

/// A copy sorted by series, then time, then id; in a spent vector, if one is given.
BlockRecords sort_records(std::span<const BlockRecord> records, const RecordTexts& texts,
                          BlockRecords spent = {});
/// `records` are sorted: at least one, at most block_records_max. The columns are written into the
/// memory of a spent block, if one is given.
EncodedBlock encode_block(std::span<const BlockRecord> records, const RecordTexts& texts,
                          EncodedBlock spent = {});

// Each throws Error(data) if the bytes are not such a column. Views are valid while the bytes are.
std::vector<SeriesRun> decode_directory(std::string_view bytes);
PackedIntegers decode_times(std::string_view bytes);  ///< microseconds

/// Token counts and the small columns beside them, still packed.
class PackedCounts {
 public:
  explicit PackedCounts(std::string_view bytes);
  std::size_t size() const { return origin_.size(); }
  /// Throws Error(data) for counts that no record can have.
  TokenCounts tokens(std::size_t row) const;
  std::int64_t requests(std::size_t row) const { return requests_[row]; }
  std::uint8_t stated_band(std::size_t row) const;
  Origin origin(std::size_t row) const;

 private:
  std::vector<PackedIntegers> classes_;  ///< in the order of the codec's count columns
  PackedIntegers difference_;            ///< of the upstream's total to input + output
  PackedIntegers requests_;
  PackedIntegers stated_band_;
  PackedIntegers origin_;
};

/// Ids of a block: UUIDs as 16 bytes, or texts.
struct RecordIds {
  std::vector<RecordId> uuids;
  std::vector<std::string> texts;
  std::size_t size() const { return uuids.size() + texts.size(); }
  std::string text(std::size_t row) const {
    return texts.empty() ? format_uuid(uuids[row]) : texts[row];
  }
};
RecordIds decode_record_ids(std::string_view bytes);

/// Labels of a block, one a row.
struct BlockLabels {
  std::vector<RecordLabel> distinct;
  std::vector<std::uint32_t> rows;
  const RecordLabel& operator[](std::size_t row) const { return distinct[rows[row]]; }
};
BlockLabels decode_labels(std::string_view bytes);

}  // namespace costd
