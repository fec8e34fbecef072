#pragma once
// Daily usage times price book = daily charges, for the days that changed.

#include "jobs/alerts/alert_desk.hpp"
#include "jobs/job.hpp"

namespace costd {

/// Tells `alerts` of models without a price, once in each episode; null = nobody. Counts: days,
/// rows, unpricedRequests, outOfRangeRequests.
std::unique_ptr<Job> make_rollup_job(AlertDesk* alerts = nullptr);

}  // namespace costd
