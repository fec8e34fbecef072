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

std::optional<Money> ExpectedDays::on(Day day) const {
  const auto index = (day - as_of).count() - 1;
  if (index < 0 || index >= static_cast<std::int64_t>(amounts.size())) return std::nullopt;
  return amounts[static_cast<std::size_t>(index)];
}

std::optional<ExpectedSpend> expect_budget(const BudgetCap& cap, const ScopeSpend& spend,
                                           const DayRange& period, Day running,
                                           const ExpectedDays& expected) {
  ExpectedSpend result{spend.in(cap.period).spent, std::nullopt};
  const bool is_crossed_already = result.at_end >= cap.limit;
  for (Day day = running; day < period.to; day += days(1)) {
    const auto amount = expected.on(day);
    if (!amount) return std::nullopt;
    result.at_end += day == running ? std::max(*amount, spend.today) - spend.today : *amount;
    if (!is_crossed_already && !result.crosses_on && result.at_end >= cap.limit) {
      result.crosses_on = day;
    }
  }
  return result;
}

}  // namespace costd
