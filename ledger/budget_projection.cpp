#include "ledger/budget_projection.hpp"

#include <algorithm>

namespace costd {

using std::chrono::days;

std::optional<BudgetProjection> project_budget(const BudgetCap& cap, const ScopeSpend& spend,
                                               const DayRange& period, Day running) {
  if (spend.history_days <= 0) return std::nullopt;
  const std::int64_t window = spend.history_days;
  const Money spent = spend.in(cap.period).spent;
  // All amounts times the days of the window, so that nothing is rounded before the end.
  Money base = spent * window;
  if (running < period.to) {
    base += std::max(spend.last_days, spend.today * window) - spend.today * window;
  }
  const std::int64_t days_left = std::max<std::int64_t>((period.to - running).count() - 1, 0);

  BudgetProjection projection;
  projection.at_end = scale(base + spend.last_days * days_left, 1, window);
  projection.low_confidence = window < run_rate_days;
  if (spent >= cap.limit || running >= period.to) return projection;
  const Money missing = cap.limit * window - base;
  if (missing <= Money()) {
    projection.crosses_on = running;
  } else if (spend.last_days > Money()) {
    const int128 rate = spend.last_days.picos();
    const int128 days_until = (missing.picos() + rate - 1) / rate;
    if (days_until <= days_left) {
      projection.crosses_on = running + days(static_cast<std::int64_t>(days_until));
    }
  }
  return projection;
}

}  // namespace costd
