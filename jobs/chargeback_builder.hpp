#pragma once
// Reads everything a chargeback statement says from one snapshot.

#include <optional>
#include <string>
#include <vector>

#include "jobs/anomaly_job.hpp"
#include "ledger/store/tenant_store.hpp"
#include "reports/chargeback_model.hpp"

namespace costd {

class Connection;

struct StatementRequest {
  std::string report_id;
  std::string tenant;  ///< "" = all tenants
  DayRange period;     ///< whole months are by booking period, other ranges by day
  Instant as_of;
  std::string generated_by;
};

ChargebackModel build_chargeback(Connection& connection, const StatementRequest& request,
                                 const AnomalyRules& rules);

/// FINAL if the period is a month that is closed for each of the tenants on the statement.
StatementStatus statement_status(const ClosedPeriods& closed, const DayRange& period,
                                 const std::vector<std::string>& tenants);

/// Tenants with usage in the period, and "" for all of them together, in the order of generation.
std::vector<std::string> statement_scopes(Connection& connection, const DayRange& period);

}  // namespace costd
