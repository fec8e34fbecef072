#pragma once
// The alert about a file of which lines, or the whole, were refused: one for each file.

#include "jobs/alerts/alert_desk.hpp"
#include "ledger/store/database.hpp"

namespace costd {

/// Raises what was refused since the last call; nothing is told twice, and nothing is lost when
/// costd ends in between. Gives how many files.
std::int64_t raise_refusals(Database& database, AlertDesk& desk, Instant now);

}  // namespace costd
