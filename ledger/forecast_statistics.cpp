#include "ledger/forecast_statistics.hpp"

#include <algorithm>
#include <cmath>

namespace costd {

double median_in_place(std::span<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

double median_of(std::span<const double> values) {
  std::vector<double> copy(values.begin(), values.end());
  return median_in_place(copy);
}

double quantile_of(std::span<const double> values, double share) {
  if (values.empty()) return 0;
  std::vector<double> sorted(values.begin(), values.end());
  std::ranges::sort(sorted);
  const double at = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const auto above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (at - std::floor(at)) * (sorted[above] - sorted[below]);
}

std::vector<double> running_median(std::span<const double> values, std::size_t width) {
  std::vector<double> medians(values.size());
  if (values.size() <= width) {
    std::ranges::fill(medians, median_of(values));
    return medians;
  }
  // The window stays sorted: one value leaves and one enters at each step.
  std::vector<double> window(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(width));
  std::ranges::sort(window);
  const std::size_t half = width / 2;
  const auto middle = [&] {
    return width % 2 == 1 ? window[half] : (window[half] + window[half - 1]) / 2;
  };
  std::size_t next = width;
  for (std::size_t n = 0; n < values.size(); ++n) {
    if (n > half && next < values.size()) {
      window.erase(std::ranges::lower_bound(window, values[next - width]));
      window.insert(std::ranges::upper_bound(window, values[next]), values[next]);
      ++next;
    }
    medians[n] = middle();
  }
  return medians;
}

}  // namespace costd
