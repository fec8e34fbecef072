#include "jobs/recount_job.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <thread>

#include "jobs/period.hpp"
#include "jobs/recount_window.hpp"
#include "ledger/error.hpp"
#include "ledger/store/daily_store.hpp"

namespace costd {
namespace {

/// Records of the days that are compared at one moment: as long as they take, the database keeps
/// that moment beside what is written meanwhile.
constexpr std::int64_t window_records_max = 12'000'000;
constexpr unsigned threads_min = 2;
constexpr unsigned recount_threads_max = 8;

/// Local days that have, or may have, usage.
std::set<Day> days_to_look_at(Connection& connection,
                              const std::map<BlockDay, std::int64_t>& records,
                              const std::optional<DayRange>& range) {
  std::set<Day> days = load_rollup_days(connection);
  for (const auto& [block_day, count] : records) {
    for (const int distance : {-1, 0, 1}) days.insert(from_day_number(block_day + distance));
  }
  if (range) std::erase_if(days, [&](Day day) { return !range->contains(day); });
  return days;
}

/// The days in runs of some million records each.
std::vector<std::vector<Day>> plan_windows(Connection& connection,
                                           const std::optional<DayRange>& range) {
  const auto records = count_records_by_day(connection);
  std::vector<std::vector<Day>> windows;
  std::int64_t in_window = 0;
  for (const Day day : days_to_look_at(connection, records, range)) {
    const auto of_day = records.find(to_day_number(day));
    const std::int64_t count = of_day == records.end() ? 0 : of_day->second;
    if (windows.empty() || in_window + count > window_records_max) {
      windows.emplace_back();
      in_window = 0;
    }
    windows.back().push_back(day);
    in_window += count;
  }
  return windows;
}

/// Counts of a run that fails are not kept with it: they go into its log.
[[noreturn]] void refuse(const Recounted& recounted) {
  std::string counts;
  for (const auto& [name, count] : recounted.result.counts) {
    counts += fmt::format(" {}={}", name, count);
  }
  recounted.context.monitor.log(
      fmt::format("recount_differs differences={}{}", recounted.differences, counts));
  throw Error(ErrorCode::data,
              fmt::format("{} differences between the rollup tables and what follows from records "
                          "and prices; the first of them are in the run's log. Find out what "
                          "changed the database besides costd, and restore it from a backup",
                          recounted.differences));
}

class RecountJob : public Job {
 public:
  std::string name() const override { return "recount"; }

  JobResult run(JobContext& context) override {
    const auto windows = plan_windows(context.database.snapshot(), period_of(context));
    std::size_t days = 0;
    for (const auto& window : windows) days += window.size();
    const std::size_t threads =
        std::clamp(std::thread::hardware_concurrency(), threads_min, recount_threads_max);
    Recounted recounted(context, days);
    for (const auto& window : windows) RecountWindow(recounted, window).run(threads);
    if (recounted.differences > 0) refuse(recounted);
    return std::move(recounted.result);
  }
};

}  // namespace

std::unique_ptr<Job> make_recount_job() {
  return std::make_unique<RecountJob>();
}

}  // namespace costd
