#pragma once
// What the next day of a series should cost, and how far off an ordinary day is. Logarithms
// throughout; estimates.

#include <cstddef>
#include <vector>

#include "ledger/spend_model.hpp"

namespace costd {

/// Chosen by the tuning set of tests/bench/anomaly.
struct ExpectationParameters {
  SpendModelParameters model;
  double noise_prior = 0.11;        ///< deviation of a day that nothing is known of,
  double noise_prior_days = 8;      ///< worth so many days of knowledge
  double clip = 2;                  ///< errors are learned up to so many deviations,
  std::size_t unclipped_days = 14;  ///< but the first ones as they are
  std::size_t errors_kept = 63;
};

struct Expected {
  double cost = 0;       ///< logarithm
  double deviation = 0;  ///< of an actual day from it
  double level = 0;      ///< without the week
};

/// The model, and a robust scale from its own past errors.
class SpendExpectation {
 public:
  explicit SpendExpectation(const ExpectationParameters& parameters);

  /// As SpendModel::restart; past errors are forgotten.
  void restart(double log_cost, int weekday);
  /// The level has moved by so much.
  void shift(double by);
  /// To the next day.
  void advance();
  Expected on(int weekday) const;
  void learn(int weekday, double log_cost);

 private:
  ExpectationParameters parameters_;
  SpendModel model_;
  double noise_;
  std::vector<double> errors_;  ///< newest last, without what the model was unsure of
};

}  // namespace costd
