// How many series a second are forecast with their back-tests.

#include <fmt/format.h>

#include <chrono>
#include <thread>
#include <vector>

#include "ledger/weekday_forecast.hpp"
#include "tests/bench/forecast/score.hpp"

namespace costd::bench {
namespace {

constexpr int days_left = 10;  ///< to project

}  // namespace

void print_speed(const Grid& grid, int count, int history_days, int threads) {
  std::vector<BenchSeries> all;
  for (int n = 0; n < count; ++n) {
    const auto kind = static_cast<std::size_t>(n) % grid.kinds.size();
    all.push_back(make_one(grid, grid.kinds[kind], n));
  }
  for (BenchSeries& series : all) {
    auto& amounts = series.costs.amounts;
    const Day end = series.costs.first + std::chrono::days(amounts.size());
    const int known = history_days + days_left;
    amounts.insert(amounts.begin(), static_cast<std::size_t>(known), amounts.front());
    amounts.erase(amounts.begin(), amounts.end() - known);
    series.costs.first = end - std::chrono::days(known);
  }
  const auto start = std::chrono::steady_clock::now();
  {
    std::vector<std::jthread> workers;
    for (int worker = 0; worker < threads; ++worker) {
      workers.emplace_back([&, worker] {
        for (auto n = static_cast<std::size_t>(worker); n < all.size();
             n += static_cast<std::size_t>(threads)) {
          const Day as_of = days_of(all[n].month).to - std::chrono::days(days_left + 1);
          if (!forecast_weekdays(all[n].costs, as_of)) std::abort();
        }
      });
    }
  }
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  fmt::print("{} series of {} days, {} threads: {:.2f} s, {:.0f} series/s\n", count, history_days,
             threads, taken.count(), count / taken.count());
}

}  // namespace costd::bench
