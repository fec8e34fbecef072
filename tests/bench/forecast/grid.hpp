#pragma once
// How strong the effects of the generated series are, and which seeds make them: one grid for
// choosing a method and its parameters, another, between its points, for the reported figures.

#include <cstdint>
#include <string>
#include <vector>

namespace costd::bench {

/// One figure of each list is drawn for a series, all alike.
struct Grid {
  std::string name;
  std::uint64_t first_seed;
  std::vector<std::string> kinds;
  std::vector<int> history_days;      ///< before the month that is projected
  std::vector<double> noise;          ///< deviation of a day's logarithm
  std::vector<double> persistence;    ///< how much of a day's noise the next day keeps
  std::vector<double> weekend;        ///< Saturday and Sunday as a share of a working day
  std::vector<double> growth;         ///< factor in 30 days
  std::vector<double> step;           ///< factor of a launch
  std::vector<double> drop;           ///< factor of a level drop
  std::vector<double> spike;          ///< factor of a day that stands out
  std::vector<int> spike_every_days;  ///< mean distance of such days
  std::vector<double> batch;          ///< what a batch day adds, in working days
  std::vector<double> active;         ///< share of days with any cost, if intermittent
  std::vector<double> dip;            ///< factor of the holidays
  std::vector<double> walk;           ///< deviation of a day's step of the logarithm
  int series_of_a_kind;
};

/// The kinds of both sets, and those that only the reporting set has.
inline const std::vector<std::string> common_kinds{
    "steady",       "growing",     "weekly",     "launch-step", "spikes", "month-end-batch",
    "intermittent", "holiday-dip", "level-drop", "random-walk", "mixed"};
inline const std::vector<std::string> held_out_kinds{"saturating", "weekend-heavy", "mid-month"};

inline Grid tuning_grid() {
  return {.name = "tuning",
          .first_seed = 1'000'000,
          .kinds = common_kinds,
          .history_days = {31, 45, 61, 92, 153, 245, 365},
          .noise = {0.04, 0.10, 0.18, 0.30},
          .persistence = {0, 0, 0.3},
          .weekend = {0.1, 0.3, 0.5, 0.7},
          .growth = {0.80, 0.92, 1.10, 1.25, 1.60},
          .step = {1.5, 2.2, 4},
          .drop = {0.2, 0.45, 0.7},
          .spike = {2.5, 5, 9},
          .spike_every_days = {12, 25, 50},
          .batch = {2, 5, 10},
          .active = {0.15, 0.35, 0.6},
          .dip = {0.2, 0.5},
          .walk = {0.03, 0.06, 0.10},
          .series_of_a_kind = 50};
}

inline Grid reporting_grid() {
  Grid grid{.name = "reporting",
            .first_seed = 9'000'000,
            .kinds = common_kinds,
            .history_days = {31, 52, 75, 120, 200, 300, 370},
            .noise = {0.05, 0.08, 0.14, 0.25},
            .persistence = {0, 0, 0.4},
            .weekend = {0.15, 0.4, 0.6, 0.8},
            .growth = {0.75, 0.95, 1.06, 1.18, 1.45},
            .step = {1.7, 2.8, 5},
            .drop = {0.3, 0.55, 0.75},
            .spike = {3, 4, 7},
            .spike_every_days = {15, 30, 45},
            .batch = {3, 4, 8},
            .active = {0.2, 0.3, 0.5},
            .dip = {0.3, 0.6},
            .walk = {0.04, 0.05, 0.08},
            .series_of_a_kind = 50};
  grid.kinds.insert(grid.kinds.end(), held_out_kinds.begin(), held_out_kinds.end());
  return grid;
}

}  // namespace costd::bench
