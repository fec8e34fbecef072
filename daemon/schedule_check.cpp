#include "daemon/schedule_check.hpp"

#include <fmt/format.h>

namespace costd {
namespace {

using std::chrono::days;

/// A yearly schedule is never further away than this.
constexpr days longest_year{366};

/// "6 years" or "13 months", rounded down.
std::string format_distance(days distance) {
  const auto years = std::chrono::floor<std::chrono::years>(distance + days(1)).count();
  if (years >= 2) return fmt::format("{} years", years);
  return fmt::format("{} months", std::chrono::floor<std::chrono::months>(distance).count());
}

}  // namespace

std::vector<std::string> warn_of_rare_schedules(const std::vector<Schedule>& schedules,
                                                Instant now) {
  std::vector<std::string> warnings;
  for (const Schedule& schedule : schedules) {
    const auto next = schedule.next_after(now);
    if (!next) {
      warnings.push_back(
          fmt::format("schedule \"{}\" never fires: no date of the next 40 years matches \"{}\"",
                      schedule.name, schedule.cron.text()));
    } else if (*next - now > longest_year) {
      warnings.push_back(fmt::format("schedule \"{}\" fires next in {}, at {}", schedule.name,
                                     format_distance(std::chrono::floor<days>(*next - now)),
                                     format_instant(*next)));
    }
  }
  return warnings;
}

}  // namespace costd
