#pragma once
// How many of the labelled events a detector finds, how soon, and how often it cries wolf.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/bench/anomaly/series.hpp"

namespace costd::bench {

/// An alarm of a detector: an incident, told on the day `first` was complete.
struct Alarm {
  Day first{};
  std::optional<EventClass> kind;  ///< where the detector says one
};
/// By series id; a series without alarms may be missing.
using Alarms = std::map<std::string, std::vector<Alarm>>;

/// Flagged days in a row are one alarm.
std::vector<Alarm> group_days(const std::vector<Day>& days);

/// The published rule at 50 %, with and without a floor in USD.
Alarms by_published_rule(const std::vector<WatchedSeries>& series, Money impact_min);
/// The robust rule of costd, as the day it is told was complete.
Alarms by_robust_rule(const std::vector<WatchedSeries>& series);
/// Knows the usual cost and the noise of every series: what is not found here cannot be found day
/// by day at that rate of false alarms.
Alarms by_oracle(const std::vector<WatchedSeries>& series);
/// What field.R wrote: series, day, distance from what it would put there; a day counts from the
/// floor on.
Alarms read_field(const std::string& path, const std::vector<WatchedSeries>& series);

struct Method {
  std::string name;
  Alarms alarms;
};
void print_scores(const std::vector<WatchedSeries>& series, const std::vector<Method>& methods);

}  // namespace costd::bench
