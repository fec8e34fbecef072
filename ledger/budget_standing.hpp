#pragma once
// Where every cap stands at one moment, and what that means for the next call of a tenant.

#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "ledger/budget.hpp"
#include "ledger/budget_projection.hpp"
#include "ledger/time/instant.hpp"

namespace costd {

struct BudgetStatus {
  std::string cap_id;
  std::int64_t cap_version = 1;
  DayRange period;
  Money spent;
  std::int64_t requests = 0;
  std::int64_t unpriced_requests = 0;  ///< of them; the spend says nothing about these
  BudgetColour colour = BudgetColour::green;
  std::optional<BudgetProjection> projection;  ///< nothing without a complete day of history
  friend bool operator==(const BudgetStatus&, const BudgetStatus&) = default;
};

struct BudgetStanding {
  BudgetCap cap;
  BudgetStatus status;
  std::string time_zone;                      ///< the zone whose dates count
  Instant starts_at;                          ///< of the period, inclusive
  Instant ends_at;                            ///< exclusive
  std::optional<ExpectedSpend> expected;      ///< nothing without a forecast of its scope
  std::optional<BudgetCap> exceeded_ceiling;  ///< the platform cap that a TENANT cap is above
};

/// A cap that counts the call in question, with what is used of it by then.
struct ApplicableCap {
  const BudgetStanding* standing = nullptr;
  Money spent;  ///< zero where the cap's period is over: the new one was not computed yet
  BudgetColour colour = BudgetColour::green;
  Money remaining() const { return standing->cap.limit - spent; }
};

enum class BudgetVerdict { allow, warn, block };
const char* name_of(BudgetVerdict verdict);

/// The three notions of tightest; ties by id.
struct TightestCaps {
  ApplicableCap least_remaining;  ///< governs; ties by highest utilisation, then id
  ApplicableCap smallest_limit;
  ApplicableCap highest_utilisation;  ///< share of the limit that is spent
};

struct BudgetDecision {
  BudgetVerdict verdict = BudgetVerdict::allow;  ///< by the worst colour of the applicable caps
  std::vector<ApplicableCap> applicable;         ///< the enabled ones that govern, by id
  std::optional<TightestCaps> tightest;          ///< nothing if no cap applies
  bool tenant_known = false;  ///< configured, with usage or with a cap of its own
};

/// The decision as a tenant may see it: caps of all tenants together, whose figures are others',
/// too, are not in it, but count for the verdict.
BudgetDecision without_global_caps(BudgetDecision decision);

/// -1, 0 or 1 as a/b is less than, equal to or greater than c/d; b and d are above zero.
int compare_ratios(Money a, Money b, Money c, Money d);

/// Immutable; any thread may ask.
class BudgetStandings {
 public:
  BudgetStandings(std::vector<BudgetStanding> standings, Instant computed_at,
                  std::unordered_set<std::string> tenants);
  BudgetStandings(const BudgetStandings&) = delete;
  BudgetStandings& operator=(const BudgetStandings&) = delete;

  /// In the order given.
  const std::vector<BudgetStanding>& all() const { return standings_; }
  const BudgetStanding* find(const std::string& id) const;
  Instant computed_at() const { return computed_at_; }

  /// What holds for a call at `now`. A tenant that nobody knows has the global caps only, and so
  /// has a blank one; a key without a cap of its own has those of its tenant.
  BudgetDecision decide(const std::string& tenant, const std::string& api_key, Instant now) const;

 private:
  void add_applicable(const std::string& scope, Instant now,
                      std::vector<ApplicableCap>& applicable) const;

  std::vector<BudgetStanding> standings_;
  Instant computed_at_;
  std::unordered_set<std::string> tenants_;
  std::unordered_map<std::string, std::size_t> by_id_;
  std::unordered_map<std::string, std::vector<std::size_t>> enabled_by_scope_;
};

}  // namespace costd
