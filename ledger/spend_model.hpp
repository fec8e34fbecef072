#pragma once
// What a day of a series should cost, from the days before it: a level with a slope and a week,
// each known only so well. Works on logarithms, a day at a time. Estimates; none is ever charged.

#include <array>
#include <cstddef>

namespace costd {

/// Logarithms throughout; deviations, not variances.
struct SpendModelParameters {
  double level_drift = 0.08;    ///< of the level from day to day, in noise deviations
  double slope_drift = 0.0005;  ///< of the slope
  double slope_prior = 0.006;
  double slope_damping = 0.98;  ///< of the slope from day to day
  double week_drift = 0.01;
  double weekend_prior = 1.0;  ///< of Saturday and Sunday together
  double weekday_prior = 0.10;
  double level_prior = 1.0;  ///< of the first day's level, and after a new beginning
};

/// A dynamic linear model (West and Harrison, Bayesian Forecasting and Dynamic Models, 1997):
/// level, slope and seven weekday effects, followed by the Kalman filter. A day that is left out
/// only makes the state less certain.
class SpendModel {
 public:
  explicit SpendModel(const SpendModelParameters& parameters);

  /// Begins anew at this logarithm of a cost on this weekday (0 is Sunday); what is known of the
  /// week stays.
  void restart(double log_cost, int weekday);
  /// The level moved by so much at once, give or take a deviation.
  void shift(double by, double deviation);
  /// To the next day.
  void advance(double noise);

  double expected(int weekday) const;
  double log_level() const { return state_[0]; }
  /// Of what is expected, without the noise of the day itself.
  double deviation(int weekday) const;
  /// Learns the day's error, actual less expected, under this noise.
  void learn(int weekday, double error, double noise);

 private:
  static constexpr std::size_t size = 9;
  using Vector = std::array<double, size>;

  Vector spread_of(int weekday) const;

  SpendModelParameters parameters_;
  Vector state_{};
  std::array<Vector, size> covariance_{};
};

}  // namespace costd
