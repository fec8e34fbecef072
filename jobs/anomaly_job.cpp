#include "jobs/anomaly_job.hpp"

#include <algorithm>
#include <tuple>

#include "jobs/period.hpp"
#include "ledger/store/cost_summary.hpp"
#include "ledger/store/finding_store.hpp"
#include "ledger/store/tenant_store.hpp"
#include "ledger/ulid.hpp"

namespace costd {
namespace {

using std::chrono::days;

constexpr days looked_back{35};

class AnomalyJob : public Job {
 public:
  explicit AnomalyJob(AnomalyRules rules) : rules_(std::move(rules)) {}
  std::string name() const override { return "anomalies"; }

  JobResult run(JobContext& context) override {
    const Snapshot snapshot = context.database.snapshot();
    const Day last = load_billing_zones(snapshot).last_day_complete_for_all(context.as_of);
    const DayRange range =
        period_of(context).value_or(DayRange{last + days(1) - looked_back, last + days(1)});
    std::vector<StoredAnomaly> anomalies;
    for (FoundAnomaly& found : find_anomalies(snapshot, range, "", rules_)) {
      anomalies.push_back({make_ulid(context.as_of), std::move(found.tenant),
                           std::move(found.model), found.finding, context.as_of, true});
    }
    context.check_stop();
    UnitOfWork unit = context.database.begin();
    const std::int64_t added = store_anomalies(unit, range, last, anomalies);
    unit.commit();
    JobResult result;
    result.count("anomalies", static_cast<std::int64_t>(anomalies.size()));
    result.count("newAnomalies", added);
    return result;
  }

 private:
  AnomalyRules rules_;
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

std::unique_ptr<Job> make_anomaly_job(AnomalyRules rules) {
  return std::make_unique<AnomalyJob>(std::move(rules));
}

}  // namespace costd
