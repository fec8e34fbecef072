// Month-end projections of generated series, scored; see README.md.

#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "tests/bench/forecast/score.hpp"
#include "tests/bench/forecast/series.hpp"

namespace costd::bench {
namespace {

Grid grid_of(const std::string& set) {
  if (set == "tuning") return tuning_grid();
  if (set == "reporting") return reporting_grid();
  throw std::runtime_error("no set of series \"" + set + "\"; there are tuning and reporting");
}

/// One line a series: its id, the number of days before the month, then USD by day.
void print_series(const Grid& grid) {
  for (const BenchSeries& series : make_series(grid)) {
    fmt::print("{},{}", series.id, (days_of(series.month).from - series.costs.first).count());
    for (const Money& amount : series.costs.amounts) {
      fmt::print(",{:.6f}", static_cast<double>(amount.picos()) * 1e-12);
    }
    fmt::print("\n");
  }
}

void score(const Grid& grid, const std::vector<std::string>& field_files) {
  const std::vector<BenchSeries> series = make_series(grid);
  std::vector<Projection> projections = own_projections(series);
  for (const std::string& path : field_files) {
    for (Projection& projection : read_field(path)) projections.push_back(std::move(projection));
  }
  print_scores(series, projections);
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
    if (words.size() == 1 && words[0] == "speed") {
      costd::bench::print_speed(costd::bench::reporting_grid(), 10'000, 90, 2);
      return 0;
    }
    fmt::print(stderr, "usage: bench_forecast series SET | score SET [FIELD.csv ...] | speed\n");
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_forecast: {}\n", error.what());
  }
  return 2;
}
