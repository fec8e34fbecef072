#pragma once
// Closes a month for the tenants whose figures for it are complete.

#include <chrono>

#include "jobs/job.hpp"

namespace costd {

/// Closes the month of the run's period, else the previous one, tenant by tenant, when the month
/// has been over for `grace` in the tenant's zone, all its usage is rated, and none of it is
/// unpriced or quarantined. Says why where it does not. Counts: closed, open.
std::unique_ptr<Job> make_close_job(std::chrono::hours grace);

}  // namespace costd
