#pragma once
// Daily usage times price book = daily charges, for the days that changed.

#include "jobs/job.hpp"

namespace costd {

/// Counts: days, rows, unpricedRequests, outOfRangeRequests.
std::unique_ptr<Job> make_rollup_job();

}  // namespace costd
