#pragma once
// One spool file from its first byte to done/ or quarantine/, resumable at the last commit.

#include "jobs/ingest/ingest_job.hpp"
#include "jobs/ingest/spool_folder.hpp"
#include "ledger/billing_zones.hpp"
#include "ledger/store/file_ledger.hpp"

namespace costd {

struct SpoolFileReport {
  FileCounts counts;      ///< of this run
  bool was_known = false; ///< the same content was taken in before; nothing was counted again
  std::string refusal;    ///< why the file as a whole was put into quarantine/
};

/// Commits in batches and moves the file when the last one is durable. `progress` counts the bytes
/// of the files before this one. Throws Error(cancelled) between batches.
SpoolFileReport ingest_spool_file(JobContext& context, const BillingZones& zones,
                                  const SpoolSource& source, const RecordRules& rules,
                                  const SpoolEntry& entry, const RunProgress& progress);

}  // namespace costd
