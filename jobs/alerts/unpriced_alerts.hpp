#pragma once
// The alert about a model without a price: one for each episode.

#include <map>
#include <string>
#include <utility>

#include "jobs/alerts/alert_desk.hpp"
#include "ledger/store/database.hpp"
#include "ledger/time/calendar.hpp"

namespace costd {

/// Requests without a price on one day by (model, provider); zero where all had one.
using UnpricedRequests = std::map<std::pair<std::string, std::string>, std::int64_t>;

/// Follows the episodes into that day, and raises an alert where one begins. A day inside a known
/// episode begins none, whatever became of it since: it was told.
void raise_unpriced(UnitOfWork& unit, AlertDesk& desk, Day day, const UnpricedRequests& requests,
                    Instant now);

}  // namespace costd
