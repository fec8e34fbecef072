#pragma once
// Turns due slots into queued runs, each slot at most once.

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "daemon/schedule.hpp"
#include "jobs/alerts/alert_desk.hpp"
#include "ledger/store/database.hpp"

namespace costd {

/// Whether the clock is believed: by one that is not, no period is decided (its slots are decided
/// when it is), and of everything else the latest slot at most.
enum class ClockTrust { trusted, held };

/// Thread-safe.
class Scheduler {
 public:
  using Schedules = std::vector<Schedule>;

  /// `alerts` is told of slots that are given up and of schedules that are invalid; null = nobody.
  Scheduler(Database& database, Schedules schedules, std::shared_ptr<AlertDesk> alerts = nullptr);

  /// Decides all slots up to `now`: stores a queued run for those that are due, and a skipped,
  /// missed or abandoned one where the policies say so. Gives how many were queued. A schedule seen
  /// for the first time begins at `now`, or where its backfill does.
  int decide_slots(Instant now, ClockTrust trust = ClockTrust::trusted);
  /// The next slot of any schedule that is not paused; nothing if there is none.
  std::optional<Instant> next_slot(Instant after);

  /// Follows these schedules from now on. Slots that have passed are not looked at again.
  void replace(Schedules schedules, std::shared_ptr<AlertDesk> alerts);
  /// Decides again soon: something that was in the way is gone.
  void look_again() {
    if (changed_) changed_();
  }
  /// Tells of schedules that cannot say when they are due. Throws Error(config) for one that was
  /// never valid: it is a mistake, not a zone that has gone.
  void report_invalid(Instant now);
  /// Called whenever the next slot may be another one than before.
  void on_change(std::function<void()> changed) { changed_ = std::move(changed); }

  std::shared_ptr<const Schedules> schedules() const;
  std::shared_ptr<AlertDesk> alerts() const;
  /// Throws Error(not_found) naming the schedules there are.
  Schedule get(const std::string& name) const;
  void set_paused(const std::string& name, bool paused, Instant now, const Actor& actor);

 private:
  bool has_due_slots(const Schedule& schedule, Instant now);
  int decide(const Schedule& schedule, Instant now, ClockTrust trust);
  void raise(UnitOfWork& unit, const Alert& alert, Instant now);

  Database& database_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Schedules> schedules_;
  std::shared_ptr<AlertDesk> alerts_;
  std::function<void()> changed_;
};

}  // namespace costd
