#pragma once
// Removes what is older than a site keeps: raw records, the history of runs, archived spool files.

#include <chrono>
#include <optional>

#include "jobs/job.hpp"

namespace costd {

/// What is not set is kept for ever.
struct RetentionOptions {
  std::optional<std::chrono::days> records;
  std::optional<std::chrono::days> runs;
  std::optional<std::chrono::days> spool;
  std::vector<std::string> spools;  ///< folders of the sources
};

/// Raw records go by UTC day. A day's records are removed when
///  - the day is more than `records` days before the run's, and
///  - it lies in no month that is still open for a tenant with usage in it and has days that wait
///  for
///    the rollup; the UTC day before and after count as well, for tenants in other zones.
/// Records of tenants under legal hold (`is_on_hold`) stay: their blocks are rewritten without the
/// others'. Rollups, charges, closed months and reports stay, so no figure changes.
///
/// Runs go when they have ended and were queued more than `runs` days ago; files in done/ and
/// quarantine/ of a source when they were last written to more than `spool` days ago.
///
/// Each transaction removes what it can within 250 ms and says so in an audit event of its own,
/// `retention.remove`: the kind, how much, first and last day.
/// Counts: recordsRemoved, blocksRemoved, runsRemoved, filesRemoved; daysWaiting (UTC days that are
/// old enough and wait for the rollup), recordsHeld.
std::unique_ptr<Job> make_retention_job(RetentionOptions options);

}  // namespace costd
