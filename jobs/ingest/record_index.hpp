#pragma once
// De-duplication: which record ids of a source are known, and whether a repeat says the same.

#include <list>
#include <set>
#include <unordered_map>
#include <vector>

#include "jobs/ingest/series_catalog.hpp"
#include "ledger/store/usage_blocks.hpp"
#include "ledger/token_usage.hpp"

namespace costd {

enum class Verdict { is_new, duplicate, conflict };

/// Exact: a fingerprint is only a hint, the stored id and content decide. Ids are looked for among
/// the records of the same UTC day, loaded from the blocks when a day is first touched.
class RecordIndex {
 public:
  RecordIndex(Database& database, SourceId source, const SeriesCatalog& catalog)
      : database_(database), source_(source), catalog_(catalog) {}

  /// Judges the record against the stored ones and against `pending`, which is not stored yet.
  Verdict judge(const UsageRecord& record, const std::vector<UsageRecord>& pending);
  /// Notes that the judged record is now pending at the index.
  void add_pending(const UsageRecord& record, std::size_t index);
  /// Notes that all pending records were stored in the block.
  void pending_stored(BlockId block);

 private:
  using Fingerprint = std::size_t;
  struct OpenBlock {
    BlockId id = 0;
    UsageBlock block;
    std::unordered_map<std::string, std::size_t> rows;
  };
  static constexpr BlockId pending_block = 0;
  static constexpr std::size_t open_blocks_max = 4;

  void load_day_of(Instant at);
  const OpenBlock& open(BlockId id);
  bool same_content(const UsageRecord& record, const OpenBlock& open, std::size_t row) const;

  Database& database_;
  SourceId source_;
  const SeriesCatalog& catalog_;
  std::unordered_multimap<Fingerprint, BlockId> blocks_by_id_;
  std::unordered_map<std::string, std::size_t> pending_;
  std::set<std::chrono::sys_days> loaded_days_;
  std::set<BlockId> loaded_blocks_;
  std::list<OpenBlock> open_blocks_;  ///< most recently used first
};

}  // namespace costd
