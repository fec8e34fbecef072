#pragma once
// Judges complete days by the published anomaly rule.

#include <map>

#include "jobs/alerts/alert_desk.hpp"
#include "jobs/job.hpp"
#include "ledger/anomaly.hpp"

namespace costd {

class Connection;

struct AnomalyRules {
  AnomalyRule deployment;
  /// The rule for the tenant: its own threshold where its metadata have one.
  AnomalyRule for_tenant(const std::string& tenant) const;
  std::map<std::string, MilliPercent> thresholds;  ///< by tenant
};

struct FoundAnomaly {
  std::string tenant;
  std::string model;
  AnomalyFinding finding;
};

/// The anomalies of (tenant, model) on the days of the range, by day, tenant, model. Tenant "" =
/// all of them.
std::vector<FoundAnomaly> find_anomalies(Connection& connection, const DayRange& range,
                                         const std::string& tenant, const AnomalyRules& rules);

/// Judges the days of the run's period, else the last 35 complete days, and whole incidents with a
/// day among them or beside them. Tells `alerts` what opened, grew and is over; null = nobody.
/// Counts: anomalies (incidents), newAnomalies.
std::unique_ptr<Job> make_anomaly_job(AnomalyRules rules, AlertDesk* alerts = nullptr);

}  // namespace costd
