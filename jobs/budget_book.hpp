#pragma once
// The newest standings of all caps, in memory, for whoever asks before a call.

#include <memory>
#include <mutex>

#include "ledger/budget_standing.hpp"

namespace costd {

class Database;

/// Thread-safe. A page is immutable and swapped as a whole; who holds one keeps it. Refreshed at
/// start, by the budgets job, and after each change of a cap.
class BudgetBook {
 public:
  /// Never null; empty, and computed at the epoch, before the first refresh.
  std::shared_ptr<const BudgetStandings> current() const;
  /// Computes the standings at `now` and puts them up; gives them. One caller after the other, so
  /// that an older page never replaces a newer one. Throws Error(database), and the old page stays.
  std::shared_ptr<const BudgetStandings> refresh(Database& database, Instant now);

 private:
  mutable std::mutex page_mutex_;
  std::mutex refresh_mutex_;
  std::shared_ptr<const BudgetStandings> page_;
};

}  // namespace costd
