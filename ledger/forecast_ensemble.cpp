#include "ledger/forecast_ensemble.hpp"

#include <algorithm>
#include <cmath>

#include "ledger/forecast_statistics.hpp"

namespace costd {
namespace {

// Chosen by the tuning set of tests/bench/forecast.
constexpr std::array<double, member_count> prior{1, 0.7, 1, 0.2, 0.3, 0.7, 4, 1.5, 3, 2};
constexpr double prior_days = 6;       ///< origins that the prior counts for
constexpr double error_floor = 0.025;  ///< errors below it are all alike
constexpr double error_power = 10;
constexpr double half_life_days = 80;
constexpr std::size_t origin_stride_days = 2;
constexpr std::size_t origins_max = 45;
constexpr std::size_t days_looked_at = 182;

}  // namespace

RollingOrigins::RollingOrigins(std::span<const double> values,
                               std::span<const CalendarDay> calendar,
                               const std::vector<std::size_t>& known)
    : values_(values), calendar_(calendar), sums_(values.size() + 1) {
  for (std::size_t n = 0; n < values.size(); ++n) sums_[n + 1] = sums_[n] + values[n];
  origins_.reserve(known.size());
  for (const std::size_t days : known) origins_.push_back(look_back(days));
}

ForecastOrigin RollingOrigins::look_back(std::size_t known) const {
  const std::size_t from = known > days_looked_at ? known - days_looked_at : 0;
  const auto past = values_.subspan(from, known - from);
  const auto dates = calendar_.subspan(from);
  const SeriesShape shape = shape_of(past, dates);
  ForecastOrigin origin;
  origin.known = known;
  origin.unrest = {shape.noise, shape.week_change, shape.spike_extra, shape.is_intermittent};
  origin.members = forecast_members(past, shape, dates);
  const std::size_t month = std::min<std::size_t>(28, known);
  if (month > 0) origin.scale = actual(known - month, month) / static_cast<double>(month);
  return origin;
}

MemberWeights RollingOrigins::weigh(const ForecastOrigin& from, std::size_t horizon) const {
  std::array<double, member_count> sums{};
  double total = prior_days;
  sums.fill(prior_days);
  for (const ForecastOrigin& past : origins_) {
    if (past.known + 3 > from.known) break;
    const std::size_t h = std::min(horizon, from.known - past.known);
    const double truth = sums_[past.known + h] - sums_[past.known];
    if (past.scale <= 0) continue;
    const double unit = past.scale * static_cast<double>(h);
    std::array<double, member_count> errors{};
    for (std::size_t m = 0; m < member_count; ++m) {
      errors[m] = std::fabs(past.members[m][h] - truth) / unit + error_floor;
    }
    const double typical = median_of(errors);
    const double age = static_cast<double>(from.known - past.known - h);
    const double weight =
        std::exp2(-age / half_life_days) * static_cast<double>(h) / static_cast<double>(horizon);
    for (std::size_t m = 0; m < member_count; ++m) sums[m] += weight * errors[m] / typical;
    total += weight;
  }
  MemberWeights weights{};
  double all = 0;
  for (std::size_t m = 0; m < member_count; ++m) {
    weights[m] = prior[m] * std::pow(sums[m] / total, -error_power);
    all += weights[m];
  }
  for (double& weight : weights) weight /= all;
  return weights;
}

CumulativeCosts RollingOrigins::combine(const ForecastOrigin& from, std::size_t horizon) const {
  return weighed(from.members, weigh(from, horizon));
}

CumulativeCosts weighed(const MemberForecasts& members, const MemberWeights& weights) {
  CumulativeCosts combined{};
  for (std::size_t m = 0; m < member_count; ++m) {
    for (std::size_t h = 0; h <= forecast_days_max; ++h) combined[h] += weights[m] * members[m][h];
  }
  return combined;
}

std::vector<std::size_t> origin_days(std::size_t known) {
  std::vector<std::size_t> days{known};
  while (days.size() < origins_max && days.back() >= origin_days_least + origin_stride_days) {
    days.push_back(days.back() - origin_stride_days);
  }
  std::ranges::reverse(days);
  return days;
}

CumulativeCosts forecast_costs(std::span<const double> values,
                               std::span<const CalendarDay> calendar, std::size_t horizon) {
  const RollingOrigins rolling(values, calendar, origin_days(values.size()));
  return rolling.combine(rolling.origins().back(), horizon);
}

}  // namespace costd
