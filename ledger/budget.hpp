#pragma once
// Budget caps and how much of them is used.

#include <optional>
#include <string>
#include <string_view>

#include "ledger/money.hpp"
#include "ledger/time/calendar.hpp"

namespace costd {

enum class BudgetPeriod { daily, weekly, monthly };
const char* name_of(BudgetPeriod period);  ///< "DAILY", "WEEKLY", "MONTHLY"
/// DAILY, WEEKLY, MONTHLY and the short DAY, WEEK, MONTH.
std::optional<BudgetPeriod> parse_budget_period(std::string_view text);
/// The day, ISO week or month that holds the day.
DayRange period_around(Day day, BudgetPeriod period);

struct BudgetCap {
  std::string id;
  std::string name;
  std::string tenant;   ///< "" = all tenants together
  std::string api_key;  ///< "" = the tenant as a whole
  BudgetPeriod period = BudgetPeriod::monthly;
  Money limit;
  int soft_limit_percent = 80;
};

/// green below the soft limit, amber from it, red from the limit on.
enum class BudgetColour { green, amber, red };
const char* name_of(BudgetColour colour);
BudgetColour colour_of(const BudgetCap& cap, Money spent);

}  // namespace costd
