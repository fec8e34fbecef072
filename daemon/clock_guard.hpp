#pragma once
// Tells a clock that was set from time that passed, and keeps a wrong clock from doing harm.

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>

#include "daemon/clock.hpp"
#include "jobs/alerts/alert_desk.hpp"
#include "ledger/audit_event.hpp"
#include "ledger/store/clock_store.hpp"
#include "ledger/store/database.hpp"

namespace costd {

/// What the clock shows, and the time that has passed for certain.
struct ClockReading {
  Instant now;
  std::chrono::microseconds elapsed{0};  ///< since the start of the machine
  bool is_synchronised = false;
};

/// By how much the clock was set between two readings; forward is positive.
std::chrono::microseconds step_between(const ClockReading& before, const ClockReading& after);

/// Thread-safe. A step of more than five minutes is an audit event. A step forward of more than the
/// guard holds what cannot be undone (closing a month, sending mail) until the kernel says that the
/// clock is synchronised, somebody confirms it, or it is set back. Time while costd did not run
/// counts as a step, since nothing else vouches for it.
class ClockGuard {
 public:
  /// `jump_max` is the longest step forward that is believed.
  ClockGuard(Database& database, const Clock& clock, std::chrono::seconds jump_max)
      : database_(database), clock_(clock), jump_max_(jump_max) {}

  /// Looks at the clock and notes what it finds. `alerts` is told of a hold; null = nobody. Gives
  /// the hold that is in force.
  std::optional<ClockHold> look(AlertDesk* alerts);
  /// The clock is right, says the actor; audited. Throws Error(conflict) if nothing is held.
  void confirm(const Actor& actor);
  void set_jump_max(std::chrono::seconds jump_max);

 private:
  void begin(const ClockReading& reading);
  void compare(const ClockReading& reading, AlertDesk* alerts);
  void note_step(UnitOfWork& unit, Instant from, Instant to);
  void hold(const ClockHold& hold, AlertDesk* alerts);
  void release(ClockState state, Instant now, const Actor& actor, const std::string& why);

  Database& database_;
  const Clock& clock_;
  std::chrono::seconds jump_max_;
  std::mutex mutex_;
  std::optional<ClockReading> last_;
  std::optional<ClockState> state_;  ///< as stored
};

}  // namespace costd
