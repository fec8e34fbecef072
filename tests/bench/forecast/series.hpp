#pragma once
// Generated daily costs of the kinds found in practice, the same for a seed on every run.

#include <string>
#include <vector>

#include "ledger/forecast.hpp"
#include "tests/bench/forecast/grid.hpp"

namespace costd::bench {

/// The last month of the series is the one to project.
struct BenchSeries {
  std::string id;  ///< "weekly-07"
  std::string kind;
  Month month;
  DailySeries costs;  ///< whole micro-USD, to the last day of `month`
};

/// `series_of_a_kind` series of each kind, in the order of the kinds.
std::vector<BenchSeries> make_series(const Grid& grid);
/// One series; kinds and what they mean are listed in the README.
BenchSeries make_one(const Grid& grid, const std::string& kind, int number);

}  // namespace costd::bench
