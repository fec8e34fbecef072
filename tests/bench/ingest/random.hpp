#pragma once
// Random numbers of the benchmark's data: the same on every machine, in integers throughout.

#include <cstdint>

namespace costd::bench {

/// SplitMix64 (public domain, Sebastiano Vigna): one addition and two multiplications a number.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15U);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
  }

  /// At least 0, less than `end`, which is at most 2^32.
  std::int64_t below(std::int64_t end) {
    return static_cast<std::int64_t>(((next() >> 32) * static_cast<std::uint64_t>(end)) >> 32);
  }

  bool happens(std::int64_t per_million) { return below(1'000'000) < per_million; }

 private:
  std::uint64_t state_;
};

/// Counts whose logarithm is nearly normal. Both figures are in 64ths of a power of two:
/// a median of 640 is 1,024, and a deviation of 64 puts two thirds between half of it and twice it.
struct LogNormal {
  std::int64_t median_log;
  std::int64_t deviation_log;

  std::int64_t draw(Random& random) const {
    // The sum of 16 bytes: mean 2040, standard deviation 295.6, nothing beyond 6.9 of those.
    std::int64_t sum = -2040;
    for (const std::uint64_t bytes : {random.next(), random.next()}) {
      for (int shift = 0; shift < 64; shift += 8) {
        sum += static_cast<std::int64_t>((bytes >> shift) & 0xff);
      }
    }
    const std::int64_t exponent = median_log + sum * deviation_log / 296;
    if (exponent < 0) return 1;
    const std::int64_t whole = std::int64_t{1} << (exponent / 64);
    // Between two powers of two it grows evenly; the noise fills the steps.
    const std::int64_t value = whole + whole * (exponent % 64) / 64;
    return value + random.below(value / 64 + 1);
  }
};

}  // namespace costd::bench
