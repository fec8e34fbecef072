#pragma once
// Takes the files of the spools into the ledger: each record once, each refused line with a reason.

#include <chrono>

#include "jobs/alerts/alert_desk.hpp"
#include "jobs/ingest/audit_intake.hpp"
#include "jobs/ingest/record_reader.hpp"
#include "jobs/job.hpp"

namespace costd {

struct SpoolSource {
  std::string name;
  std::string path;
  std::string format = "auto";  ///< a name of record formats, or auto
  CsvMapping csv;
  /// Files that were written to more recently are left alone; zero = names alone tell.
  std::chrono::seconds settle{0};
};

struct IngestOptions {
  std::vector<SpoolSource> sources;
  std::vector<std::string> dimensions;
  std::string key_secret;
  /// A record's id is compared with those of its source on its own UTC day and on this many days
  /// before and after it. Beyond, the same id is another record.
  int horizon_days = 1;
  std::vector<AuditSource> audit_logs{};
};

/// Files whose names begin with '.' or end in .tmp or .part are left alone: they are still being
/// written. Finished files move to done/, files that cannot be read to quarantine/, both beside
/// the spool's files. Counts: files, records, duplicates, quarantined (lines, conflicts among
/// them), conflicts, clamped, unchecked (of days whose records the retention has removed, so that
/// nobody knows whether they are repeats), duplicateFiles, quarantinedFiles, filesStillWritten.
/// Audit logs come after them (see audit_intake.hpp).
/// Tells `alerts` of each file with refused lines; null = nobody.
std::unique_ptr<Job> make_ingest_job(IngestOptions options, AlertDesk* alerts = nullptr);

}  // namespace costd
