#include "ledger/budget_ceiling.hpp"

#include <fmt/format.h>

#include "ledger/error.hpp"

namespace costd {
namespace {

bool is_tighter(const BudgetCap& a, const BudgetCap& b) {
  return a.limit != b.limit ? a.limit < b.limit : a.id < b.id;
}

}  // namespace

BudgetCeilings::BudgetCeilings(std::span<const BudgetCap> caps) {
  for (const BudgetCap& cap : caps) {
    if (!cap.enabled || cap.managed_by != ManagedBy::platform) continue;
    const BudgetCap*& tightest = tightest_[{cap.tenant, cap.api_key, cap.period}];
    if (tightest == nullptr || is_tighter(cap, *tightest)) tightest = &cap;
  }
}

const BudgetCap* BudgetCeilings::find(const BudgetCap& cap) const {
  if (cap.managed_by != ManagedBy::tenant) return nullptr;
  const BudgetCap* ceiling = nullptr;
  const auto consider = [&](const std::string& tenant, const std::string& api_key) {
    const auto found = tightest_.find({tenant, api_key, cap.period});
    if (found == tightest_.end()) return;
    if (ceiling == nullptr || is_tighter(*found->second, *ceiling)) ceiling = found->second;
  };
  consider("", "");
  if (!cap.tenant.empty()) consider(cap.tenant, "");
  if (!cap.api_key.empty()) consider(cap.tenant, cap.api_key);
  return ceiling;
}

const BudgetCap* find_exceeded_ceiling(const BudgetCap& cap, const BudgetCeilings& ceilings) {
  const BudgetCap* ceiling = ceilings.find(cap);
  return ceiling != nullptr && cap.limit > ceiling->limit ? ceiling : nullptr;
}

void check_ceiling(const BudgetCap& cap, const BudgetCeilings& ceilings) {
  const BudgetCap* ceiling = find_exceeded_ceiling(cap, ceilings);
  if (ceiling == nullptr) return;
  throw Error(ErrorCode::refused,
              fmt::format("limitUsd {} is above the platform's {} ceiling \"{}\" ({}) of {} USD; a "
                          "TENANT cap may only tighten: set at most {}",
                          format_exact(cap.limit), name_of(ceiling->period), ceiling->name,
                          ceiling->id, format_exact(ceiling->limit), format_exact(ceiling->limit)));
}

}  // namespace costd
