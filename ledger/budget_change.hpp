#pragma once
// Adding and editing a cap: what may be written, and what an edit changes.

#include <optional>
#include <string>

#include "ledger/budget.hpp"

namespace costd {

/// The fields that somebody gave, as text where people write text.
struct BudgetFields {
  std::optional<std::string> name;
  std::optional<std::string> tenant;
  std::optional<std::string> api_key;
  std::optional<std::string> period;
  std::optional<std::string> limit;  ///< decimal USD
  std::optional<std::int64_t> soft_limit_percent;
  std::optional<bool> enabled;
  std::optional<std::string> managed_by;
};

inline constexpr std::size_t budget_name_bytes_max = 200;

/// The cap with those fields in the place of its own. Throws Error(usage) that names the field by
/// its JSON name and the remedy: no or too long a name, an unknown period, a limit that is no
/// amount, not above zero or above budget_limit_max, a soft limit outside 1 to 100, a key without a
/// tenant, a TENANT cap without one.
BudgetCap with_fields(BudgetCap cap, const BudgetFields& fields);

/// "limitUsd 100.000000000000 -> 120.000000000000, enabled true -> false", without the version;
/// "" where nothing differs.
std::string describe_changes(const BudgetCap& before, const BudgetCap& after);

/// Throws Error(conflict) if `given` is not the cap's version. The text says the current one and
/// what changed since `known`, the cap as it was in the version given, where that is on record.
void check_version(const BudgetCap& current, std::int64_t given,
                   const std::optional<BudgetCap>& known);

/// Throws Error(refused) with the remedy for a cap of the configuration.
void check_editable(const BudgetCap& cap);

}  // namespace costd
