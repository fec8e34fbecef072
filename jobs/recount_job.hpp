#pragma once
// Derives the rollup tables again from the raw records and the prices, and says where they differ.

#include "jobs/job.hpp"

namespace costd {

/// Sums the usage blocks as the ingest does and rates the result as the rollup does: by the live
/// prices in open months, by the entry that the charge names in closed ones. It changes nothing.
/// Parameters: period, or from and to (local days); else all days there are.
///
/// Every difference is a line of the run's log, up to 100 of them. If there is any, the job throws
/// Error(data) after it has looked at everything. Which month usage is booked in does not follow
/// from records: usage is compared summed over those months, and each of its stored rows is rated.
///
/// Counts: days, records, usageRows, charges (looked at); daysUnrated, whose charges wait for the
/// rollup and are not compared; daysWithoutRecords, of which the retention has removed records:
/// what was recorded may there be more than what is left, and charges are compared as everywhere.
std::unique_ptr<Job> make_recount_job();

}  // namespace costd
