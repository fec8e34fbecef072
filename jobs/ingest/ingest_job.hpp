#pragma once
// Takes the files of the spools into the ledger: each record once, each refused line with a reason.

#include "jobs/ingest/record_reader.hpp"
#include "jobs/job.hpp"

namespace costd {

struct SpoolSource {
  std::string name;
  std::string path;
  std::string format = "auto";  ///< auto, or a name that parse_record_format knows
  CsvMapping csv;
};

struct IngestOptions {
  std::vector<SpoolSource> sources;
  std::vector<std::string> dimensions;
  std::string key_secret;
};

/// Files whose names begin with '.' or end in .tmp or .part are left alone: they are still being
/// written. Finished files move to done/, files that cannot be read to quarantine/, both beside
/// the spool's files. Counts: files, records, duplicates, quarantined (lines, conflicts
/// among them), conflicts, duplicateFiles, quarantinedFiles.
std::unique_ptr<Job> make_ingest_job(IngestOptions options);

}  // namespace costd
