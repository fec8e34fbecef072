#include "ledger/forecast_members.hpp"

#include <algorithm>
#include <cmath>

namespace costd {
namespace {

using Levels = std::span<const double>;

constexpr double trend_caution = 3;  ///< squared errors that a slope must outweigh to be believed
constexpr double slope_max = 0.05;   ///< of the logarithm, a day

double mean_of_last(Levels levels, std::size_t count) {
  count = std::min(count, levels.size());
  double sum = 0;
  for (const double level : levels.last(count)) sum += level;
  return count == 0 ? 0 : sum / static_cast<double>(count);
}

/// Simple exponential smoothing that begins with the mean of the first week.
struct Smoothed {
  double level = 0;
  double squares = 0;  ///< of the errors one day ahead
};
Smoothed smooth(Levels levels, double constant) {
  Smoothed smoothed{mean_of_last(levels.first(std::min<std::size_t>(levels.size(), 7)), 7), 0};
  for (const double level : levels) {
    const double error = level - smoothed.level;
    smoothed.squares += error * error;
    smoothed.level += constant * error;
  }
  return smoothed;
}

/// Of some constants, the one with the smallest errors one day ahead.
double best_constant(Levels levels) {
  double best = 0.02;
  double least = -1;
  for (const double constant : {0.02, 0.06, 0.12, 0.2, 0.32, 0.5, 0.75, 0.95}) {
    const double squares = smooth(levels, constant).squares;
    if (least >= 0 && squares >= least) continue;
    least = squares;
    best = constant;
  }
  return best;
}

/// A straight line through the logarithms of the last days.
struct Line {
  double slope = 0;  ///< a day
  double trust = 0;  ///< the share of the slope that the data supports
};
Line log_line(Levels levels) {
  const std::size_t count = std::min<std::size_t>(120, levels.size());
  const Levels last = levels.last(count);
  const double n = static_cast<double>(count);
  const double middle = (n - 1) / 2;
  std::vector<double> logs;
  double mean = 0;
  for (const double level : last) {
    logs.push_back(std::log(std::max(level, 1e-9)));
    mean += logs.back() / n;
  }
  double product = 0;
  double squares = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const double x = static_cast<double>(i) - middle;
    product += x * (logs[i] - mean);
    squares += x * x;
  }
  Line line;
  if (count < 7) return line;
  line.slope = product / squares;
  double residuals = 0;
  double neighbours = 0;
  double before = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const double x = static_cast<double>(i) - middle;
    const double e = logs[i] - mean - line.slope * x;
    residuals += e * e;
    neighbours += e * before;
    before = e;
  }
  if (residuals <= 0) {
    line.trust = 1;
    return line;
  }
  // Days that resemble their neighbours say less about a slope: a walk has none.
  const double memory = std::clamp(neighbours / residuals + 1.5 / n, 0.0, 0.95);
  const double error_squared = residuals / (n - 2) / squares * (1 + memory) / (1 - memory);
  const double squared = line.slope * line.slope;
  line.trust = squared / (squared + trend_caution * error_squared + 1e-12);
  return line;
}

class Writer {
 public:
  Writer(const SeriesShape& shape, std::span<const CalendarDay> future)
      : shape_(shape), future_(future) {}

  void shaped(auto level_at) {
    CumulativeCosts& sums = next();
    for (std::size_t h = 1; h <= forecast_days_max; ++h) {
      sums[h] = sums[h - 1] + shape_.cost_on(future_[h - 1], level_at(static_cast<double>(h)));
    }
  }
  void flat(double level) {
    shaped([level](double) { return level; });
  }
  /// A trend that fades, a factor `kept` a day.
  void damped(double level, double slope, double kept) {
    shaped([=](double h) {
      const double gone = kept < 1 ? kept * (1 - std::pow(kept, h)) / (1 - kept) : h;
      return level * std::exp(slope * gone);
    });
  }
  void plain(double daily) {
    CumulativeCosts& sums = next();
    for (std::size_t h = 1; h <= forecast_days_max; ++h) sums[h] = sums[h - 1] + daily;
  }
  CumulativeCosts& next() { return forecasts[count++]; }
  MemberForecasts forecasts{};
  std::size_t count = 0;

 private:
  const SeriesShape& shape_;
  std::span<const CalendarDay> future_;
};

/// The days as if the slope had been gone through already.
std::vector<double> without_slope(Levels levels, double slope) {
  std::vector<double> flat;
  for (std::size_t n = 0; n < levels.size(); ++n) {
    flat.push_back(levels[n] * std::exp(slope * static_cast<double>(levels.size() - 1 - n)));
  }
  return flat;
}

}  // namespace

const char* name_of_member(std::size_t member) {
  static constexpr std::array<const char*, member_count> names{
      "best-level", "trend",     "damped-trend",      "slow-level", "level-14d",
      "level-28d",  "level-91d", "level-with-spikes", "mean-120d",  "level-91d-with-spikes"};
  return names.at(member);
}

MemberForecasts forecast_members(std::span<const double> values, const SeriesShape& shape,
                                 std::span<const CalendarDay> calendar) {
  const Levels all(shape.levels);
  const Levels levels = all.subspan(shape.shifted_at);
  Writer write(shape, calendar.subspan(values.size()));
  const Line line = log_line(levels);
  const double slope = line.trust * std::clamp(line.slope, -slope_max, slope_max);
  const std::vector<double> flat = without_slope(levels, slope);
  const double trending = smooth(flat, best_constant(flat)).level;
  const double with_spikes = 1 + shape.spike_extra;
  // In the order of the names above and of the priors of the ensemble.
  write.flat(smooth(levels, best_constant(levels)).level);
  write.damped(trending, slope, 1);
  write.damped(trending, slope, 0.96);
  write.flat(smooth(levels, 0.1).level);
  write.flat(mean_of_last(levels, 14));
  write.flat(mean_of_last(levels, 28));
  write.flat(mean_of_last(levels, 91));
  write.flat(smooth(all, best_constant(all)).level * with_spikes);
  write.plain(mean_of_last(values, 120));
  write.flat(mean_of_last(levels, 91) * with_spikes);
  return write.forecasts;
}

}  // namespace costd
