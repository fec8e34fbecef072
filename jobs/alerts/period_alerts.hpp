#pragma once
// The alert about a month that is due and cannot be closed: one for each set of obstacles.

#include <vector>

#include "jobs/alerts/alert_desk.hpp"
#include "jobs/period_standing.hpp"
#include "ledger/store/database.hpp"

namespace costd {

/// Raises it for the tenants whose grace time is over, or waived; the others are not due. The same
/// gates of the same tenants are one alert, however the amounts behind them change. False if there
/// is nothing to tell, or nothing new.
bool raise_period_open(UnitOfWork& unit, AlertDesk& desk, Month month,
                       const std::vector<PeriodStanding>& open, Instant now);

}  // namespace costd
