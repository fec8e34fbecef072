#pragma once
// How good projections of a month's total are.

#include <string>
#include <vector>

#include "tests/bench/forecast/series.hpp"

namespace costd::bench {

/// USD; what the days after the as-of day will cost together. Not a number where there is none.
struct Projection {
  std::string id;  ///< of the series
  int as_of_day = 0;
  std::string method;
  double remaining = 0;
  double low80 = 0;
  double high80 = 0;
  double low95 = 0;
  double high95 = 0;
  double path_mae = 0;  ///< mean absolute error of the days
};

/// As of the end of these days of the month.
inline constexpr int as_of_days[] = {7, 14, 21};

/// By the methods of costd: the run rate and what the forecasts show beside it.
std::vector<Projection> own_projections(const std::vector<BenchSeries>& series);

/// What field.R wrote.
std::vector<Projection> read_field(const std::string& path);

/// Tables: all methods over all series; over those that every method has; by kind.
void print_scores(const std::vector<BenchSeries>& series, const std::vector<Projection>& all);

/// Series of that many days of all kinds, forecast with back-test and intervals; the time taken.
void print_speed(const Grid& grid, int count, int history_days, int threads);

}  // namespace costd::bench
