#pragma once
// The alert about a model without a price: one for each episode.

#include <map>

#include "jobs/alerts/alert_desk.hpp"
#include "ledger/store/database.hpp"
#include "ledger/store/unpriced_store.hpp"

namespace costd {

/// Requests without a price on one day; zero where all had one. What needed no price, as it was
/// answered from the cache, is not among them.
using UnpricedRequests = std::map<Offering, std::int64_t>;

/// Follows the episodes into that day, and raises an alert where one begins. A day inside a known
/// episode begins none, whatever became of it since: it was told.
void raise_unpriced(UnitOfWork& unit, AlertDesk& desk, Day day, const UnpricedRequests& requests,
                    Instant now);

}  // namespace costd
