#pragma once
// The table of usage blocks: raw records of one source and one UTC day each, written once, read by
// time and by series.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "ledger/store/block_codec.hpp"

namespace costd {

class Connection;
class UnitOfWork;

using BlockId = std::int64_t;
using SourceId = std::int64_t;

/// The UTC day that blocks go by, in days since 1970-01-01.
using BlockDay = int;
inline BlockDay block_day_of(Instant at) {
  return static_cast<BlockDay>(
      std::chrono::floor<std::chrono::days>(at).time_since_epoch().count());
}

/// What is known of a block without decoding it. `last_at` is inclusive.
struct BlockHead {
  BlockId id = 0;
  SourceId source = 0;
  BlockDay day = 0;
  std::int64_t records = 0;
  Instant first_at;
  Instant last_at;
};

/// A block ready to be stored.
struct UsageBlock {
  BlockHead head;  ///< the id is given when it is stored
  EncodedBlock columns;
};
/// Encodes sorted records of one UTC day, in the memory of spent columns, if there are any.
UsageBlock make_usage_block(SourceId source, std::span<const BlockRecord> sorted,
                            const RecordTexts& texts, EncodedBlock spent = {});
BlockId store_usage_block(UnitOfWork& unit, const UsageBlock& block);
void delete_usage_block(UnitOfWork& unit, BlockId id);

/// Which blocks; what is not set does not restrict.
struct BlockFilter {
  Instant from = Instant::min();  ///< inclusive
  Instant to = Instant::max();    ///< exclusive
  SourceId source = 0;            ///< 0 = every source
};
/// Blocks that hold records in [from, to), newest last_at first.
std::vector<BlockHead> load_block_heads(Connection& connection, const BlockFilter& filter = {});
/// Blocks of one source and UTC day, in the order they were stored.
std::vector<BlockHead> load_block_heads(Connection& connection, SourceId source, BlockDay day);

/// [from, to).
struct BlockDayRange {
  BlockDay from = 0;
  BlockDay to = 0;
};
/// Blocks of every source by UTC day, those of one day in the order they were stored.
std::vector<BlockHead> load_block_heads(Connection& connection, const BlockDayRange& days);
/// How many records there are of each UTC day that has any.
std::map<BlockDay, std::int64_t> count_records_by_day(Connection& connection);
/// The oldest UTC day with records; nothing if there is none.
std::optional<BlockDay> find_first_block_day(Connection& connection);

/// Bytes of one column, with which the packed columns stay valid wherever they are moved.
using ColumnBytes = std::unique_ptr<const std::string>;
struct BlockTimes {
  ColumnBytes bytes;
  PackedIntegers micros;
  Instant operator[](std::size_t row) const { return from_micros(micros[row]); }
};
struct BlockCounts {
  ColumnBytes bytes;
  std::optional<PackedCounts> packed;
  const PackedCounts* operator->() const { return &*packed; }
};
// Each throws Error(not_found) if there is no such block, Error(data) if it is damaged or of a
// newer codec.
std::vector<SeriesRun> load_directory(Connection& connection, const BlockHead& head);
BlockTimes load_times(Connection& connection, const BlockHead& head);
BlockCounts load_counts(Connection& connection, const BlockHead& head);
BlockLabels load_labels(Connection& connection, const BlockHead& head);
RecordIds load_record_ids(Connection& connection, const BlockHead& head);

/// What sums need of a block: neither ids nor labels are read.
struct CountedBlock {
  std::vector<SeriesRun> directory;
  BlockTimes times;
  BlockCounts counts;
};
CountedBlock load_counted_block(Connection& connection, const BlockHead& head);

/// The whole block as records again, in the block's order; `texts` gains what they refer to.
std::vector<BlockRecord> load_records(Connection& connection, const BlockHead& head,
                                      RecordTexts& texts);

/// Merges the small blocks of a source and day into larger ones, where enough have gathered: drops
/// of a few records each do not stay blocks of a few records each. Gives how many blocks were
/// merged away.
std::int64_t compact_usage_blocks(UnitOfWork& unit, SourceId source, BlockDay day);

/// Removes the records of a block but those of the series that `keep` names: deletes the block, or
/// stores a smaller one in its place. Gives how many records were removed.
std::int64_t remove_records(UnitOfWork& unit, const BlockHead& head,
                            const std::function<bool(SeriesId)>& keep);

}  // namespace costd
