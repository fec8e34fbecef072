#pragma once
// Recomputes the forecasts: the published run rate, and beside it the weekday-aware estimate.

#include "jobs/job.hpp"
#include "ledger/time/calendar.hpp"

namespace costd {

/// The days whose charges count for forecasts as of that day.
DayRange forecast_history(Day as_of);

/// Forecasts for the total, and by tenant, model, provider, and tenant and model; as of the `asOf`
/// parameter, else of the last complete day. Only series whose history changed are computed again,
/// and where no charge changed nothing is read. Counts: forecasts; of them recomputed.
std::unique_ptr<Job> make_forecast_job();

}  // namespace costd
