#include "ledger/store/budget_spend.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "ledger/store/connection.hpp"
#include "ledger/store/daily_store.hpp"
#include "ledger/store/series_store.hpp"

namespace costd {
namespace {

using std::chrono::days;

constexpr std::array periods{BudgetPeriod::daily, BudgetPeriod::weekly, BudgetPeriod::monthly};

std::string key_scope(const std::string& tenant, const std::string& api_key) {
  return tenant + '\0' + api_key;
}

/// One day's sums of a scope.
struct DaySums {
  int128 picos = 0;
  std::int64_t requests = 0;
  std::int64_t unpriced_requests = 0;
  bool has_usage = false;
};

struct Totals {
  ScopeSpend spend;
  std::optional<Day> first_day;  ///< of the complete days that were looked at
};

/// What a day is for those who share one SpendDay.
struct DayMeaning {
  std::array<bool, budget_period_count> is_in{};
  bool is_running = false;
  bool is_complete = false;
  bool is_recent = false;  ///< one of the run rate's
};

DayMeaning meaning_of(Day day, const SpendDay& around) {
  DayMeaning meaning;
  if (day >= around.counted_to) return meaning;
  for (const BudgetPeriod period : periods) {
    meaning.is_in[static_cast<std::size_t>(period)] =
        period_around(around.day, period).contains(day);
  }
  meaning.is_running = day == around.running;
  meaning.is_complete = day < around.running;
  meaning.is_recent = meaning.is_complete && day >= around.running - days(run_rate_days);
  return meaning;
}

void add(Totals& totals, Day day, const DaySums& sums, const DayMeaning& meaning) {
  const Money amount = Money::from_picos(sums.picos);
  for (const BudgetPeriod period : periods) {
    if (!meaning.is_in[static_cast<std::size_t>(period)]) continue;
    ScopeSpend::InPeriod& in_period = totals.spend.in(period);
    in_period.spent += amount;
    in_period.requests += sums.requests;
    in_period.unpriced_requests += sums.unpriced_requests;
  }
  if (meaning.is_running) totals.spend.today += amount;
  if (meaning.is_recent) totals.spend.last_days += amount;
  if (meaning.is_complete && sums.has_usage && !totals.first_day) totals.first_day = day;
}

void add(Totals& totals, const Totals& other) {
  for (const BudgetPeriod period : periods) {
    totals.spend.in(period).spent += other.spend.in(period).spent;
    totals.spend.in(period).requests += other.spend.in(period).requests;
    totals.spend.in(period).unpriced_requests += other.spend.in(period).unpriced_requests;
  }
  totals.spend.today += other.spend.today;
  totals.spend.last_days += other.spend.last_days;
  if (other.first_day && (!totals.first_day || *other.first_day < *totals.first_day)) {
    totals.first_day = other.first_day;
  }
}

ScopeSpend finished(Totals totals, Day running) {
  if (totals.first_day) {
    totals.spend.history_days = static_cast<int>(
        std::min<std::int64_t>((running - *totals.first_day).count(), run_rate_days));
  }
  return totals.spend;
}

DayRange days_wanted(const SpendDay& around) {
  const DayRange week = period_around(around.day, BudgetPeriod::weekly);
  const DayRange month = period_around(around.day, BudgetPeriod::monthly);
  return {std::min({week.from, month.from, around.running - days(spend_history_days)}),
          std::min(std::max({week.to, month.to, around.running + days(1)}), around.counted_to)};
}

}  // namespace

/// Sums days for each key; the keys' sums are added up to those of tenants at the end.
class SpendPass {
 public:
  SpendPass(Connection& connection,
            const std::function<SpendDay(const std::string& tenant)>& day_of)
      : all_around_(day_of("")) {
    std::unordered_map<std::string, std::uint32_t> places;
    std::unordered_map<std::string, std::uint32_t> clock_of;
    std::map<SpendDay, std::uint32_t> clock_places;
    for (const auto& [id, series] : load_series(connection)) {
      const auto [at, is_new] = places.try_emplace(key_scope(series.tenant, series.api_key),
                                                   static_cast<std::uint32_t>(scopes_.size()));
      if (is_new) {
        const auto [clock, tenant_is_new] = clock_of.try_emplace(series.tenant, 0);
        if (tenant_is_new) {
          const SpendDay around = day_of(series.tenant);
          const auto [place, day_is_new] =
              clock_places.try_emplace(around, static_cast<std::uint32_t>(clocks_.size()));
          if (day_is_new) clocks_.push_back(around);
          clock->second = place->second;
        }
        scopes_.push_back({series.tenant, at->first, clock->second, {}});
      }
      const auto place = static_cast<std::size_t>(id);
      if (scope_of_.size() <= place) scope_of_.resize(place + 1, 0);
      scope_of_[place] = at->second;
    }
  }

  DayRange range() const {
    DayRange range = days_wanted(all_around_);
    for (const SpendDay& clock : clocks_) {
      const DayRange wanted = days_wanted(clock);
      range = {std::min(range.from, wanted.from), std::max(range.to, wanted.to)};
    }
    return range;
  }

  void add_day(Day day, const PackedDailyUsage& usage, const PackedDailyCharges* charges) {
    sums_.assign(scopes_.size(), {});
    if (charges != nullptr) add_amounts(*charges);
    add_requests(usage, charges);
    std::vector<DayMeaning> meanings;
    for (const SpendDay& clock : clocks_) meanings.push_back(meaning_of(day, clock));
    DaySums all;
    for (std::size_t n = 0; n < scopes_.size(); ++n) {
      const DaySums& sums = sums_[n];
      if (!sums.has_usage) continue;
      add(scopes_[n].totals, day, sums, meanings[scopes_[n].clock]);
      all.picos += sums.picos;
      all.requests += sums.requests;
      all.unpriced_requests += sums.unpriced_requests;
      all.has_usage = true;
    }
    add(all_, day, all, meaning_of(day, all_around_));
  }

  BudgetSpend finish() {
    struct TenantTotals {
      Totals totals;
      Day running{};
    };
    BudgetSpend spend;
    std::unordered_map<std::string, TenantTotals> tenants;
    spend.keys_.reserve(scopes_.size());
    for (const Scope& scope : scopes_) {
      const Day running = clocks_[scope.clock].running;
      TenantTotals& tenant = tenants[scope.tenant];
      add(tenant.totals, scope.totals);
      tenant.running = running;
      spend.keys_.emplace(scope.key, finished(scope.totals, running));
    }
    for (const auto& [name, tenant] : tenants) {
      spend.tenants_.emplace(name, finished(tenant.totals, tenant.running));
    }
    spend.all_ = finished(all_, all_around_.running);
    return spend;
  }

 private:
  struct Scope {
    std::string tenant;
    std::string key;
    std::uint32_t clock = 0;
    Totals totals;
  };

  /// Column by column: most columns of most days are zero.
  void add_amounts(const PackedDailyCharges& charges) {
    const PackedDailyKeys& keys = charges.keys();
    rows_.resize(keys.size());
    for (std::size_t row = 0; row < keys.size(); ++row) {
      rows_[row] = scope_of_[static_cast<std::size_t>(keys.series(row))];
    }
    for (const auto amount : charge_amounts) {
      const PackedIntegers& column = charges.amounts(amount);
      if (column.is_zero()) continue;
      for (std::size_t row = 0; row < rows_.size(); ++row) sums_[rows_[row]].picos += column[row];
    }
  }

  /// Both tables are in key order, so a row's charge is looked for from where the last one was.
  void add_requests(const PackedDailyUsage& usage, const PackedDailyCharges* charges) {
    const PackedDailyKeys& keys = usage.keys();
    std::size_t from = 0;
    for (std::size_t row = 0; row < keys.size(); ++row) {
      DaySums& sums = sums_[scope_of_[static_cast<std::size_t>(keys.series(row))]];
      const std::int64_t requests = usage.requests()[row];
      sums.has_usage = true;
      sums.requests += requests;
      if (!is_priced(keys, row, charges, from)) sums.unpriced_requests += requests;
    }
  }

  static bool is_priced(const PackedDailyKeys& keys, std::size_t row,
                        const PackedDailyCharges* charges, std::size_t& from) {
    if (keys.origin(row) == Origin::cache_hit) return true;
    if (charges == nullptr) return false;
    const PackedDailyKeys& charge_keys = charges->keys();
    const SeriesId series = keys.series(row);
    while (from < charge_keys.size() && charge_keys.series(from) < series) ++from;
    for (std::size_t at = from; at < charge_keys.size(); ++at) {
      if (keys.is_same_key(row, charge_keys, at)) {
        return charges->state(at) == ChargeState::priced;
      }
      if (charge_keys.series(at) != series) return false;
    }
    return false;
  }

  SpendDay all_around_;
  std::vector<SpendDay> clocks_;         ///< the different ones of the tenants
  std::vector<Scope> scopes_;            ///< one for each tenant and key
  std::vector<std::uint32_t> scope_of_;  ///< by series
  std::vector<DaySums> sums_;            ///< by scope, of one day
  std::vector<std::uint32_t> rows_;
  Totals all_;
};

const ScopeSpend& BudgetSpend::of_tenant(const std::string& tenant) const {
  static const ScopeSpend nothing;
  const auto found = tenants_.find(tenant);
  return found == tenants_.end() ? nothing : found->second;
}

const ScopeSpend& BudgetSpend::of_key(const std::string& tenant, const std::string& api_key) const {
  static const ScopeSpend nothing;
  const auto found = keys_.find(key_scope(tenant, api_key));
  return found == keys_.end() ? nothing : found->second;
}

std::unordered_set<std::string> BudgetSpend::tenants() const {
  std::unordered_set<std::string> names;
  names.reserve(tenants_.size());
  for (const auto& [name, spend] : tenants_) names.insert(name);
  return names;
}

BudgetSpend load_budget_spend(Connection& connection,
                              const std::function<SpendDay(const std::string& tenant)>& day_of) {
  SpendPass pass(connection, day_of);
  const DayRange range = pass.range();
  for_each_day(connection, range.from, range.to,
               [&](Day day, const PackedDailyUsage& usage, const PackedDailyCharges* charges) {
                 pass.add_day(day, usage, charges);
                 return Visit::go_on;
               });
  return pass.finish();
}

}  // namespace costd
