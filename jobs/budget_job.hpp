#pragma once
// How much of each budget cap is used in its current period, and who is told.

#include <memory>
#include <vector>

#include "jobs/alerts/alert_desk.hpp"
#include "jobs/budget_book.hpp"
#include "jobs/job.hpp"

namespace costd {

struct BudgetJobOptions {
  /// Percentages of the limit, above zero, that alert besides each cap's soft limit and 100.
  std::vector<int> thresholds;
  AlertDesk* desk = nullptr;  ///< null: alerts are stored and nobody is told
};

/// Puts the standings of today into the book, stores the statuses that changed, and raises in the
/// same transaction what they call for: each threshold and the forecast once for a cap's version
/// and period. Where several thresholds are crossed at once, the highest is raised at the desk and
/// those below it are only noted as raised, without a message of their own.
/// With the `asOf` parameter it is a look back: it says the counts, and changes and raises nothing.
/// Counts: budgets, amber, red (enabled ones), alerts.
std::unique_ptr<Job> make_budget_job(std::shared_ptr<BudgetBook> book,
                                     BudgetJobOptions options = {});

}  // namespace costd
