#pragma once
// What the labelled series are made of, and which seeds make them: one grid for choosing a method
// and its parameters, another, between its points, for the reported figures.

#include <cstdint>
#include <string>
#include <vector>

namespace costd::bench {

/// How often a kind of series is drawn, among the weights of all kinds.
struct KindShare {
  std::string kind;
  int weight;
};

/// One figure of each list is drawn for a series, all alike.
struct WatchGrid {
  std::string name;
  std::uint64_t first_seed;
  int tenants;
  std::vector<KindShare> kinds;
  std::vector<int> history_days;    ///< before the days that are judged; one for a tenant
  std::vector<double> noise;        ///< deviation of a day's logarithm
  std::vector<double> persistence;  ///< how much of a day's noise the next day keeps
  std::vector<double> weekend;      ///< Saturday and Sunday as a share of a working day
  std::vector<double> growth;       ///< factor in 30 days
  std::vector<double> batch;        ///< what a batch day adds, in working days
  std::vector<double> active;       ///< share of days with any cost, if intermittent
  std::vector<double> walk;         ///< deviation of a day's step of the logarithm
};

/// The same for both sets: what is asked of a detector.
inline const std::vector<double> strengths{1.3, 1.5, 2, 3, 5};
inline constexpr int series_of_a_tenant = 10;
inline constexpr int judged_days = 91;
/// An event costs or saves at least this on its first day; smaller ones are nobody's business.
inline constexpr double event_usd_min = 15;

inline WatchGrid tuning_watch_grid() {
  return {.name = "tuning",
          .first_seed = 3'000'000,
          .tenants = 50,
          .kinds = {{"weekly", 45},
                    {"steady", 15},
                    {"growing", 10},
                    {"month-end-batch", 10},
                    {"wandering", 8},
                    {"intermittent", 5},
                    {"cents", 7}},
          .history_days = {35, 50, 90, 150},
          .noise = {0.03, 0.05, 0.08, 0.12},
          .persistence = {0, 0, 0.3},
          .weekend = {0.1, 0.3, 0.5, 0.7},
          .growth = {0.85, 0.94, 1.08, 1.20, 1.40},
          .batch = {1.5, 3, 6},
          .active = {0.15, 0.35, 0.6},
          .walk = {0.01, 0.02, 0.03}};
}

inline WatchGrid reporting_watch_grid() {
  return {.name = "reporting",
          .first_seed = 7'000'000,
          .tenants = 60,
          .kinds = {{"weekly", 45},
                    {"steady", 15},
                    {"growing", 10},
                    {"month-end-batch", 10},
                    {"wandering", 8},
                    {"intermittent", 5},
                    {"cents", 7},
                    {"saturating", 4},
                    {"weekend-heavy", 4},
                    {"mid-month", 4}},
          .history_days = {38, 60, 80, 120},
          .noise = {0.04, 0.06, 0.09, 0.11},
          .persistence = {0, 0, 0.35},
          .weekend = {0.15, 0.4, 0.6, 0.8},
          .growth = {0.88, 0.96, 1.06, 1.15, 1.30},
          .batch = {2, 2.5, 5},
          .active = {0.2, 0.3, 0.5},
          .walk = {0.012, 0.018, 0.025}};
}

}  // namespace costd::bench
