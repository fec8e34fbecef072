#include "jobs/budget_evaluation.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "ledger/budget_ceiling.hpp"
#include "ledger/store/budget_spend.hpp"
#include "ledger/store/budget_store.hpp"
#include "ledger/store/forecast_store.hpp"
#include "ledger/store/tenant_store.hpp"

namespace costd {
namespace {

using std::chrono::days;

constexpr int far_off_days = 1'000'000;

const ScopeSpend& spend_of(const BudgetSpend& spend, const BudgetCap& cap) {
  if (cap.tenant.empty()) return spend.of_all();
  return cap.api_key.empty() ? spend.of_tenant(cap.tenant) : spend.of_key(cap.tenant, cap.api_key);
}

/// A tenant's periods of one kind.
struct TenantPeriod {
  DayRange days;
  std::string time_zone;
  Instant starts_at;
  Instant ends_at;
};

/// Days and periods of tenants, each worked out once.
class TenantDays {
 public:
  TenantDays(BillingZones zones, const BudgetMoment& moment)
      : zones_(std::move(zones)), moment_(moment) {}

  struct Entry {
    SpendDay around;
    std::array<std::optional<TenantPeriod>, budget_period_count> periods;
  };

  Entry& of(const std::string& tenant) {
    const auto [at, is_new] = entries_.try_emplace(tenant);
    if (is_new) at->second.around = day_around(tenant);
    return at->second;
  }

  const TenantPeriod& period_of(const std::string& tenant, BudgetPeriod period) {
    Entry& entry = of(tenant);
    auto& known = entry.periods[static_cast<std::size_t>(period)];
    if (!known) {
      const DayRange days = period_around(entry.around.day, period);
      known = {days, zones_.zone_on(tenant, days.from).name(), start_of(tenant, days.from),
               start_of(tenant, days.to)};
    }
    return *known;
  }

 private:
  SpendDay day_around(const std::string& tenant) const {
    if (moment_.as_of) {
      const Day end = *moment_.as_of + days(1);
      return {*moment_.as_of, end, end};
    }
    const Day today = zones_.day_of(tenant, moment_.now);
    return {today, today, today + days(far_off_days)};
  }

  /// The first instant of the day for the tenant.
  Instant start_of(const std::string& tenant, Day day) {
    const Zone& zone = zones_.zone_on(tenant, day);
    const auto [at, is_new] = starts_.try_emplace({zone.name(), day});
    if (is_new) at->second = zone.start_of(day);
    return at->second;
  }

  BillingZones zones_;
  BudgetMoment moment_;
  std::unordered_map<std::string, Entry> entries_;
  std::map<std::pair<std::string, Day>, Instant> starts_;
};

BudgetStatus status_of(const BudgetCap& cap, const ScopeSpend& spend, const DayRange& period,
                       Day running) {
  const ScopeSpend::InPeriod& in_period = spend.in(cap.period);
  BudgetStatus status;
  status.cap_id = cap.id;
  status.cap_version = cap.version;
  status.period = period;
  status.spent = in_period.spent;
  status.requests = in_period.requests;
  status.unpriced_requests = in_period.unpriced_requests;
  status.colour = colour_of(cap, status.spent);
  status.projection = project_budget(cap, spend, period, running);
  return status;
}

/// What the days to come are expected to cost in the scopes that caps have.
class Expectations {
 public:
  Expectations(std::map<std::string, ExpectedDays> by_tenant, const BudgetSpend& spend)
      : by_tenant_(std::move(by_tenant)), spend_(spend) {}

  /// A key's days are its tenant's, times its share of the last days.
  std::optional<ExpectedDays> of(const BudgetCap& cap) const {
    const auto tenant = by_tenant_.find(cap.tenant);
    if (tenant == by_tenant_.end()) return std::nullopt;
    if (cap.api_key.empty()) return tenant->second;
    const Money all = spend_.of_tenant(cap.tenant).last_days;
    if (all <= Money()) return std::nullopt;
    ExpectedDays expected = tenant->second;
    const Money own = spend_.of_key(cap.tenant, cap.api_key).last_days;
    for (Money& amount : expected.amounts) amount = share(amount, own, all);
    return expected;
  }

 private:
  /// Micro-USD are enough for an estimate, and keep the product in 128 bits.
  static Money share(Money amount, Money part, Money whole) {
    constexpr std::int64_t micro = 1'000'000;
    const int128 whole_micros = std::max<int128>(whole.picos() / micro, 1);
    const int128 part_micros = std::clamp<int128>(part.picos() / micro, 0, whole_micros);
    return Money::from_picos(amount.picos() / micro * part_micros / whole_micros * micro);
  }

  std::map<std::string, ExpectedDays> by_tenant_;
  const BudgetSpend& spend_;
};

}  // namespace

std::shared_ptr<const BudgetStandings> evaluate_budgets(Connection& connection,
                                                        const BudgetMoment& moment) {
  std::vector<BudgetCap> caps = load_caps(connection);
  if (caps.empty()) {
    return std::make_shared<const BudgetStandings>(std::vector<BudgetStanding>(), moment.now,
                                                   std::unordered_set<std::string>());
  }
  BillingZones zones = load_billing_zones(connection);
  const Day complete = moment.as_of.value_or(zones.last_day_complete_for_all(moment.now));
  TenantDays tenant_days(std::move(zones), moment);
  const BudgetSpend spend = load_budget_spend(
      connection, [&](const std::string& tenant) { return tenant_days.of(tenant).around; });
  const Expectations expectations(load_expected_days(connection, complete), spend);
  const BudgetCeilings ceilings(caps);
  std::vector<BudgetStanding> standings(caps.size());
  for (std::size_t n = 0; n < caps.size(); ++n) {
    const BudgetCap& cap = caps[n];
    BudgetStanding& standing = standings[n];
    const TenantPeriod& period = tenant_days.period_of(cap.tenant, cap.period);
    const ScopeSpend& of_cap = spend_of(spend, cap);
    const Day running = tenant_days.of(cap.tenant).around.running;
    standing.status = status_of(cap, of_cap, period.days, running);
    if (const auto expected = expectations.of(cap)) {
      standing.expected = expect_budget(cap, of_cap, period.days, running, *expected);
    }
    standing.time_zone = period.time_zone;
    standing.starts_at = period.starts_at;
    standing.ends_at = period.ends_at;
    if (const BudgetCap* ceiling = find_exceeded_ceiling(cap, ceilings)) {
      standing.exceeded_ceiling = *ceiling;
    }
  }
  // Last, because the ceilings point to them.
  for (std::size_t n = 0; n < caps.size(); ++n) standings[n].cap = std::move(caps[n]);
  std::unordered_set<std::string> tenants = spend.tenants();
  for (const Tenant& tenant : load_tenants(connection)) tenants.insert(tenant.id);
  return std::make_shared<const BudgetStandings>(std::move(standings), moment.now,
                                                 std::move(tenants));
}

}  // namespace costd
