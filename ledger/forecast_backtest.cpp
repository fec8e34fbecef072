#include "ledger/forecast_backtest.hpp"

#include <algorithm>
#include <cmath>

namespace costd {
namespace {

// Chosen by the tuning set of tests/bench/forecast: a forecast's error in logarithms follows its
// own earlier errors, shrunk towards what series as restless as this one show.
constexpr double floor_share = 0.05;  ///< of the scale; keeps logarithms of small sums in bounds
constexpr double error_half_life_days = 80;
constexpr double horizon_power = 0.3;  ///< how errors of sums grow with the days they hold
constexpr double error_max = 1;
constexpr double own_error_floor = 0.002;
constexpr double own_share_max = 0.283;  ///< what a long history of own errors counts for
constexpr double own_half = 1.17;        ///< full origins that count for half of it
constexpr double prior_constant = 2.196;
constexpr double prior_noise = 0.256;
constexpr double prior_week_change = 0.540;
constexpr double prior_horizon = -0.306;
constexpr double prior_intermittent = 1.188;
constexpr double prior_history = -0.238;
constexpr double prior_spikes = 0.678;
constexpr double disagreement = 0.347;
constexpr double young = 0.30;  ///< before two weeks are known, and how it falls with the days
constexpr double young_power = -0.25;
constexpr double deviations_80 = 1.512;
constexpr double deviations_95 = 3.374;

constexpr double nothing = 1e-9;  ///< relative errors below it come from arithmetic
constexpr std::size_t constant_days_least = 7;
constexpr std::size_t coverage_origins_least = 5;

/// Between the logarithms of two sums of some days.
double log_error(double expected, double actual, double scale, std::size_t days) {
  const double shift = floor_share * std::max(scale, 0.0) * static_cast<double>(days);
  const double a = std::max(expected, 0.0) + shift;
  const double b = std::max(actual, 0.0) + shift;
  return a == b ? 0 : std::fabs(std::log(a) - std::log(b));
}

/// The share by which members disagree about the sum of some days.
double spread_of(const ForecastOrigin& origin, const CumulativeCosts& sums, std::size_t days) {
  double spread = 0;
  for (const CumulativeCosts& member : origin.members)
    spread += std::fabs(member[days] - sums[days]);
  const double unit =
      std::max(sums[days], 0.0) + floor_share * origin.scale * static_cast<double>(days);
  return unit > 0 ? spread / static_cast<double>(member_count) / unit : 0;
}

/// The logarithm of the error that series as restless as this one show.
double expected_error(const Unrest& unrest, std::size_t known, std::size_t days) {
  return prior_constant + prior_noise * std::log(unrest.noise + 0.03) +
         prior_week_change * std::log(unrest.week_change.value_or(0) + 0.03) +
         prior_horizon * std::log(static_cast<double>(days)) +
         (unrest.is_intermittent ? prior_intermittent : 0) +
         prior_history * std::log(static_cast<double>(known)) +
         prior_spikes * std::log1p(10 * std::max(unrest.spike_extra, 0.0));
}

}  // namespace

BackTest::BackTest(std::span<const double> values, std::span<const CalendarDay> calendar,
                   std::size_t horizon)
    : values_(values),
      calendar_(calendar),
      horizon_(horizon),
      origins_(values, calendar, origin_days(values.size())) {
  for (const ForecastOrigin& origin : origins_.origins()) {
    const MemberWeights weights = origins_.weigh(origin, horizon);
    tested_.push_back({&origin, weighed(origin.members, weights)});
    leading_member_ = name_of_member(
        static_cast<std::size_t>(std::ranges::max_element(weights) - weights.begin()));
  }
}

bool BackTest::is_constant(std::size_t known) const {
  return known >= constant_days_least &&
         std::ranges::all_of(values_.first(known), [&](double v) { return v == values_[0]; });
}

double BackTest::deviation(const Tested& from, std::size_t days) const {
  const ForecastOrigin& origin = *from.origin;
  double weights = 0;
  double errors = 0;
  bool has_past = false;
  bool came_true = true;
  for (const Tested& past : tested_) {
    if (past.origin->known >= origin.known) break;
    const std::size_t known = past.origin->known;
    const std::size_t h = std::min(days, origin.known - known);
    const double scale = past.origin->scale;
    const double error = log_error(past.sums[h], origins_.actual(known, h), scale, h);
    has_past = true;
    came_true = came_true && error < nothing;
    const double part = static_cast<double>(h) / static_cast<double>(days);
    const double age = static_cast<double>(origin.known - known - h);
    const double weight = std::exp2(-age / error_half_life_days) * part;
    weights += weight;
    errors += weight * std::min(error * std::pow(part, horizon_power), error_max);
  }
  if (has_past ? came_true : is_constant(origin.known)) return 0;
  if (!origin.unrest.week_change) {
    return young *
           std::pow(static_cast<double>(std::max<std::size_t>(origin.known, 1)), young_power);
  }
  const double own = own_share_max * weights / (weights + own_half);
  const double own_error = std::log(own_error_floor + (weights > 0 ? errors / weights : 0));
  return std::exp((1 - own) * expected_error(origin.unrest, origin.known, days) + own * own_error +
                  disagreement * std::log(spread_of(origin, from.sums, days) + 0.01));
}

Intervals BackTest::intervals_from(const Tested& from, std::size_t days) const {
  const double sum = std::max(from.sums[days], 0.0);
  const double shift = floor_share * std::max(from.origin->scale, 0.0) * static_cast<double>(days);
  const double deviation = days == 0 ? 0 : this->deviation(from, days);
  if (deviation <= 0) return {{sum, sum}, {sum, sum}};
  const auto within = [&](double deviations) {
    const double factor = std::exp(deviations * deviation);
    return Interval{std::max((sum + shift) / factor - shift, 0.0), (sum + shift) * factor - shift};
  };
  return {within(deviations_80), within(deviations_95)};
}

Intervals BackTest::intervals(std::size_t days) const {
  return intervals_from(tested_.back(), days);
}

std::optional<double> BackTest::mase() const {
  double errors = 0;
  std::size_t count = 0;
  for (const Tested& past : tested_) {
    const std::size_t known = past.origin->known;
    const std::size_t days = std::min(horizon_, values_.size() - known);
    for (std::size_t n = 0; n < days; ++n) {
      errors += std::fabs(past.sums[n + 1] - past.sums[n] - values_[known + n]);
    }
    count += days;
  }
  if (count == 0) return std::nullopt;
  double naive = 0;
  for (std::size_t n = 7; n < values_.size(); ++n) naive += std::fabs(values_[n] - values_[n - 7]);
  errors /= static_cast<double>(count);
  naive /= static_cast<double>(values_.size() - 7);
  if (naive > 0) return errors / naive;
  return errors <= nothing * std::fabs(values_.back()) ? std::optional<double>(0) : std::nullopt;
}

std::optional<double> BackTest::coverage80() const {
  std::size_t held = 0;
  std::size_t count = 0;
  for (const Tested& past : tested_) {
    const std::size_t known = past.origin->known;
    const std::size_t days = std::min(horizon_, values_.size() - known);
    if (days < std::min<std::size_t>(horizon_, 7)) break;
    const double actual = origins_.actual(known, days);
    const Interval interval = intervals_from(past, days).at80;
    const double slack = nothing * std::fabs(actual);
    ++count;
    if (interval.low - slack <= actual && actual <= interval.high + slack) ++held;
  }
  if (count < coverage_origins_least) return std::nullopt;
  return 100 * static_cast<double>(held) / static_cast<double>(count);
}

ForecastErrors BackTest::errors() const {
  ForecastErrors errors;
  errors.mase = mase();
  errors.coverage80 = coverage80();
  std::array<double, month_test_days.size()> sums{};
  std::array<std::size_t, month_test_days.size()> counts{};
  for (std::size_t n = values_.size(); n-- >= origin_days_least;) {
    const CalendarDay& day = calendar_[n];
    const auto test = std::ranges::find(month_test_days, day.month_day) - month_test_days.begin();
    const auto at = static_cast<std::size_t>(test);
    const auto rest = static_cast<std::size_t>(day.days_to_end);
    if (at == month_test_days.size() || n + rest >= values_.size()) continue;
    if (counts[at] == tested_months_max) break;
    const std::size_t known = n + 1;
    const std::size_t begun = std::min(known, static_cast<std::size_t>(day.month_day));
    const double total = origins_.actual(known - begun, begun + rest);
    if (total <= 0) continue;
    const double sum = origins_.combine(origins_.look_back(known), rest)[rest];
    sums[at] += 100 * std::fabs(std::max(sum, 0.0) - origins_.actual(known, rest)) / total;
    ++counts[at];
  }
  for (std::size_t at = 0; at < counts.size(); ++at) {
    if (counts[at] > 0) errors.mape_month_end[at] = sums[at] / static_cast<double>(counts[at]);
  }
  return errors;
}

}  // namespace costd
