#include "config/sections.hpp"
#include "ledger/budget.hpp"
#include "ledger/error.hpp"

namespace costd {
namespace {

std::string read_period(const YamlValue& value) {
  const std::string written = value.choice({"DAILY", "WEEKLY", "MONTHLY", "DAY", "WEEK", "MONTH"});
  if (written == "DAY") return "DAILY";
  if (written == "WEEK") return "WEEKLY";
  if (written == "MONTH") return "MONTHLY";
  return written;
}

Money read_limit(const YamlValue& value) {
  Money limit;
  try {
    limit = parse_money(value.text());
  } catch (const Error& error) {
    if (error.code() != ErrorCode::data) throw;
    value.fail_as_written(
        "which is no amount; write US dollars with at most 12 decimals, such as 500 or 12.50");
  }
  if (limit <= Money()) value.fail_as_written("not above zero; write the most that may be spent");
  if (limit > budget_limit_max) {
    value.fail_as_written("above the highest limit, " +
                          format_cents(round_to_cents(budget_limit_max)) +
                          " USD; leave the budget out where there is no limit");
  }
  return limit;
}

BudgetSettings read_budget(const YamlMap& entry) {
  constexpr IntegerRange percent{soft_limit_percent_min, soft_limit_percent_max};
  BudgetSettings budget;
  budget.name = entry.get("name").text();
  budget.tenant = entry.text_or("tenant", "");
  budget.api_key = entry.text_or("api_key", "");
  if (const auto key = entry.find("api_key"); key && budget.tenant.empty()) {
    key->fail_as_written("the key of no tenant; add 'tenant'");
  }
  budget.period = read_period(entry.get("period"));
  budget.limit = read_limit(entry.get("limit"));
  if (const auto soft = entry.find("soft_limit")) {
    budget.soft_limit_percent = static_cast<int>(soft->integer(percent));
  }
  if (const auto enabled = entry.find("enabled")) budget.enabled = enabled->boolean();
  return budget;
}

}  // namespace

std::vector<BudgetSettings> read_budgets(const YamlValue& list) {
  std::vector<BudgetSettings> budgets;
  UniqueNames names;
  for (const YamlValue& item : list.items()) {
    const YamlMap entry = item.map(
        {"name", "tenant", "api_key", "period", "limit", "soft_limit", "enabled"});
    budgets.push_back(read_budget(entry));
    names.add(entry.get("name"));
  }
  return budgets;
}

}  // namespace costd
