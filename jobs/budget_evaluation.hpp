#pragma once
// Where every cap stands: the stored caps against one pass over the daily charges.

#include <memory>
#include <optional>

#include "ledger/budget_standing.hpp"

namespace costd {

class Connection;

struct BudgetMoment {
  Instant now;
  /// As if this were the last complete day: periods are those around it and later usage does not
  /// count. Without it, periods are those around each cap's own today, in its tenant's zone.
  std::optional<Day> as_of;
};

/// All caps, by name; disabled ones have figures, too.
std::shared_ptr<const BudgetStandings> evaluate_budgets(Connection& connection,
                                                        const BudgetMoment& moment);

}  // namespace costd
