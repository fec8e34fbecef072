#pragma once
// The alert about a run that failed.

#include "jobs/alerts/alert_desk.hpp"
#include "ledger/run.hpp"
#include "ledger/store/database.hpp"

namespace costd {

/// A schedule that goes on failing is told again only after a success or 24 hours: a job of every
/// minute would fill a mailbox otherwise. Runs of people are always told.
void raise_failed_run(UnitOfWork& unit, AlertDesk& desk, const Run& run, Instant now);

}  // namespace costd
