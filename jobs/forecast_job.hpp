#pragma once
// Recomputes the forecasts: the published run rate, and beside it the weekday-aware estimate.

#include <optional>
#include <string>
#include <vector>

#include "jobs/job.hpp"
#include "ledger/store/forecast_store.hpp"
#include "ledger/time/calendar.hpp"

namespace costd {

/// The days whose charges count for forecasts as of that day.
DayRange forecast_history(Day as_of);

/// Forecasts of the groups of a grouping (CostGrouping flags) as of a complete day, of one tenant
/// if it is given; nothing is stored. For a day of which the job has made none.
std::vector<StoredForecast> work_out_forecasts(Connection& connection,
                                               const std::optional<std::string>& tenant,
                                               unsigned grouping, Day as_of);

/// Forecasts for the total, and by tenant, model, provider, and tenant and model; as of the `asOf`
/// parameter, else of the last complete day. Only series whose history changed are computed again,
/// and where no charge changed nothing is read. Counts: forecasts; of them recomputed.
std::unique_ptr<Job> make_forecast_job();

}  // namespace costd
