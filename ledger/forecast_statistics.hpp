#pragma once
// Robust statistics of daily costs, for estimates only; no charge is ever made from them.

#include <cstddef>
#include <span>
#include <vector>

namespace costd {

/// Of normal values the standard deviation is so many times the median absolute deviation.
inline constexpr double mad_to_deviation = 1.4826;

/// The middle value, or the mean of the two in the middle; 0 of nothing.
double median_of(std::span<const double> values);
/// The same; the values change their order.
double median_in_place(std::span<double> values);
/// The value below which the share lies, between neighbours in proportion; 0 of nothing.
double quantile_of(std::span<const double> values, double share);
/// The median of the `width` values around each, as many on both sides as the ends allow while the
/// window keeps its width; of all values where there are fewer.
std::vector<double> running_median(std::span<const double> values, std::size_t width);

}  // namespace costd
