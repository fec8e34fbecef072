#pragma once
// The days a run is about, from its parameters.

#include <optional>

#include "jobs/job.hpp"
#include "ledger/time/calendar.hpp"

namespace costd {

/// From `period` (a month, "2026-10") or `from` and `to` (dates, to exclusive); nothing if the run
/// names none. Throws Error(usage) naming the parameter and the remedy.
std::optional<DayRange> period_of(const JobContext& context);

/// The `asOf` parameter (a complete day); throws Error(usage) if it is no date.
std::optional<Day> as_of_day(const JobContext& context);

}  // namespace costd
