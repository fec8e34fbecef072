#pragma once
// What every tenant and key spent in the day, week and month around a day: one pass over the daily
// charges, however many caps ask.

#include <compare>
#include <functional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "ledger/budget_projection.hpp"

namespace costd {

class Connection;

/// The day around which somebody's periods are, in his own zone.
struct SpendDay {
  Day day{};         ///< the day, week and month that hold it are summed
  Day running{};     ///< the first day that is not complete; the run rate looks at those before it
  Day counted_to{};  ///< days from here on do not count
  friend auto operator<=>(const SpendDay&, const SpendDay&) = default;
};

/// How far back a first day of usage is looked for; the run rate's own days are among them.
inline constexpr int spend_history_days = 31;

class BudgetSpend {
 public:
  /// Zeros for whom nothing is known.
  const ScopeSpend& of_all() const { return all_; }
  const ScopeSpend& of_tenant(const std::string& tenant) const;
  const ScopeSpend& of_key(const std::string& tenant, const std::string& api_key) const;
  /// Every tenant that ever had usage.
  std::unordered_set<std::string> tenants() const;

 private:
  friend class SpendPass;
  std::unordered_map<std::string, ScopeSpend> tenants_;
  std::unordered_map<std::string, ScopeSpend> keys_;  ///< by tenant, NUL, key
  ScopeSpend all_;
};

/// `day_of` is asked once for each tenant, and for "" = all tenants together, whose days are those
/// of each tenant's own dates.
BudgetSpend load_budget_spend(Connection& connection,
                              const std::function<SpendDay(const std::string& tenant)>& day_of);

}  // namespace costd
