#pragma once
// Judges complete days by the published anomaly rule, and complete and running ones by the robust
// rule.

#include <map>
#include <vector>

#include "jobs/alerts/alert_desk.hpp"
#include "jobs/job.hpp"
#include "ledger/anomaly.hpp"

namespace costd {

class Connection;

/// Days on which unusual cost is planned: a migration, a launch, a load test.
struct PlannedEvent {
  std::string name;
  DayRange days;
  std::string tenant;  ///< "" = all
  std::string model;   ///< "" = all
};

struct AnomalyRules {
  AnomalyRule deployment;
  /// The rule for the tenant: its own threshold where its metadata have one.
  AnomalyRule for_tenant(const std::string& tenant) const;
  std::map<std::string, MilliPercent> thresholds;  ///< by tenant
  /// Of the robust rule; the published one has its own.
  Money robust_impact_min = Money::from_usd(10);
  /// Nothing is told about days within one, and the robust rule neither judges nor learns them.
  std::vector<PlannedEvent> planned;
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
/// day among them or beside them, by both rules; see SpendWatch for the robust one. Tells `alerts`
/// what opened, grew and is over; null = nobody. Counts: anomalies (incidents of both rules),
/// newAnomalies, robustAnomalies.
std::unique_ptr<Job> make_anomaly_job(AnomalyRules rules, AlertDesk* alerts = nullptr);

}  // namespace costd
