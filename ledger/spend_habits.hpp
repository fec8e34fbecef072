#pragma once
// What a series did before, and so is no surprise now: jobs that run on a day of the month, a
// change of its week, days that stand out now and then. Estimates.

#include <cstddef>
#include <span>
#include <vector>

#include "ledger/forecast_shape.hpp"

namespace costd {

/// Chosen by the tuning set of tests/bench/anomaly.
struct HabitParameters {
  double batch_least = 0.3;     ///< of the usual: what a batch job adds, at least
  double batch_slack = 0.8;     ///< how much more than the last one it may cost
  std::size_t habit_days = 63;  ///< looked back for
  std::size_t habit_times = 3;  ///< so many surprises in the same direction,
  double habit_slack = 1.3;     ///< each at least as large as this one by this factor
  double weekly_alike = 2;      ///< a week ago: within this factor
};

/// Errors and levels are logarithms; a day is known once it is given to `remember`.
class SpendHabits {
 public:
  /// The values and the calendar must outlive this.
  SpendHabits(std::span<const double> values, std::span<const CalendarDay> calendar,
              const HabitParameters& parameters);

  void remember(std::size_t day, double level) { levels_[day] = level; }
  /// The day's error was one that an incident begins with.
  void surprise(std::size_t day, double error) { surprises_[day] = error; }

  /// What a batch job on the same day of the month before would add to this one, in USD; 0 if there
  /// was none.
  double batch_on(std::size_t day, double level) const;
  /// The cost of that day is what `usual` and such a batch job come to.
  bool is_batch(std::size_t day, double cost, double usual, double level) const;
  /// It stood out so often before that this is how it is.
  bool is_habit(std::size_t day, double error) const;
  /// The same weekday stood out alike a week ago.
  bool is_weekly(std::size_t day, double error) const;

 private:
  double around(std::size_t day) const;

  std::span<const double> values_;
  std::span<const CalendarDay> calendar_;
  HabitParameters parameters_;
  std::vector<double> levels_;
  std::vector<double> surprises_;
};

}  // namespace costd
