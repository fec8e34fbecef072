#include "ledger/spend_habits.hpp"

#include <algorithm>
#include <cmath>

#include "ledger/forecast_statistics.hpp"

namespace costd {
namespace {

/// Days from a day of one month to the same of the next, and from last day to last day.
constexpr std::size_t month_least = 27;
constexpr std::size_t month_most = 32;
constexpr std::size_t reach = 10;

bool is_weekend(const CalendarDay& day) {
  return day.weekday == 0 || day.weekday == 6;
}

bool is_same_month_day(const CalendarDay& a, const CalendarDay& b) {
  return a.month_day == b.month_day || (a.days_to_end == 0 && b.days_to_end == 0);
}

}  // namespace

SpendHabits::SpendHabits(std::span<const double> values, std::span<const CalendarDay> calendar,
                         const HabitParameters& parameters)
    : values_(values),
      calendar_(calendar),
      parameters_(parameters),
      levels_(calendar.size()),
      surprises_(calendar.size()) {}

double SpendHabits::batch_on(std::size_t day, double level) const {
  double most = 0;
  for (std::size_t back = month_least; back <= month_most && back <= day; ++back) {
    const std::size_t then = day - back;
    if (!is_same_month_day(calendar_[then], calendar_[day])) continue;
    const double usual = around(then);
    const double extra = values_[then] - usual;
    if (usual <= 0 || extra <= parameters_.batch_least * usual) continue;
    // In proportion to a level that rose since; as it was otherwise.
    most = std::max(most, extra * std::max(1.0, std::exp(level - levels_[then])));
  }
  return most;
}

bool SpendHabits::is_batch(std::size_t day, double cost, double usual, double level) const {
  const double extra = batch_on(day, level);
  return extra > 0 && cost > usual && cost <= (usual + extra) * (1 + parameters_.batch_slack);
}

bool SpendHabits::is_habit(std::size_t day, double error) const {
  std::size_t times = 0;
  for (std::size_t back = 1; back <= parameters_.habit_days && back <= day; ++back) {
    const double before = surprises_[day - back];
    const bool alike = std::fabs(error) <= parameters_.habit_slack * std::fabs(before);
    if (before * error > 0 && alike) ++times;
  }
  return times >= parameters_.habit_times;
}

bool SpendHabits::is_weekly(std::size_t day, double error) const {
  if (day < 7) return false;
  const double before = surprises_[day - 7];
  return before * error > 0 && std::fabs(error) * parameters_.weekly_alike > std::fabs(before) &&
         std::fabs(error) < std::fabs(before) * parameters_.weekly_alike;
}

/// What days of its kind cost around it, as far as they are known.
double SpendHabits::around(std::size_t day) const {
  std::vector<double> near;
  const std::size_t from = day > reach ? day - reach : 0;
  const std::size_t to = std::min(day + reach + 1, values_.size());
  for (std::size_t n = from; n < to; ++n) {
    if (n != day && is_weekend(calendar_[n]) == is_weekend(calendar_[day])) {
      near.push_back(values_[n]);
    }
  }
  return median_of(near);
}

}  // namespace costd
