#pragma once
// The ceiling of a tenant's cap: tighten, never loosen.

#include <map>
#include <span>
#include <string>
#include <tuple>

#include "ledger/budget.hpp"

namespace costd {

/// The tightest platform caps by scope and period. Keeps pointers to the caps it was made from.
class BudgetCeilings {
 public:
  /// Of the caps, the enabled ones of the platform count.
  explicit BudgetCeilings(std::span<const BudgetCap> caps);

  /// The effective ceiling of a TENANT cap: of the enabled PLATFORM caps of the same period that
  /// govern its tenant and key (global ones, the tenant's, the key's), the one with the smallest
  /// limit; of equal ones the first by id. Nothing for a PLATFORM cap, or where none governs.
  const BudgetCap* find(const BudgetCap& cap) const;

 private:
  using Scope = std::tuple<std::string, std::string, BudgetPeriod>;
  std::map<Scope, const BudgetCap*> tightest_;
};

/// The ceiling that the cap is above; nothing where it keeps to it.
const BudgetCap* find_exceeded_ceiling(const BudgetCap& cap, const BudgetCeilings& ceilings);

/// Throws Error(refused) naming the ceiling if the cap is above it.
void check_ceiling(const BudgetCap& cap, const BudgetCeilings& ceilings);

}  // namespace costd
