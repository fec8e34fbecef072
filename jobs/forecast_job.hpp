#pragma once
// Recomputes the published 7-day trailing forecasts.

#include <optional>

#include "jobs/job.hpp"
#include "ledger/store/cost_summary.hpp"
#include "ledger/store/forecast_store.hpp"

namespace costd {

/// Forecasts of all groups of the grouping, as of a complete day.
std::vector<StoredForecast> forecast_groups(Connection& connection, const CostFilter& scope,
                                            unsigned grouping, Day as_of);

/// Forecasts for the total, and by tenant, model, provider, and tenant and model; as of the `asOf`
/// parameter, else of the last complete day. Counts: forecasts.
std::unique_ptr<Job> make_forecast_job();

}  // namespace costd
