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
constexpr std::size_t days_least = 10;  ///< known at the earliest origin
constexpr std::size_t days_looked_at = 182;

}  // namespace

RollingOrigins::RollingOrigins(std::span<const double> values,
                               std::span<const CalendarDay> calendar,
                               std::vector<std::size_t> known)
    : sums_(values.size() + 1) {
  for (std::size_t n = 0; n < values.size(); ++n) sums_[n + 1] = sums_[n] + values[n];
  for (const std::size_t days : known) {
    const std::size_t from = days > days_looked_at ? days - days_looked_at : 0;
    const auto past = values.subspan(from, days - from);
    const auto dates = calendar.subspan(from);
    const SeriesShape shape = shape_of(past, dates);
    Origin origin{days, 0, forecast_members(past, shape, dates)};
    const std::size_t month = std::min<std::size_t>(28, days);
    origin.scale = (sums_[days] - sums_[days - month]) / static_cast<double>(month);
    origins_.push_back(origin);
  }
}

CumulativeCosts RollingOrigins::combine(const Origin& from, std::size_t horizon) const {
  std::array<double, member_count> sums{};
  double total = prior_days;
  sums.fill(prior_days);
  for (const Origin& past : origins_) {
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
  CumulativeCosts combined{};
  double all = 0;
  for (std::size_t m = 0; m < member_count; ++m) {
    const double weight = prior[m] * std::pow(sums[m] / total, -error_power);
    all += weight;
    for (std::size_t h = 0; h <= forecast_days_max; ++h) combined[h] += weight * from.members[m][h];
  }
  for (double& sum : combined) sum /= all;
  return combined;
}

CumulativeCosts forecast_costs(std::span<const double> values,
                               std::span<const CalendarDay> calendar, std::size_t horizon) {
  std::vector<std::size_t> known{values.size()};
  while (known.size() < origins_max && known.back() >= days_least + origin_stride_days) {
    known.push_back(known.back() - origin_stride_days);
  }
  std::ranges::reverse(known);
  const RollingOrigins rolling(values, calendar, known);
  return rolling.combine(rolling.origins().back(), horizon);
}

}  // namespace costd
