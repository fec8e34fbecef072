#include "jobs/anomaly_job.hpp"

#include <algorithm>
#include <tuple>

#include "jobs/alerts/anomaly_alerts.hpp"
#include "jobs/period.hpp"
#include "ledger/store/cost_summary.hpp"
#include "ledger/store/tenant_store.hpp"

namespace costd {
namespace {

using std::chrono::days;

constexpr days looked_back{35};

/// The range and the whole of every known incident that has a day in it or beside it.
DayRange widened(Connection& connection, DayRange range) {
  for (;;) {
    const DayRange before = range;
    const DayRange beside{range.from - days(1), range.to + days(1)};
    for (const StoredAnomaly& anomaly : load_anomalies(connection, beside, "")) {
      range.from = std::min(range.from, anomaly.incident.first_day);
      range.to = std::max(range.to, anomaly.incident.last_day + days(1));
    }
    if (range.from == before.from && range.to == before.to) return range;
  }
}

std::vector<StoredAnomaly> incidents_of(const std::vector<FoundAnomaly>& found) {
  std::map<std::pair<std::string, std::string>, std::vector<AnomalyFinding>> series;
  for (const FoundAnomaly& anomaly : found) {
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

class AnomalyJob : public Job {
 public:
  AnomalyJob(AnomalyRules rules, AlertDesk* alerts) : rules_(std::move(rules)), alerts_(alerts) {}
  std::string name() const override { return "anomalies"; }

  JobResult run(JobContext& context) override {
    const Snapshot snapshot = context.database.snapshot();
    const Day last = load_billing_zones(snapshot).last_day_complete_for_all(context.as_of);
    const DayRange asked =
        period_of(context).value_or(DayRange{last + days(1) - looked_back, last + days(1)});
    const DayRange range = widened(snapshot, asked);
    const auto found = incidents_of(find_anomalies(snapshot, range, "", rules_));
    context.check_stop();
    UnitOfWork unit = context.database.begin();
    JudgedAnomalies judged =
        join_anomalies(load_anomalies(unit, range, ""), found, last, context.as_of);
    if (alerts_ != nullptr) raise_anomalies(unit, *alerts_, judged, context.as_of);
    replace_anomalies(unit, range, judged.now);
    unit.commit();
    JobResult result;
    result.count("anomalies", static_cast<std::int64_t>(judged.now.size()));
    result.count("newAnomalies", judged.added);
    return result;
  }

 private:
  AnomalyRules rules_;
  AlertDesk* alerts_;
};

}  // namespace

AnomalyRule AnomalyRules::for_tenant(const std::string& tenant) const {
  AnomalyRule rule = deployment;
  if (const auto own = thresholds.find(tenant); own != thresholds.end()) {
    rule.threshold = own->second;
  }
  return rule;
}

std::vector<FoundAnomaly> find_anomalies(Connection& connection, const DayRange& range,
                                         const std::string& tenant, const AnomalyRules& rules) {
  CostFilter filter;
  filter.from = range.from - days(baseline_days);
  filter.to = range.to;
  if (!tenant.empty()) filter.tenant = tenant;
  const auto known_since = load_first_usage_days(connection);
  std::vector<FoundAnomaly> found;
  for (const GroupSeries& series : load_cost_series(connection, filter, by_tenant | by_model)) {
    const AnomalyRule rule = rules.for_tenant(series.group.tenant);
    const Day since = known_since.at(series.group.tenant);
    for (const Day day : each_day(range)) {
      if (const auto finding = judge_day(series.costs, day, since, rule)) {
        found.push_back({series.group.tenant, series.group.model, *finding});
      }
    }
  }
  std::ranges::sort(found, {}, [](const FoundAnomaly& anomaly) {
    return std::tuple(anomaly.finding.day, anomaly.tenant, anomaly.model);
  });
  return found;
}

std::unique_ptr<Job> make_anomaly_job(AnomalyRules rules, AlertDesk* alerts) {
  return std::make_unique<AnomalyJob>(std::move(rules), alerts);
}

}  // namespace costd
