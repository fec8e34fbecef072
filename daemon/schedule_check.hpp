#pragma once
// What is odd about when schedules are due, for costd --check.

#include <string>
#include <vector>

#include "daemon/schedule.hpp"

namespace costd {

/// One sentence for each schedule that never fires, or not within a year of `now`.
std::vector<std::string> warn_of_rare_schedules(const std::vector<Schedule>& schedules,
                                                Instant now);

}  // namespace costd
