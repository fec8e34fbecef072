#pragma once
// One transaction of an ingest: blocks, daily usage, refused lines, tallies, progress of files.

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "jobs/ingest/chunk_parser.hpp"
#include "jobs/ingest/record_index.hpp"
#include "jobs/ingest/series_catalog.hpp"
#include "jobs/ingest/spent_buffers.hpp"
#include "jobs/usage_rollup.hpp"
#include "ledger/billing_zones.hpp"
#include "ledger/store/file_ledger.hpp"
#include "ledger/store/tenant_store.hpp"
#include "ledger/store/usage_blocks.hpp"

namespace costd {

/// Records of one source and UTC day, at most as many as a block may hold.
struct OpenBlock {
  SourceId source = 0;
  BlockRecords records;
  LargeVector<std::uint64_t> fingerprints;  ///< of the records' ids
  UsageBlock encoded;                       ///< filled by UsageBatch::encode
  UsageRollup rollup;
};

/// The row of a file in the ledger; 0 until a batch with something of the file was committed.
using FileRow = std::shared_ptr<std::int64_t>;
struct BatchFile {
  FileRow id;
  LedgerFile progress;
};
struct BatchLine {
  FileRow file;
  QuarantinedLine line;
};

/// Memory that blocks leave behind for the next ones.
struct SpentBlocks {
  SpentBuffers<BlockRecords> records;
  SpentBuffers<LargeVector<std::uint64_t>> fingerprints;
  SpentBuffers<EncodedBlock> columns;
};

/// Filled by one thread, in the order of the input; then its blocks are encoded, by any threads;
/// then it is committed.
class UsageBatch {
 public:
  UsageBatch(const SeriesCatalog& catalog, const BillingZones& zones, SpentBlocks& spent)
      : catalog_(catalog), zones_(zones), spent_(spent) {}
  ~UsageBatch();
  UsageBatch(const UsageBatch&) = delete;
  UsageBatch& operator=(const UsageBatch&) = delete;

  /// Says what the texts of the records that follow are.
  void begin_chunk(SourceId source, const RecordTexts& texts);
  void add(const BlockRecord& record, std::uint64_t fingerprint);
  void count_clamped() { ++clamped_; }
  void count_duplicate(const BlockRecord& record, FileCounts& counts);
  void quarantine_conflict(const BlockRecord& record, const RecordTexts& texts, BatchLine line,
                           FileCounts& counts);
  void reject(const Rejection& rejection, BatchLine line, FileCounts& counts);
  /// How far the batch has taken the file; the last call for a file holds.
  void set_progress(const BatchFile& file) { files_[file.id] = file.progress; }

  bool is_full() const;
  bool is_empty() const { return files_.empty() && quarantined_.empty() && blocks_.empty(); }
  const RecordTexts& texts() const { return texts_; }
  std::deque<OpenBlock>& blocks() { return blocks_; }
  const std::deque<OpenBlock>& blocks() const { return blocks_; }
  std::int64_t records() const { return records_; }

  /// Sorts, encodes and sums one block of this batch.
  void encode(OpenBlock& block) const;
  /// Adds the fingerprints of its records of one source and UTC day.
  void add_fingerprints(SourceId source, BlockDay day, FingerprintSet& fingerprints) const;
  /// Merges small blocks of the days it has touched; after it was committed.
  void compact(Database& database) const;
  /// Stores everything in one transaction. Throws Error(database); then nothing has happened.
  void commit(Database& database, Instant now);

 private:
  OpenBlock& block_for(BlockDay day);
  /// In calls, so that what was accepted is what the daily rows count as requests.
  void tally(std::optional<Day> day, const std::string& tenant, IngestOutcome outcome,
             std::int64_t calls);
  std::uint32_t label_number(std::uint32_t chunk_label);
  void store_usage(UnitOfWork& unit, const ClosedPeriods& closed);

  const SeriesCatalog& catalog_;
  const BillingZones& zones_;
  SpentBlocks& spent_;
  RecordTexts texts_;
  TextTable label_table_;
  SourceId chunk_source_ = 0;
  const RecordTexts* chunk_texts_ = nullptr;
  std::vector<std::uint32_t> chunk_labels_;  ///< the batch's number of each of the chunk's labels

  std::deque<OpenBlock> blocks_;
  std::map<std::pair<SourceId, BlockDay>, OpenBlock*> filling_;
  OpenBlock* last_ = nullptr;
  BlockDay last_day_ = 0;
  std::int64_t records_ = 0;
  std::int64_t clamped_ = 0;
  std::vector<BatchLine> quarantined_;
  std::map<std::tuple<std::optional<Day>, std::string, IngestOutcome>, std::int64_t> tallies_;
  std::map<FileRow, LedgerFile> files_;
  std::size_t label_bytes_ = 0;
};

}  // namespace costd
