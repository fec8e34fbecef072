#include "ledger/budget.hpp"

#include <nlohmann/json.hpp>

namespace costd {

using std::chrono::days;

const char* name_of(BudgetPeriod period) {
  switch (period) {
    case BudgetPeriod::daily:
      return "DAILY";
    case BudgetPeriod::weekly:
      return "WEEKLY";
    case BudgetPeriod::monthly:
      return "MONTHLY";
  }
  return "MONTHLY";
}

std::optional<BudgetPeriod> parse_budget_period(std::string_view text) {
  if (text == "DAILY" || text == "DAY") return BudgetPeriod::daily;
  if (text == "WEEKLY" || text == "WEEK") return BudgetPeriod::weekly;
  if (text == "MONTHLY" || text == "MONTH") return BudgetPeriod::monthly;
  return std::nullopt;
}

DayRange period_around(Day day, BudgetPeriod period) {
  switch (period) {
    case BudgetPeriod::daily:
      return {day, day + days(1)};
    case BudgetPeriod::weekly:
      return {start_of_week(day), start_of_week(day) + days(7)};
    case BudgetPeriod::monthly:
      return days_of(month_of(day));
  }
  return days_of(month_of(day));
}

const char* name_of(ManagedBy managed_by) {
  return managed_by == ManagedBy::tenant ? "TENANT" : "PLATFORM";
}

std::optional<ManagedBy> parse_managed_by(std::string_view text) {
  if (text == "PLATFORM") return ManagedBy::platform;
  if (text == "TENANT") return ManagedBy::tenant;
  return std::nullopt;
}

const char* name_of(BudgetOrigin origin) {
  return origin == BudgetOrigin::config ? "config" : "api";
}

bool governs(const BudgetCap& cap, const std::string& tenant, const std::string& api_key) {
  if (cap.tenant.empty()) return true;
  return cap.tenant == tenant && (cap.api_key.empty() || cap.api_key == api_key);
}

bool is_crossed(const BudgetCap& cap, Money spent, int percent) {
  return spent * 100 >= cap.limit * percent;
}

const char* name_of(BudgetColour colour) {
  switch (colour) {
    case BudgetColour::green:
      return "green";
    case BudgetColour::amber:
      return "amber";
    case BudgetColour::red:
      return "red";
  }
  return "green";
}

BudgetColour colour_of(const BudgetCap& cap, Money spent) {
  if (is_crossed(cap, spent, 100)) return BudgetColour::red;
  return is_crossed(cap, spent, cap.soft_limit_percent) ? BudgetColour::amber : BudgetColour::green;
}

nlohmann::ordered_json fields_of(const BudgetCap& cap) {
  return {{"id", cap.id},
          {"name", cap.name},
          {"tenantId", cap.tenant},
          {"apiKey", cap.api_key},
          {"period", name_of(cap.period)},
          {"limitUsd", format_exact(cap.limit)},
          {"softLimitPct", cap.soft_limit_percent},
          {"enabled", cap.enabled},
          {"version", cap.version},
          {"managedBy", name_of(cap.managed_by)},
          {"origin", name_of(cap.origin)}};
}

std::string canonical_text(const BudgetCap& cap) {
  return fields_of(cap).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace costd
