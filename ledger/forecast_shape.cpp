#include "ledger/forecast_shape.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "ledger/forecast_statistics.hpp"

namespace costd {
namespace {

constexpr std::size_t weeks_max = 16;
constexpr std::size_t window = 7;

// Chosen by the tuning set of tests/bench/forecast; shares of the level where nothing else is said.
constexpr double excess_min = 0.6;        ///< what stands out of its weekday, at least this
constexpr double excess_deviations = 4;   ///< and this many deviations of the noise
constexpr double month_end_doubt = 0.15;  ///< chance that spikes merely fell on a month's edge
constexpr double month_day_doubt = 0.1;   ///< chance that they fell on any other day of it
constexpr double clip_min = 0.15;         ///< a day beyond this and
constexpr double clip_deviations = 3;     ///< so many deviations is clipped,
constexpr double clip_to = 0.5;           ///< to this part of the limit
constexpr std::size_t shift_reach = 10;   ///< days compared before and after a shift
constexpr double shift_min = 0.25;        ///< of the logarithm
constexpr double shift_deviations = 1.6;
constexpr double intermittent_min = 0.2;  ///< of the days of weekdays that ever cost anything
constexpr double shift_sharpness = 0.6;   ///< part of a shift that four days explain

/// Ratios of each weekday's last days to the level around them, newest first.
using Ratios = std::array<std::vector<double>, 7>;

Ratios ratios_of(std::span<const double> values, std::span<const double> around,
                 std::span<const CalendarDay> calendar) {
  Ratios ratios;
  for (std::size_t n = values.size(); n-- > 0;) {
    auto& list = ratios[static_cast<std::size_t>(calendar[n].weekday)];
    if (around[n] > 0 && list.size() < weeks_max) list.push_back(values[n] / around[n]);
  }
  return ratios;
}

bool is_weekend(std::size_t weekday) {
  return weekday == 0 || weekday == 6;
}

/// The share of a difference that is believed, given its standard error.
double belief(double difference, double error) {
  const double squared = difference * difference;
  if (squared <= 0) return 0;
  return squared / (squared + error * error);
}

struct WeekdayEstimate {
  std::array<double, 7> factor{};
  double deviation = 0;  ///< of one day around its weekday, relative
  double count = 0;      ///< weeks looked at
};

WeekdayEstimate medians_of(const Ratios& ratios) {
  WeekdayEstimate estimate;
  std::vector<double> deviations;
  double sum = 0;
  std::size_t count = weeks_max;
  for (std::size_t day = 0; day < 7; ++day) {
    estimate.factor[day] = median_of(ratios[day]);
    sum += estimate.factor[day];
    count = std::min(count, ratios[day].size());
  }
  estimate.count = static_cast<double>(count);
  if (sum <= 0) return estimate;
  for (std::size_t day = 0; day < 7; ++day) {
    for (const double ratio : ratios[day]) {
      if (estimate.factor[day] > 0) {
        deviations.push_back(std::fabs(ratio / estimate.factor[day] - 1));
      }
    }
    estimate.factor[day] *= 7 / sum;
  }
  // The median of few days lies close to each of them.
  const double freedom = estimate.count > 1 ? std::sqrt(estimate.count / (estimate.count - 1)) : 2;
  estimate.deviation = mad_to_deviation * median_of(deviations) * freedom;
  return estimate;
}

/// Weekdays shrink towards their group, and the weekend towards the working days, by how little
/// the data says against it.
std::array<double, 7> weekday_profile(const WeekdayEstimate& estimate) {
  std::array<double, 7> factor{1, 1, 1, 1, 1, 1, 1};
  if (estimate.count < 1) return factor;
  double work = 0;
  double weekend = 0;
  for (std::size_t day = 0; day < 7; ++day) {
    (is_weekend(day) ? weekend : work) += estimate.factor[day] / (is_weekend(day) ? 2 : 5);
  }
  const double variance = estimate.deviation * estimate.deviation * 1.57 / estimate.count;
  double between = 0;
  for (std::size_t day = 0; day < 7; ++day) {
    const double group = is_weekend(day) ? weekend : work;
    const double difference = group > 0 ? estimate.factor[day] / group - 1 : 0;
    between += difference * difference / 5;  // seven days less two groups
  }
  const double kept = between > 0 ? std::max(0.0, 1 - variance / between) : 0;
  const double gap = weekend - work;
  const double kept_gap = belief(gap, std::sqrt(variance * 0.7));
  const double common = (5 * work + 2 * weekend) / 7;
  double sum = 0;
  for (std::size_t day = 0; day < 7; ++day) {
    const double group = is_weekend(day) ? weekend : work;
    const double own = group > 0 ? estimate.factor[day] / group : 1;
    factor[day] = (common + kept_gap * (group - common)) * (1 + kept * (own - 1));
    sum += factor[day];
  }
  for (double& value : factor) value *= 7 / sum;
  return factor;
}

std::vector<double> without_week(std::span<const double> values,
                                 std::span<const CalendarDay> calendar,
                                 const std::array<double, 7>& weekday,
                                 std::span<const double> around) {
  std::vector<double> levels(values.size());
  for (std::size_t n = 0; n < values.size(); ++n) {
    const double factor = weekday[static_cast<std::size_t>(calendar[n].weekday)];
    // A day that hardly ever costs anything says nothing about the level.
    levels[n] = factor > 0.04 ? values[n] / factor : around[n];
  }
  return levels;
}

double noise_of(std::span<const double> levels, std::span<const double> around) {
  std::vector<double> deviations;
  const std::size_t from = levels.size() > 120 ? levels.size() - 120 : 0;
  for (std::size_t n = from; n < levels.size(); ++n) {
    if (around[n] > 0) deviations.push_back(std::fabs(levels[n] / around[n] - 1));
  }
  return mad_to_deviation * 1.08 * median_of(deviations);
}

/// How far above its weekday a day lies, in multiples of the level.
std::vector<double> excesses(std::span<const double> values, const SeriesShape& shape,
                             std::span<const CalendarDay> calendar,
                             std::span<const double> around) {
  std::vector<double> excess(values.size());
  for (std::size_t n = 0; n < values.size(); ++n) {
    if (around[n] <= 0) continue;
    const double factor = shape.weekday[static_cast<std::size_t>(calendar[n].weekday)];
    excess[n] = values[n] / around[n] - factor;
  }
  return excess;
}

double threshold(const SeriesShape& shape) {
  return std::max(excess_min, excess_deviations * shape.noise);
}

/// The days in a row, newest first, on which the candidate stood out.
std::vector<double> run_of(const RecurringDay& candidate, std::span<const double> excess,
                           std::span<const CalendarDay> calendar, double limit) {
  std::vector<double> run;
  for (std::size_t n = excess.size(); n-- > 0 && run.size() < 6;) {
    if (!candidate.falls_on(calendar[n])) continue;
    if (excess[n] <= limit) break;
    run.push_back(excess[n]);
  }
  return run;
}

std::vector<RecurringDay> recurring_days(const SeriesShape& shape, std::span<const double> excess,
                                         std::span<const CalendarDay> calendar) {
  const double limit = threshold(shape);
  const auto above = std::ranges::count_if(excess, [&](double e) { return e > limit; });
  if (above == 0) return {};
  const double rate = static_cast<double>(above) / static_cast<double>(excess.size());
  std::vector<RecurringDay> found;
  const auto consider = [&](const RecurringDay& candidate, double positions, double doubt) {
    const auto run = run_of(candidate, excess, calendar, limit);
    // Spikes that merely happened to fall on the same day of the month.
    if (run.empty() || positions * std::pow(rate, static_cast<double>(run.size())) > doubt) return;
    found.push_back(candidate);
    found.back().extra = median_of(run);
  };
  consider({.days_to_end = 0}, 1, month_end_doubt);
  consider({.month_day = 1}, 1, month_end_doubt);
  for (int day = 2; day <= 28; ++day) consider({.month_day = day}, 28, month_day_doubt);
  return found;
}

bool recurs(const SeriesShape& shape, const CalendarDay& day) {
  return std::ranges::any_of(
      shape.recurring, [&](const RecurringDay& recurring) { return recurring.falls_on(day); });
}

/// Replaces recurring days and what stands out once by the level around them.
void clean(SeriesShape& shape, std::span<const double> excess,
           std::span<const CalendarDay> calendar, std::span<const double> around) {
  const double limit = std::max(clip_min, clip_deviations * shape.noise);
  double spikes = 0;
  for (std::size_t n = 0; n < shape.levels.size(); ++n) {
    const double factor = shape.weekday[static_cast<std::size_t>(calendar[n].weekday)];
    const bool is_recurring = recurs(shape, calendar[n]) && excess[n] > threshold(shape);
    if (!is_recurring && std::fabs(excess[n]) <= limit * std::max(factor, 0.3)) continue;
    if (!is_recurring) spikes += excess[n];
    shape.levels[n] = around[n] * (is_recurring    ? 1
                                   : excess[n] > 0 ? 1 + clip_to * limit
                                                   : std::max(0.0, 1 - clip_to * limit));
  }
  if (!shape.levels.empty()) shape.spike_extra = spikes / static_cast<double>(shape.levels.size());
}

/// The first day of the present level: the newest day at which the mean of the logarithm jumps,
/// rather than climbs.
std::size_t last_shift(std::span<const double> around, double noise) {
  const std::size_t count = around.size();
  if (count < 10) return 0;
  std::vector<double> sums(count + 1);
  for (std::size_t n = 0; n < count; ++n) {
    sums[n + 1] = sums[n] + std::log(std::max(around[n], 1e-9));
  }
  const auto mean = [&](std::size_t from, std::size_t to) {
    return (sums[to] - sums[from]) / static_cast<double>(to - from);
  };
  const std::size_t reach = shift_reach;
  const double least = std::max(shift_min, shift_deviations * noise);
  std::size_t best = 0;
  double best_jump = 0;
  for (std::size_t at = count - 2; at >= 5; --at) {
    const double jump =
        std::fabs(mean(at, std::min(count, at + reach)) - mean(at > reach ? at - reach : 0, at));
    const double sharp = std::fabs(std::log(std::max(around[std::min(count - 1, at + 1)], 1e-9)) -
                                   std::log(std::max(around[at - 2], 1e-9)));
    if (jump > least && jump > best_jump && sharp > shift_sharpness * jump) {
      best = at;
      best_jump = jump;
    }
    if (best != 0 && best > at + reach) break;
  }
  return best;
}

/// How far the mean level moves from one week to the next, as a share of it.
std::optional<double> week_change_of(std::span<const double> levels) {
  std::vector<double> changes;
  double later = 0;
  for (std::size_t week = 0; week < weeks_max && levels.size() >= (week + 1) * 7; ++week) {
    const auto days = levels.subspan(levels.size() - (week + 1) * 7, 7);
    const double mean = std::accumulate(days.begin(), days.end(), 0.0) / 7;
    if (week > 0) {
      const double between = (mean + later) / 2;
      changes.push_back(between > 0 ? std::fabs(later - mean) / between : 0);
    }
    later = mean;
  }
  if (changes.empty()) return std::nullopt;
  return median_of(changes);
}

/// Days without cost that the week does not explain.
bool is_intermittent(std::span<const double> values, std::span<const CalendarDay> calendar) {
  std::array<double, 7> zeros{};
  std::array<double, 7> counts{};
  const std::size_t from = values.size() > 91 ? values.size() - 91 : 0;
  for (std::size_t n = from; n < values.size(); ++n) {
    const auto day = static_cast<std::size_t>(calendar[n].weekday);
    counts[day] += 1;
    if (values[n] <= 0) zeros[day] += 1;
  }
  // A weekday that never costs anything is part of the week.
  double missing = 0;
  double known = 0;
  for (std::size_t day = 0; day < 7; ++day) {
    if (zeros[day] >= counts[day]) continue;
    missing += zeros[day];
    known += counts[day];
  }
  return missing > intermittent_min * known;
}

}  // namespace

std::vector<CalendarDay> calendar_of(const DayRange& range) {
  std::vector<CalendarDay> calendar;
  for (Day day = range.from; day < range.to; day += std::chrono::days(1)) {
    const std::chrono::year_month_day date(day);
    calendar.push_back({static_cast<int>(std::chrono::weekday(day).c_encoding()),
                        static_cast<int>(unsigned(date.day())),
                        static_cast<int>((days_of(month_of(day)).to - day).count()) - 1});
  }
  return calendar;
}

double SeriesShape::cost_on(const CalendarDay& day, double level) const {
  double factor = weekday[static_cast<std::size_t>(day.weekday)];
  for (const RecurringDay& recurring_day : recurring) {
    if (recurring_day.falls_on(day)) {
      factor += recurring_day.extra;
      break;
    }
  }
  return level * factor;
}

SeriesShape shape_of(std::span<const double> values, std::span<const CalendarDay> calendar) {
  SeriesShape shape;
  shape.is_intermittent = is_intermittent(values, calendar);
  if (shape.is_intermittent || values.size() < window) {
    shape.levels.assign(values.begin(), values.end());
    shape.week_change = week_change_of(shape.levels);
    return shape;
  }
  std::vector<double> around = running_median(values, window);
  for (int round = 0; round < 2; ++round) {
    shape.weekday = weekday_profile(medians_of(ratios_of(values, around, calendar)));
    shape.levels = without_week(values, calendar, shape.weekday, around);
    around = running_median(shape.levels, window);
  }
  shape.noise = noise_of(shape.levels, around);
  const auto excess = excesses(values, shape, calendar, around);
  shape.recurring = recurring_days(shape, excess, calendar);
  clean(shape, excess, calendar, around);
  shape.shifted_at = last_shift(running_median(shape.levels, 5), shape.noise);
  shape.week_change = week_change_of(shape.levels);
  return shape;
}

}  // namespace costd
