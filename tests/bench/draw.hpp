#pragma once
// What generators of daily costs draw from, the same from the same seed on every machine.

#include <cmath>
#include <cstdint>
#include <numbers>
#include <vector>

#include "tests/bench/ingest/random.hpp"

namespace costd::bench {

class Draw {
 public:
  explicit Draw(std::uint64_t seed) : random_(seed) {}

  /// In [0, 1).
  double uniform() { return static_cast<double>(random_.next() >> 11) * 0x1p-53; }
  double uniform(double from, double to) { return from + (to - from) * uniform(); }
  double log_uniform(double from, double to) {
    return std::exp(uniform(std::log(from), std::log(to)));
  }
  /// Both ends count.
  int whole(int from, int to) {
    return from + static_cast<int>(random_.below(std::int64_t{to} - from + 1));
  }
  bool happens(double share) { return uniform() < share; }
  double normal() {
    const double radius = std::sqrt(-2 * std::log(1 - uniform()));
    return radius * std::cos(2 * std::numbers::pi * uniform());
  }
  template <class T>
  T of(const std::vector<T>& list) {
    return list[static_cast<std::size_t>(random_.below(static_cast<std::int64_t>(list.size())))];
  }

 private:
  Random random_;
};

}  // namespace costd::bench
