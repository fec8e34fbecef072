#include "ledger/budget.hpp"

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
  if (spent >= cap.limit) return BudgetColour::red;
  return spent * 100 >= cap.limit * cap.soft_limit_percent ? BudgetColour::amber
                                                           : BudgetColour::green;
}

}  // namespace costd
