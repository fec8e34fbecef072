#include "jobs/budget_evaluation.hpp"

#include <map>

#include "ledger/budget_ceiling.hpp"
#include "ledger/store/budget_spend.hpp"
#include "ledger/store/budget_store.hpp"
#include "ledger/store/tenant_store.hpp"

namespace costd {
namespace {

using std::chrono::days;

constexpr int far_off_days = 1'000'000;

const ScopeSpend& spend_of(const BudgetSpend& spend, const BudgetCap& cap) {
  if (cap.tenant.empty()) return spend.of_all();
  return cap.api_key.empty() ? spend.of_tenant(cap.tenant) : spend.of_key(cap.tenant, cap.api_key);
}

/// Zones and days of tenants, each asked for once.
class TenantDays {
 public:
  TenantDays(BillingZones zones, const BudgetMoment& moment)
      : zones_(std::move(zones)), moment_(moment) {}

  const SpendDay& of(const std::string& tenant) {
    const auto [at, is_new] = days_.try_emplace(tenant);
    if (!is_new) return at->second;
    if (moment_.as_of) {
      const Day end = *moment_.as_of + days(1);
      at->second = {*moment_.as_of, end, end};
    } else {
      const Day today = zones_.day_of(tenant, moment_.now);
      at->second = {today, today, today + days(far_off_days)};
    }
    return at->second;
  }

  const Zone& zone(const std::string& tenant, Day day) const { return zones_.zone_on(tenant, day); }

  /// The first instant of the day for the tenant.
  Instant start_of(const std::string& tenant, Day day) {
    const Zone& zone = zones_.zone_on(tenant, day);
    const auto [at, is_new] = starts_.try_emplace({zone.name(), day});
    if (is_new) at->second = zone.start_of(day);
    return at->second;
  }

 private:
  BillingZones zones_;
  BudgetMoment moment_;
  std::unordered_map<std::string, SpendDay> days_;
  std::map<std::pair<std::string, Day>, Instant> starts_;
};

BudgetStatus status_of(const BudgetCap& cap, const ScopeSpend& spend, const SpendDay& around) {
  const ScopeSpend::InPeriod& in_period = spend.in(cap.period);
  BudgetStatus status;
  status.cap_id = cap.id;
  status.cap_version = cap.version;
  status.period = period_around(around.day, cap.period);
  status.spent = in_period.spent;
  status.requests = in_period.requests;
  status.unpriced_requests = in_period.unpriced_requests;
  status.colour = colour_of(cap, status.spent);
  status.projection = project_budget(cap, spend, status.period, around.running);
  return status;
}

}  // namespace

std::shared_ptr<const BudgetStandings> evaluate_budgets(Connection& connection,
                                                        const BudgetMoment& moment) {
  const std::vector<BudgetCap> caps = load_caps(connection);
  if (caps.empty()) {
    return std::make_shared<const BudgetStandings>(std::vector<BudgetStanding>(), moment.now,
                                                   std::unordered_set<std::string>());
  }
  TenantDays tenant_days(load_billing_zones(connection), moment);
  const BudgetSpend spend = load_budget_spend(
      connection, [&](const std::string& tenant) { return tenant_days.of(tenant); });
  const BudgetCeilings ceilings(caps);
  std::vector<BudgetStanding> standings;
  standings.reserve(caps.size());
  for (const BudgetCap& cap : caps) {
    BudgetStanding& standing = standings.emplace_back();
    standing.cap = cap;
    standing.status = status_of(cap, spend_of(spend, cap), tenant_days.of(cap.tenant));
    const DayRange& period = standing.status.period;
    standing.time_zone = tenant_days.zone(cap.tenant, period.from).name();
    standing.starts_at = tenant_days.start_of(cap.tenant, period.from);
    standing.ends_at = tenant_days.start_of(cap.tenant, period.to);
    if (const BudgetCap* ceiling = find_exceeded_ceiling(cap, ceilings)) {
      standing.exceeded_ceiling = *ceiling;
    }
  }
  std::unordered_set<std::string> tenants = spend.tenants();
  for (const Tenant& tenant : load_tenants(connection)) tenants.insert(tenant.id);
  return std::make_shared<const BudgetStandings>(std::move(standings), moment.now,
                                                 std::move(tenants));
}

}  // namespace costd
