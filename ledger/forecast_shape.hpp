#pragma once
// What repeats in a daily series and what does not: its week, days that recur in every month, days
// that stand out once, and where its level last shifted. Estimates; none is ever charged.

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "ledger/time/calendar.hpp"

namespace costd {

/// Where a day stands in its week and month.
struct CalendarDay {
  int weekday = 0;      ///< 0 is Sunday
  int month_day = 0;    ///< 1 to 31
  int days_to_end = 0;  ///< 0 on the last day of the month
};
std::vector<CalendarDay> calendar_of(const DayRange& range);

/// A day of the month that costs more than its weekday does, time and again: a batch job.
struct RecurringDay {
  int month_day = 0;    ///< 1 to 31; 0 if counted from the end
  int days_to_end = 0;  ///< as in CalendarDay
  double extra = 0;     ///< beyond what the weekday costs, in multiples of the level
  bool falls_on(const CalendarDay& day) const {
    return month_day != 0 ? day.month_day == month_day : day.days_to_end == days_to_end;
  }
};

struct SeriesShape {
  std::array<double, 7> weekday{1, 1, 1, 1, 1, 1, 1};  ///< factors on the level, 0 is Sunday
  std::vector<RecurringDay> recurring;
  std::vector<double> levels;  ///< the days without week, recurring days and what stands out once
  std::size_t shifted_at = 0;  ///< the first day of the present level; 0 if it never shifted
  double noise = 0;            ///< robust deviation of a day, as a share of the level
  double spike_extra = 0;      ///< mean of what stands out once, a day, as a share of the level
  std::optional<double> week_change;  ///< median step of a week's mean level; none before two weeks
  bool is_intermittent = false;  ///< days without cost come and go beyond what the week explains

  /// What a day costs at that level.
  double cost_on(const CalendarDay& day, double level) const;
};

/// The shape of the values, whose calendar begins with their first day. Looks at nothing after
/// them.
SeriesShape shape_of(std::span<const double> values, std::span<const CalendarDay> calendar);

}  // namespace costd
