#include "jobs/spend_watch_scopes.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "ledger/store/cost_series.hpp"
#include "ledger/store/cost_summary.hpp"
#include "ledger/store/tenant_store.hpp"

namespace costd {
namespace {

using std::chrono::days;

constexpr days watched_days{26 * 7};

/// 26 weeks before the first day that is asked about, to the last day and itself.
DayRange watched_until(Day from, Day last) {
  return {from - watched_days, last + days(1)};
}

double usd_of(Money amount) {
  return static_cast<double>(amount.picos()) / static_cast<double>(picos_per_usd);
}

/// An estimate, in whole cents.
Money money_of(double usd) {
  return to_money({std::llround(usd * 100)});
}

std::vector<double> values_of(const std::vector<Money>& amounts) {
  std::vector<double> values;
  values.reserve(amounts.size());
  for (const Money& amount : amounts) values.push_back(usd_of(amount));
  return values;
}

}  // namespace

double share_of_cost(double share_of_hours) {
  return std::max(share_of_hours, std::clamp((share_of_hours - 0.25) * 2, 0.0, 1.0));
}

SpendWatchScopes::SpendWatchScopes(const AnomalyRules& rules) : rules_(rules) {
  options_.impact_min = usd_of(rules.robust_impact_min);
}

std::vector<RobustFinding> SpendWatchScopes::find(Connection& connection, const BillingZones& zones,
                                                  Day from, Day last, Instant now) {
  const Day today = last + days(1);
  constexpr std::array groupings{by_tenant | by_model, by_tenant | by_api_key, unsigned{by_tenant},
                                 unsigned{by_provider}};
  std::vector<RobustFinding> findings;
  each_series(connection, std::nullopt, watched_until(from, today), groupings,
              [&](const Scope& scope, const Watched& watched, const DailySeries& costs) {
                add_complete(scope, watched, findings);
                // A provider's day has come as far as that of its easternmost tenant.
                const double hours = scope.tenant.empty()
                                         ? zones.largest_share_of(today, now)
                                         : zones.share_of(scope.tenant, today, now);
                add_running(scope, watched, costs.on(today), share_of_cost(hours), findings);
              });
  return findings;
}

std::vector<StoredAnomaly> SpendWatchScopes::find_of_models(Connection& connection,
                                                            const std::string& tenant, Day from,
                                                            Day last) {
  constexpr std::array groupings{by_tenant | by_model};
  std::vector<RobustFinding> findings;
  each_series(connection, tenant.empty() ? std::nullopt : std::optional(tenant),
              watched_until(from, last + days(1)), groupings,
              [&](const Scope& scope, const Watched& watched, const DailySeries&) {
                add_complete(scope, watched, findings);
              });
  std::vector<StoredAnomaly> anomalies;
  for (RobustFinding& finding : findings) anomalies.push_back(std::move(finding.anomaly));
  return anomalies;
}

/// The range reaches over the days that are complete and one more.
void SpendWatchScopes::each_series(Connection& connection, const std::optional<std::string>& tenant,
                                   const DayRange& range, std::span<const unsigned> groupings,
                                   const Seen& seen) {
  const Day today = range.to - days(1);
  const auto known_since = load_first_usage_days(connection);
  Day known_since_all = today;
  for (const auto& [name, day] : known_since) known_since_all = std::min(known_since_all, day);
  for (const auto& list : load_daily_costs(connection, tenant, range, groupings)) {
    for (const CostSeries& series : list) {
      const Scope scope{series.tenant, series.api_key, series.model, series.provider};
      const Day since = scope.tenant.empty() ? known_since_all : known_since.at(scope.tenant);
      const Day first = std::max(range.from, since);
      std::vector<Money> amounts;
      for (Day day = first; day < today; day += days(1)) amounts.push_back(series.costs.on(day));
      seen(scope, watch(scope, first, std::move(amounts)), series.costs);
    }
  }
}

const SpendWatchScopes::Watched& SpendWatchScopes::watch(const Scope& scope, Day first,
                                                         std::vector<Money> amounts) {
  Watched& known = known_[scope];
  if (known.first == first && known.amounts == amounts && !known.result.days.empty()) return known;
  const auto count = amounts.size();
  const auto calendar = calendar_of({first, first + days(static_cast<int>(count) + 1)});
  known = {first, std::move(amounts), {}};
  known.result = watch_spend(values_of(known.amounts), calendar,
                             planned_days(scope, first, count + 1), options_);
  return known;
}

std::vector<char> SpendWatchScopes::planned_days(const Scope& scope, Day first,
                                                 std::size_t count) const {
  std::vector<char> planned(count, 0);
  for (const PlannedEvent& event : rules_.planned) {
    // What is planned for a part of it shows in the whole as well.
    const bool is_about =
        (event.tenant.empty() || scope.tenant.empty() || event.tenant == scope.tenant) &&
        (event.model.empty() || scope.model.empty() || event.model == scope.model);
    if (!is_about) continue;
    for (std::size_t n = 0; n < count; ++n) {
      if (event.days.contains(first + days(static_cast<int>(n)))) planned[n] = 1;
    }
  }
  return planned;
}

SpendWatchScopes::Scope SpendWatchScopes::scope_of(const StoredAnomaly& anomaly) {
  return {anomaly.tenant, anomaly.api_key, anomaly.model, anomaly.provider};
}

StoredAnomaly SpendWatchScopes::anomaly_of(const Scope& scope) {
  StoredAnomaly anomaly;
  anomaly.rule = AnomalyRuleName::robust;
  anomaly.tenant = scope.tenant;
  anomaly.api_key = scope.api_key;
  anomaly.model = scope.model;
  anomaly.provider = scope.provider;
  return anomaly;
}

void SpendWatchScopes::add_complete(const Scope& scope, const Watched& watched,
                                    std::vector<RobustFinding>& findings) const {
  for (const WatchIncident& found : watched.result.incidents) {
    const Day first = watched.first + days(static_cast<int>(found.first));
    const Day last = watched.first + days(static_cast<int>(found.last));
    StoredAnomaly anomaly = anomaly_of(scope);
    anomaly.incident = {found.kind,
                        first,
                        last,
                        watched.amounts[found.last],
                        money_of(watched.result.days[found.last].expected),
                        Money{}};
    for (std::size_t n = found.first; n <= found.last; ++n) {
      anomaly.incident.impact += watched.amounts[n] - money_of(watched.result.days[n].expected);
    }
    findings.push_back({std::move(anomaly), Certainty::certain});
  }
}

void SpendWatchScopes::add_running(const Scope& scope, const Watched& watched, Money cost,
                                   double share, std::vector<RobustFinding>& findings) const {
  const NextDay& next = watched.result.next;
  const auto kind = judge_running_day(next, usd_of(cost), share, options_);
  if (!kind) return;
  const Day today = watched.first + days(static_cast<int>(watched.amounts.size()));
  // What was to be expected until now.
  const Money expected =
      *kind == AnomalyClass::new_spend ? Money{} : money_of(next.expected * share);
  // The incidents of the scope are the newest findings.
  const Scope newest = findings.empty() ? Scope{} : scope_of(findings.back().anomaly);
  if (!findings.empty() && newest == scope) {
    AnomalyIncident& incident = findings.back().anomaly.incident;
    if (incident.last_day + days(1) == today && incident.kind == AnomalyClass::spike) {
      incident.last_day = today;
      incident.current = cost;
      incident.baseline = expected;
      incident.impact += cost - expected;
      return;
    }
  }
  StoredAnomaly anomaly = anomaly_of(scope);
  anomaly.incident = {*kind, today, today, cost, expected, cost - expected};
  const auto complete = judge_running_day(next, usd_of(cost), 1, options_);
  findings.push_back({std::move(anomaly), complete ? Certainty::certain : Certainty::may_pass});
}

}  // namespace costd
