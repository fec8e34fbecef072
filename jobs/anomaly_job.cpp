#include "jobs/anomaly_job.hpp"

#include <algorithm>
#include <mutex>
#include <tuple>

#include "jobs/alerts/anomaly_alerts.hpp"
#include "jobs/anomaly_incidents.hpp"
#include "jobs/period.hpp"
#include "jobs/spend_watch_scopes.hpp"
#include "ledger/store/cost_series.hpp"
#include "ledger/store/cost_summary.hpp"
#include "ledger/store/tenant_store.hpp"

namespace costd {
namespace {

using std::chrono::days;

constexpr days looked_back{35};

/// The range and the whole of every known incident that has a day in it or beside it.
DayRange widened(Connection& connection, DayRange range, AnomalyRuleName rule) {
  for (;;) {
    const DayRange before = range;
    const DayRange beside{range.from - days(1), range.to + days(1)};
    for (const StoredAnomaly& anomaly : load_anomalies(connection, beside, "", rule)) {
      range.from = std::min(range.from, anomaly.incident.first_day);
      range.to = std::max(range.to, anomaly.incident.last_day + days(1));
    }
    if (range.from == before.from && range.to == before.to) return range;
  }
}

/// Both ends of what is planned lie around all days of the incident.
bool is_planned(const StoredAnomaly& anomaly, const std::vector<PlannedEvent>& planned) {
  const AnomalyIncident& incident = anomaly.incident;
  return std::ranges::any_of(planned, [&](const PlannedEvent& event) {
    return (event.tenant.empty() || event.tenant == anomaly.tenant) &&
           (event.model.empty() || event.model == anomaly.model) &&
           event.days.contains(incident.first_day) && event.days.contains(incident.last_day);
  });
}

/// Of one tenant's model, in one direction, and on the same days or beside them.
bool is_one_thing(const StoredAnomaly& a, const StoredAnomaly& b) {
  return a.tenant == b.tenant && a.model == b.model &&
         a.incident.impact.is_negative() == b.incident.impact.is_negative() &&
         a.incident.first_day <= b.incident.last_day + days(1) &&
         b.incident.first_day <= a.incident.last_day + days(1);
}

/// What an alert is owed for: one message about one thing, though both rules and several scopes
/// may have seen it. `told` are those of the other rule that have been told, or will be.
bool is_news(const StoredAnomaly& anomaly, const std::vector<StoredAnomaly>& told) {
  if (anomaly.tenant.empty() || anomaly.model.empty()) return false;
  return std::ranges::none_of(
      told, [&](const StoredAnomaly& other) { return is_one_thing(anomaly, other); });
}

/// Incidents of tenants' models that the robust rule has told of: it may see a running day.
std::vector<StoredAnomaly> load_told(Connection& connection, const DayRange& range) {
  auto told = load_anomalies(connection, {range.from - days(1), range.to + days(1)}, "",
                             AnomalyRuleName::robust);
  std::erase_if(told, [](const StoredAnomaly& one) {
    return !one.alerted || one.tenant.empty() || one.model.empty();
  });
  return told;
}

/// From the first incident that is still open, however long nobody judged.
DayRange with_open(Connection& connection, DayRange range) {
  if (const auto open = first_open_day(connection)) range.from = std::min(range.from, *open);
  return range;
}

/// What a rule found in a range.
struct Judged {
  AnomalyRuleName rule = AnomalyRuleName::robust;
  DayRange range;
  std::vector<StoredAnomaly> found;
  std::vector<std::size_t> tentative;  ///< places in `found`
};

void sort_as_stored(std::vector<StoredAnomaly>& anomalies) {
  std::ranges::sort(anomalies, {}, [](const StoredAnomaly& one) {
    return std::tie(one.incident.first_day, one.tenant, one.model, one.api_key, one.provider);
  });
}

/// The findings with a day in the range, once it holds every incident, known or found, that reaches
/// into it or touches it.
Judged judged_in(Connection& connection, DayRange range, Day last,
                 const std::vector<RobustFinding>& watched) {
  if (range.to == last + days(1)) range.to += days(1);  // the running day
  Judged judged;
  const auto is_in = [&](const RobustFinding& finding) {
    const AnomalyIncident& incident = finding.anomaly.incident;
    return incident.first_day <= range.to && incident.last_day >= range.from - days(1);
  };
  for (DayRange before{}; before.from != range.from || before.to != range.to;) {
    before = range;
    range = widened(connection, range, AnomalyRuleName::robust);
    for (const RobustFinding& finding : watched) {
      if (!is_in(finding)) continue;
      range.from = std::min(range.from, finding.anomaly.incident.first_day);
      range.to = std::max(range.to, finding.anomaly.incident.last_day + days(1));
    }
  }
  judged.range = range;
  std::vector<RobustFinding> found;
  std::ranges::copy_if(watched, std::back_inserter(found), is_in);
  for (const RobustFinding& finding : found) judged.found.push_back(finding.anomaly);
  sort_as_stored(judged.found);
  for (const RobustFinding& finding : found) {
    if (finding.certainty != Certainty::may_pass) continue;
    const auto place = std::ranges::find(judged.found, finding.anomaly);
    judged.tentative.push_back(static_cast<std::size_t>(place - judged.found.begin()));
  }
  return judged;
}

class AnomalyJob : public Job {
 public:
  AnomalyJob(AnomalyRules rules, AlertDesk* alerts)
      : rules_(std::move(rules)), alerts_(alerts), watch_(rules_) {}
  std::string name() const override { return "anomalies"; }

  JobResult run(JobContext& context) override {
    // The scopes remember what they watched; two runs at once take turns.
    const std::lock_guard guard(running_);
    const Snapshot snapshot = context.database.snapshot();
    const BillingZones zones = load_billing_zones(snapshot);
    const Day last = zones.last_day_complete_for_all(context.as_of);
    const DayRange recent{last + days(1) - looked_back, last + days(1)};
    const auto period = period_of(context);
    const DayRange asked = period ? *period : with_open(snapshot, recent);
    // What was judged is the same as long as no charge changes and no day ends.
    const std::string mark =
        format_day(last) + load_charges_mark(snapshot, {Day{}, last + days(2)});
    if (!period && mark == judged_mark_) return judged_;
    const DayRange range = widened(snapshot, asked, AnomalyRuleName::published);
    auto found = find_published_incidents(snapshot, range, "", rules_);
    context.check_stop();
    const auto watched =
        watch_.find(snapshot, zones, std::min(asked.from, last - looked_back), last, context.as_of);
    context.check_stop();
    JobResult result;
    Judged published{AnomalyRuleName::published, range, std::move(found), {}};
    sort_as_stored(published.found);
    const Judged robust = judged_in(snapshot, asked, last, watched);
    UnitOfWork unit = context.database.begin();
    const auto told = store(unit, published, load_told(unit, range), last, context.as_of, result);
    store(unit, robust, told, last, context.as_of, result);
    unit.commit();
    if (!period) {
      judged_mark_ = mark;
      judged_ = result;
      judged_.counts.erase("newAnomalies");
    }
    return result;
  }

 private:
  /// Gives what is stored now.
  std::vector<StoredAnomaly> store(UnitOfWork& unit, const Judged& judged,
                                   const std::vector<StoredAnomaly>& told, Day last, Instant now,
                                   JobResult& result) {
    const auto known = load_anomalies(unit, judged.range, "", judged.rule);
    JudgedAnomalies joined = join_anomalies(known, judged.found, last, now);
    const bool is_robust = judged.rule == AnomalyRuleName::robust;
    for (StoredAnomaly& anomaly : joined.now) {
      weigh(anomaly, rules_);
      if (anomaly.why.empty()) explain(unit, anomaly);
    }
    if (alerts_ != nullptr) tell(unit, joined, judged.tentative, told, now);
    result.count("anomalies", static_cast<std::int64_t>(joined.now.size()));
    result.count("newAnomalies", joined.added);
    if (is_robust) {
      result.count("robustAnomalies", static_cast<std::int64_t>(joined.now.size()));
    }
    // A run that finds what is stored leaves it alone.
    if (joined.now != known) replace_anomalies(unit, judged.range, judged.rule, joined.now);
    return joined.now;
  }

  void tell(UnitOfWork& unit, JudgedAnomalies& joined, const std::vector<std::size_t>& tentative,
            const std::vector<StoredAnomaly>& told, Instant now) {
    std::vector<std::size_t> silent = tentative;
    for (std::size_t n = 0; n < joined.now.size(); ++n) {
      const StoredAnomaly& anomaly = joined.now[n];
      if (anomaly.alerted) continue;  // what was told is followed to its end
      if (is_planned(anomaly, rules_.planned) || !is_news(anomaly, told)) {
        silent.push_back(n);
      }
    }
    raise_anomalies(unit, *alerts_, joined, silent, now);
  }

  AnomalyRules rules_;
  AlertDesk* alerts_;
  SpendWatchScopes watch_;
  std::mutex running_;
  std::string judged_mark_;  ///< of the charges that the last run judged; "" = none yet
  JobResult judged_;
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
