#pragma once
// A schedule as the scheduler follows it, made from its settings.

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "daemon/cron.hpp"
#include "ledger/run.hpp"

namespace costd {

enum class CatchUp { all, latest, none };
enum class Overlap { queue, forbid };

struct Schedule {
  std::string name;
  CronExpression cron;
  Zone zone;
  DstGap dst_gap = DstGap::run;
  CatchUp catch_up = CatchUp::latest;
  Overlap overlap = Overlap::forbid;
  std::vector<std::string> jobs;
  std::string period;  ///< "" | previous_month | current_month
  std::string tenant;
  std::vector<std::string> formats;
  std::vector<std::string> recipients;
  std::vector<std::string> types;  ///< of compliance reports
  std::int64_t max_catch_up = 400;
  std::chrono::seconds jitter{0};
  RunPolicy policy;  ///< of its runs
  std::optional<Day> backfill_from;
  /// Why it cannot say when it is due (its zone is not known any more); "" = it can. Then `zone` is
  /// UTC and nothing is decided.
  std::string invalid;

  std::optional<Instant> next_after(Instant instant) const {
    return invalid.empty() ? cron.next_after(instant, zone, dst_gap) : std::nullopt;
  }
  std::optional<Instant> previous_before(Instant instant) const {
    return invalid.empty() ? cron.previous_before(instant, zone, dst_gap) : std::nullopt;
  }
};

/// Throws Error(config) naming the schedule's place for a malformed expression.
std::vector<Schedule> make_schedules(const Settings& settings);

/// What every run of the schedule is given; the period is derived from the slot's local date.
RunParameters parameters_for(const Schedule& schedule, Instant slot);
/// The same without a slot, for runs by hand.
RunParameters parameters_for(const Schedule& schedule);

/// When it is due, as one text: another text, and slots that have passed do not count.
std::string definition_of(const Schedule& schedule);

}  // namespace costd
