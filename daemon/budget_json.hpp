#pragma once
// Budgets as the control socket shows and reads them.

#include "daemon/json_views.hpp"
#include "ledger/budget_change.hpp"
#include "ledger/budget_standing.hpp"

namespace costd {

/// The cap's fields with its `usage`, and `aboveCeiling` where a tenant's cap is above the
/// platform's.
OrderedJson to_json(const BudgetStanding& standing, Instant computed_at);
/// The verdict with the governing cap, the three notions of tightest and all that apply.
OrderedJson to_json(const BudgetDecision& decision, Instant computed_at);

/// The three notions of tightest, or nulls.
OrderedJson tightest_json(const BudgetDecision& decision);

/// Fields of a body {"name","tenantId","apiKey","period","limitUsd","softLimitPct","enabled",
/// "managedBy"}, with "version" apart. Throws Error(usage) naming a member that is unknown or of
/// the wrong kind; an amount must be text or a whole number, since others have lost digits already.
struct BudgetBody {
  BudgetFields fields;
  std::optional<std::int64_t> version;
};
BudgetBody read_budget_body(const nlohmann::json& body);

}  // namespace costd
