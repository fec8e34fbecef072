// Labelled events in generated series, and who finds them; see README.md.

#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/bench/anomaly/score.hpp"

namespace costd::bench {
namespace {

WatchGrid grid_of(const std::string& set) {
  if (set == "tuning") return tuning_watch_grid();
  if (set == "reporting") return reporting_watch_grid();
  throw std::runtime_error("no set of series \"" + set + "\"; there are tuning and reporting");
}

/// One line a series: its id, then USD by day.
void print_series(const WatchGrid& grid) {
  for (const WatchedSeries& series : make_watched_series(grid)) {
    fmt::print("{}", series.id);
    for (const Money& amount : series.costs.amounts) {
      fmt::print(",{:.6f}", static_cast<double>(amount.picos()) * 1e-12);
    }
    fmt::print("\n");
  }
}

void score(const WatchGrid& grid, const std::vector<std::string>& field_files) {
  const std::vector<WatchedSeries> series = make_watched_series(grid);
  std::vector<Method> methods{
      {"published rule", by_published_rule(series, Money{})},
      {"published rule, 10 USD", by_published_rule(series, Money::from_picos(10 * picos_per_usd))},
      {"robust rule", by_robust_rule(series)},
      {"knows all but the noise", by_oracle(series)}};
  for (const std::string& path : field_files) {
    methods.push_back({"tsoutliers, 10 USD", read_field(path, series)});
  }
  print_scores(series, methods);
}

}  // namespace
}  // namespace costd::bench

int main(int count, char** arguments) {
  const std::vector<std::string> words(arguments + 1, arguments + count);
  try {
    if (words.size() == 2 && words[0] == "series") {
      costd::bench::print_series(costd::bench::grid_of(words[1]));
      return 0;
    }
    if (words.size() >= 2 && words[0] == "score") {
      costd::bench::score(costd::bench::grid_of(words[1]), {words.begin() + 2, words.end()});
      return 0;
    }
    fmt::print(stderr, "usage: bench_anomaly series SET | score SET [FIELD.csv ...]\n");
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_anomaly: {}\n", error.what());
  }
  return 2;
}
