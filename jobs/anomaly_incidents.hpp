#pragma once
// Incidents of both rules, and what explains them; for the job that keeps them and for statements.

#include <string>
#include <vector>

#include "jobs/anomaly_job.hpp"
#include "ledger/store/anomaly_store.hpp"

namespace costd {

/// Incidents of the published rule with a day in the range, by tenant and model, without ids,
/// times, severity and reasons. Tenant "" = all of them.
std::vector<StoredAnomaly> find_published_incidents(Connection& connection, const DayRange& range,
                                                    const std::string& tenant,
                                                    const AnomalyRules& rules);

/// Fills in the reasons, from the charges of its days and of the 28 days before.
void explain(Connection& connection, StoredAnomaly& anomaly);
/// Fills in the severity.
void weigh(StoredAnomaly& anomaly, const AnomalyRules& rules);

}  // namespace costd
