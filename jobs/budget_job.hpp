#pragma once
// How much of each budget cap is used in its current period.

#include "jobs/job.hpp"

namespace costd {

/// As of the `asOf` parameter, else of today in the cap's zone. Counts: budgets, amber, red.
std::unique_ptr<Job> make_budget_job();

}  // namespace costd
