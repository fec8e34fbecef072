#pragma once
// Closes a month for the tenants whose figures for it are complete.

#include "jobs/job.hpp"
#include "jobs/period_standing.hpp"

namespace costd {

/// Closes the month of the run's period, else the previous one, for each tenant with usage in it
/// (or the run's `tenant`) where every gate is open or waived, with its figures frozen; some
/// tenants in one transaction. Where tenants stay open it says why, and the run is unfinished; once
/// the grace time of any of them is over, an alert says so, too. Counts: closed, open.
std::unique_ptr<Job> make_close_job(CloseOptions options);

}  // namespace costd
