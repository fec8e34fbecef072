#pragma once
// Decides what becomes of parsed lines, in the order of the input, and fills batches with it.

#include <memory>
#include <vector>

#include "jobs/ingest/record_index.hpp"
#include "jobs/ingest/spool_file.hpp"
#include "jobs/ingest/usage_batch.hpp"
#include "ledger/store/removed_days.hpp"

namespace costd {

/// A batch that gains nothing more, and the files whose last record is in it.
struct FilledBatch {
  FilledBatch(const SeriesCatalog& catalog, const BillingZones& zones, SpentBlocks& spent)
      : batch(catalog, zones, spent) {}
  UsageBatch batch;
  std::vector<SpoolFile*> finished;
};
using FilledBatches = std::vector<std::shared_ptr<const FilledBatch>>;

/// For one thread at a time.
class RecordIntake {
 public:
  RecordIntake(Database& database, RecordIndex& index, const SeriesCatalog& catalog,
               const BillingZones& zones, SpentBlocks& spent, Instant as_of);

  /// Takes the chunk's new records and counts or quarantines the others. `waiting` are the batches
  /// that may not be stored yet.
  void take(SpoolFile& file, ParsedChunk& parsed, const FilledBatches& waiting);
  /// The file has no more chunks.
  void finish(SpoolFile& file);

  bool is_full() const { return filling_->batch.is_full(); }
  bool is_empty() const { return filling_->batch.is_empty() && filling_->finished.empty(); }
  /// The batch as filled so far; a new one is begun.
  std::shared_ptr<FilledBatch> close();

 private:
  void name_nameless(SpoolFile& file, ParsedChunk& parsed) const;
  void take_records(SpoolFile& file, const ParsedChunk& parsed, const FilledBatches& waiting,
                    FileCounts& counts);
  BatchLine line_at(const SpoolFile& file, const ParsedChunk& parsed, const LinePlace& place) const;

  Database& database_;
  RecordIndex& index_;
  const SeriesCatalog& catalog_;
  const BillingZones& zones_;
  SpentBlocks& spent_;
  Instant as_of_;
  LastRemovedDays last_removed_;
  std::shared_ptr<FilledBatch> filling_;
};

}  // namespace costd
