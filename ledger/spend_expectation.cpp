#include "ledger/spend_expectation.hpp"

#include <algorithm>
#include <cmath>

#include "ledger/forecast_statistics.hpp"

namespace costd {
namespace {

/// Errors count up to so many deviations; the mean of their squares is then this share of the
/// variance of normal ones (Huber, Robust Statistics, 1981, proposal 2).
constexpr double huber_limit = 2;
constexpr double huber_share = 0.9205;

double scale_of(std::span<const double> errors) {
  std::vector<double> sizes(errors.begin(), errors.end());
  for (double& size : sizes) size = std::fabs(size);
  double scale = mad_to_deviation * median_of(sizes);
  for (int round = 0; round < 3 && scale > 0; ++round) {
    const double most = huber_limit * scale;
    double sum = 0;
    for (const double size : sizes) sum += std::min(size, most) * std::min(size, most);
    scale = std::sqrt(sum / static_cast<double>(sizes.size()) / huber_share);
  }
  return scale;
}

}  // namespace

SpendExpectation::SpendExpectation(const ExpectationParameters& parameters)
    : parameters_(parameters), model_(parameters.model), noise_(parameters.noise_prior) {}

void SpendExpectation::restart(double log_cost, int weekday) {
  model_.restart(log_cost, weekday);
  noise_ = parameters_.noise_prior;
  errors_.clear();
}

void SpendExpectation::shift(double by) {
  model_.shift(by, noise_);
}

void SpendExpectation::advance() {
  model_.advance(noise_);
}

Expected SpendExpectation::on(int weekday) const {
  return {model_.expected(weekday), std::hypot(model_.deviation(weekday), noise_),
          model_.log_level()};
}

void SpendExpectation::learn(int weekday, double log_cost) {
  const double error = log_cost - model_.expected(weekday);
  const double spread = std::hypot(model_.deviation(weekday), noise_);
  errors_.push_back(error / spread * noise_);
  const double most =
      errors_.size() <= parameters_.unclipped_days ? std::fabs(error) : parameters_.clip * spread;
  model_.learn(weekday, std::clamp(error, -most, most), noise_);
  if (errors_.size() > parameters_.errors_kept) errors_.erase(errors_.begin());
  const double own = scale_of(errors_);
  const double prior = parameters_.noise_prior;
  const auto count = static_cast<double>(errors_.size());
  noise_ = std::sqrt((own * own * count + prior * prior * parameters_.noise_prior_days) /
                     (count + parameters_.noise_prior_days));
}

}  // namespace costd
