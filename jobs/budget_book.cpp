#include "jobs/budget_book.hpp"

#include "jobs/budget_evaluation.hpp"
#include "ledger/store/database.hpp"

namespace costd {

std::shared_ptr<const BudgetStandings> BudgetBook::current() const {
  static const auto empty = std::make_shared<const BudgetStandings>(
      std::vector<BudgetStanding>(), Instant(), std::unordered_set<std::string>());
  const std::lock_guard lock(page_mutex_);
  return page_ ? page_ : empty;
}

std::shared_ptr<const BudgetStandings> BudgetBook::refresh(Database& database, Instant now) {
  const std::lock_guard one_at_a_time(refresh_mutex_);
  auto page = evaluate_budgets(database.snapshot(), {now, std::nullopt});
  const std::lock_guard lock(page_mutex_);
  page_ = page;
  return page;
}

}  // namespace costd
