#include "ledger/spend_model.hpp"

#include <cmath>

namespace costd {
namespace {

constexpr std::size_t level = 0;
constexpr std::size_t slope = 1;
constexpr std::size_t week = 2;

bool is_day_off(std::size_t weekday) {
  return weekday == 0 || weekday == 6;
}

double squared(double value) {
  return value * value;
}

std::size_t effect_of(int weekday) {
  return week + static_cast<std::size_t>(weekday);
}

}  // namespace

SpendModel::SpendModel(const SpendModelParameters& parameters) : parameters_(parameters) {
  covariance_[slope][slope] = squared(parameters.slope_prior);
  covariance_[level][level] = squared(parameters.level_prior);
  for (std::size_t a = 0; a < 7; ++a) {
    covariance_[week + a][week + a] = squared(parameters.weekday_prior);
    for (std::size_t b = 0; b < 7; ++b) {
      if (is_day_off(a) && is_day_off(b)) {
        covariance_[week + a][week + b] += squared(parameters.weekend_prior);
      }
    }
  }
}

void SpendModel::restart(double log_cost, int weekday) {
  state_[slope] = 0;
  for (std::size_t n = 0; n < size; ++n) {
    covariance_[level][n] = covariance_[n][level] = 0;
    covariance_[slope][n] = covariance_[n][slope] = 0;
  }
  state_[level] = log_cost - state_[effect_of(weekday)];
  covariance_[level][level] = squared(parameters_.level_prior);
  covariance_[slope][slope] = squared(parameters_.slope_prior);
}

void SpendModel::shift(double by, double deviation) {
  state_[level] += by;
  covariance_[level][level] += squared(deviation);
}

void SpendModel::advance(double noise) {
  const double kept = parameters_.slope_damping;
  state_[level] += state_[slope];
  state_[slope] *= kept;
  // P becomes G P G', where the level takes up the slope and the slope is damped.
  for (std::size_t n = 0; n < size; ++n) covariance_[level][n] += covariance_[slope][n];
  for (std::size_t n = 0; n < size; ++n) covariance_[slope][n] *= kept;
  for (std::size_t n = 0; n < size; ++n) covariance_[n][level] += covariance_[n][slope];
  for (std::size_t n = 0; n < size; ++n) covariance_[n][slope] *= kept;
  covariance_[level][level] += squared(parameters_.level_drift * noise);
  covariance_[slope][slope] += squared(parameters_.slope_drift);
  for (std::size_t day = 0; day < 7; ++day) {
    covariance_[week + day][week + day] += squared(parameters_.week_drift * noise);
  }
}

double SpendModel::expected(int weekday) const {
  return state_[level] + state_[effect_of(weekday)];
}

SpendModel::Vector SpendModel::spread_of(int weekday) const {
  Vector spread;
  const std::size_t effect = effect_of(weekday);
  for (std::size_t n = 0; n < size; ++n) {
    spread[n] = covariance_[n][level] + covariance_[n][effect];
  }
  return spread;
}

double SpendModel::deviation(int weekday) const {
  const Vector spread = spread_of(weekday);
  return std::sqrt(std::fmax(0, spread[level] + spread[effect_of(weekday)]));
}

void SpendModel::learn(int weekday, double error, double noise) {
  const Vector spread = spread_of(weekday);
  const double variance = spread[level] + spread[effect_of(weekday)] + squared(noise);
  for (std::size_t n = 0; n < size; ++n) state_[n] += spread[n] / variance * error;
  for (std::size_t a = 0; a < size; ++a) {
    for (std::size_t b = 0; b < size; ++b) covariance_[a][b] -= spread[a] * spread[b] / variance;
  }
}

}  // namespace costd
