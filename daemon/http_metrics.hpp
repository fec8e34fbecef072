#pragma once
// How many requests there were of each route, with which answers, and how long those took.

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <tuple>

namespace costd {

/// Thread-safe. As many series as there are routes and codes, whatever is asked for.
class HttpMetrics {
 public:
  /// Upper bounds of the histogram, inclusive; what took longer is in the count only.
  static constexpr std::array<std::chrono::milliseconds, 11> bounds{
      std::chrono::milliseconds(1),    std::chrono::milliseconds(5),
      std::chrono::milliseconds(10),   std::chrono::milliseconds(25),
      std::chrono::milliseconds(50),   std::chrono::milliseconds(100),
      std::chrono::milliseconds(250),  std::chrono::milliseconds(500),
      std::chrono::milliseconds(1000), std::chrono::milliseconds(2500),
      std::chrono::milliseconds(10000)};

  struct Series {
    std::int64_t count = 0;
    std::chrono::microseconds sum{0};
    std::array<std::int64_t, bounds.size()> at_most{};  ///< by bound; each holds those before it
  };
  /// Method, path of the route ("" = of none), status.
  using Key = std::tuple<std::string, std::string, int>;

  void add(const Key& key, std::chrono::microseconds took) {
    const std::lock_guard lock(mutex_);
    Series& series = series_[key];
    ++series.count;
    series.sum += took;
    for (std::size_t n = 0; n < bounds.size(); ++n) {
      if (took <= bounds.at(n)) ++series.at_most.at(n);
    }
  }

  std::map<Key, Series> all() const {
    const std::lock_guard lock(mutex_);
    return series_;
  }

 private:
  mutable std::mutex mutex_;
  std::map<Key, Series> series_;
};

}  // namespace costd
