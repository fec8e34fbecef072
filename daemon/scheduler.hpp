#pragma once
// Turns due slots into queued runs, each slot at most once.

#include <optional>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "daemon/cron.hpp"
#include "ledger/run.hpp"
#include "ledger/store/database.hpp"

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
};

/// Throws Error(config) naming the schedule's place for a malformed expression.
std::vector<Schedule> make_schedules(const Settings& settings);

/// What every run of the schedule is given; the period is derived from the slot's local date.
RunParameters parameters_for(const Schedule& schedule, Instant slot);
/// The same without a slot, for runs by hand.
RunParameters parameters_for(const Schedule& schedule);

class Scheduler {
 public:
  Scheduler(Database& database, std::vector<Schedule> schedules)
      : database_(database), schedules_(std::move(schedules)) {}

  /// Decides all slots up to `now`: stores a queued run for those that are due, and a skipped,
  /// missed or abandoned one where the policies say so. Gives how many were queued. A schedule seen
  /// for the first time begins at `now`.
  int decide_slots(Instant now);
  /// The next slot of any schedule that is not paused; nothing if there is none.
  std::optional<Instant> next_slot(Instant after);

  const std::vector<Schedule>& schedules() const { return schedules_; }
  /// Throws Error(not_found) naming the schedules there are.
  const Schedule& get(const std::string& name) const;
  void set_paused(const std::string& name, bool paused, Instant now, const Actor& actor);

 private:
  bool has_due_slots(const Schedule& schedule, Instant now);
  int decide(const Schedule& schedule, Instant now);

  Database& database_;
  std::vector<Schedule> schedules_;
};

}  // namespace costd
