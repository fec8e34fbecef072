#pragma once
// The table of usage blocks: raw records, written once, read by time and by series.

#include <optional>
#include <vector>

#include "ledger/store/block_codec.hpp"

namespace costd {

class Connection;
class UnitOfWork;

using BlockId = std::int64_t;
using SourceId = std::int64_t;

/// What is known of a block without decoding it. `last_at` is inclusive.
struct BlockHead {
  BlockId id = 0;
  SourceId source = 0;
  std::int64_t records = 0;
  Instant first_at;
  Instant last_at;
};

BlockId store_usage_block(UnitOfWork& unit, SourceId source, std::int64_t file_id,
                          std::vector<BlockRecord> records);

/// Blocks that hold records in [from, to), newest last_at first. A source of 0 means every source.
std::vector<BlockHead> load_block_heads(Connection& connection, Instant from, Instant to,
                                        SourceId source = 0);

/// One decoded block; only the columns that were asked for are filled.
struct UsageBlock {
  std::vector<SeriesRun> directory;
  std::vector<Instant> times;
  std::vector<TokenCounts> counts;
  BlockLabels labels;
  std::vector<std::string> record_ids;
};
enum BlockColumns : unsigned {
  directory_column = 1,
  times_column = 2,
  counts_column = 4,
  labels_column = 8,
  record_ids_column = 16,
  all_columns = 31,
};
/// Throws Error(not_found) if there is no such block, Error(data) if it is damaged or of a newer
/// codec.
UsageBlock load_usage_block(Connection& connection, BlockId id, unsigned columns);

}  // namespace costd
