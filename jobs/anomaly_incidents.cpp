#include "jobs/anomaly_incidents.hpp"

#include <map>
#include <optional>

#include "ledger/store/spend_cells.hpp"

namespace costd {
namespace {

using std::chrono::days;

/// Days before an incident that say what was usual in it.
constexpr days compared{28};

CostFilter filter_for(const StoredAnomaly& anomaly, const DayRange& range) {
  CostFilter filter;
  const auto wanted = [](const std::string& name) {
    return name.empty() ? std::nullopt : std::optional(name);
  };
  filter.tenant = wanted(anomaly.tenant);
  filter.api_key = wanted(anomaly.api_key);
  filter.model = wanted(anomaly.model);
  filter.provider = wanted(anomaly.provider);
  filter.from = range.from;
  filter.to = range.to;
  return filter;
}

}  // namespace

std::vector<StoredAnomaly> find_published_incidents(Connection& connection, const DayRange& range,
                                                    const std::string& tenant,
                                                    const AnomalyRules& rules) {
  std::map<std::pair<std::string, std::string>, std::vector<AnomalyFinding>> series;
  for (const FoundAnomaly& anomaly : find_anomalies(connection, range, tenant, rules)) {
    series[{anomaly.tenant, anomaly.model}].push_back(anomaly.finding);
  }
  std::vector<StoredAnomaly> incidents;
  for (const auto& [key, findings] : series) {
    for (const AnomalyIncident& incident : group_incidents(findings)) {
      incidents.push_back({.id = "",
                           .tenant = key.first,
                           .model = key.second,
                           .incident = incident,
                           .detected_at = {}});
    }
  }
  return incidents;
}

void explain(Connection& connection, StoredAnomaly& anomaly) {
  const AnomalyIncident& incident = anomaly.incident;
  const DayRange own{incident.first_day, incident.last_day + days(1)};
  const auto before =
      load_spend_cells(connection, filter_for(anomaly, {own.from - compared, own.from}));
  const auto during = load_spend_cells(connection, filter_for(anomaly, own));
  Money actual;
  for (const SpendCell& cell : during) actual += cell.cost;
  const Money expected = actual - incident.impact;
  anomaly.reasons = find_reasons(before, during, expected);
  anomaly.why = describe_reasons(anomaly.reasons, incident.kind, actual, expected);
}

void weigh(StoredAnomaly& anomaly, const AnomalyRules& rules) {
  const bool is_robust = anomaly.rule == AnomalyRuleName::robust;
  anomaly.severity = severity_of(anomaly.incident,
                                 is_robust ? rules.robust_impact_min : rules.deployment.impact_min);
}

}  // namespace costd
