#pragma once
// Where a budget's period is going: the published run rate, for periods of any length.

#include <cstdint>
#include <optional>
#include <vector>

#include "ledger/budget.hpp"
#include "ledger/forecast.hpp"

namespace costd {

/// What one scope (all, a tenant, a key) spent up to a moment.
struct ScopeSpend {
  struct InPeriod {
    Money spent;
    std::int64_t requests = 0;
    /// Of the requests, those the spend says nothing about: unpriced, not rated yet, out of range.
    std::int64_t unpriced_requests = 0;
  };
  InPeriod in_period[budget_period_count];  ///< by BudgetPeriod
  Money today;                              ///< of it, on the running day
  Money last_days;       ///< on the last run_rate_days complete days, whatever period they are in
  int history_days = 0;  ///< complete days since the first with usage, at most run_rate_days

  const InPeriod& in(BudgetPeriod period) const { return in_period[static_cast<int>(period)]; }
  InPeriod& in(BudgetPeriod period) { return in_period[static_cast<int>(period)]; }
};

struct BudgetProjection {
  Money at_end;  ///< expected spend in the whole period
  /// The day on which the limit is reached if spending goes on; nothing if the period ends before,
  /// or if it is reached already.
  std::optional<Day> crosses_on;
  bool low_confidence = false;  ///< fewer than run_rate_days days of history
  friend bool operator==(const BudgetProjection&, const BudgetProjection&) = default;
};

/// Spent so far + the mean of the last 7 complete days for each day that is left. The running day
/// counts as the larger of that mean and what it has spent already. `running` is the first day that
/// is not complete; from the period's end on nothing is left. Rounded once, half-even, in the last
/// pico. Nothing where there is no complete day of history.
std::optional<BudgetProjection> project_budget(const BudgetCap& cap, const ScopeSpend& spend,
                                               const DayRange& period, Day running);

/// What each day is expected to cost, from the one after as_of on: an estimate.
struct ExpectedDays {
  Day as_of{};
  std::vector<Money> amounts;
  /// Nothing beyond what is expected.
  std::optional<Money> on(Day day) const;
};

/// As BudgetProjection, by what the weekdays to come are expected to cost: an estimate.
struct ExpectedSpend {
  Money at_end;
  std::optional<Day> crosses_on;
};

/// Spent so far + what is expected of the days that are left; the running day counts as the larger
/// of that and what it has spent already. Nothing where less is expected than the period has days.
std::optional<ExpectedSpend> expect_budget(const BudgetCap& cap, const ScopeSpend& spend,
                                           const DayRange& period, Day running,
                                           const ExpectedDays& expected);

}  // namespace costd
