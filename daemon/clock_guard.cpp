#include "daemon/clock_guard.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <nlohmann/json.hpp>

#include "ledger/error.hpp"
#include "ledger/store/outbox_store.hpp"
#include "ledger/store/run_store.hpp"

namespace costd {
namespace {

constexpr std::chrono::minutes step_noted{5};
/// How far the clock may go before it is stored again what it was last seen at.
constexpr std::chrono::hours seen_every{1};

void audit(UnitOfWork& unit, Instant now, const Actor& actor, const char* action,
           const std::string& reason) {
  unit.audit(
      {.seq = 0, .at = now, .actor = actor, .action = action, .object = "clock", .reason = reason});
}

}  // namespace

std::chrono::microseconds step_between(const ClockReading& before, const ClockReading& after) {
  return (after.now - before.now) - (after.elapsed - before.elapsed);
}

std::optional<ClockHold> ClockGuard::look(AlertDesk* alerts) {
  const std::lock_guard lock(mutex_);
  const ClockReading reading{clock_.now(), clock_.elapsed(), clock_.is_synchronised()};
  if (!state_) state_ = find_clock_state(database_.snapshot());
  if (state_) {
    compare(reading, alerts);
  } else {
    begin(reading);
  }
  // Only now: what could not be stored is found again at the next look.
  last_ = reading;
  return state_->hold;
}

void ClockGuard::compare(const ClockReading& reading, AlertDesk* alerts) {
  // After a start only the time that was stored last is known.
  const auto step = last_ ? step_between(*last_, reading) : reading.now - state_->seen_at;
  const Instant expected = reading.now - step;
  if (state_->hold) {
    if (reading.is_synchronised) {
      release(*state_, reading.now, costd_itself, "the kernel says the clock is synchronised");
    } else if (reading.now < state_->hold->from + jump_max_) {
      release(*state_, reading.now, costd_itself, "the clock was set back");
    }
    return;
  }
  if (step > jump_max_ && !reading.is_synchronised) {
    hold({expected, reading.now}, alerts);
    return;
  }
  // Hours without costd are not news; a clock that shows less than before is.
  const bool is_step = step < -step_noted || (step > step_noted && last_);
  if (!is_step && reading.now < state_->seen_at + seen_every) return;
  ClockState seen = *state_;
  seen.seen_at = reading.now;
  UnitOfWork unit = database_.begin();
  if (is_step) note_step(unit, expected, reading.now);
  store_clock_state(unit, seen);
  unit.commit();
  state_ = seen;
}

void ClockGuard::begin(const ClockReading& reading) {
  UnitOfWork unit = database_.begin();
  store_clock_state(unit, {reading.now, std::nullopt});
  unit.commit();
  state_ = ClockState{reading.now, std::nullopt};
}

void ClockGuard::note_step(UnitOfWork& unit, Instant from, Instant to) {
  const std::string reason = fmt::format("from {} to {}", format_instant(from), format_instant(to));
  spdlog::warn("clock_stepped from={} to={}", format_instant(from), format_instant(to));
  audit(unit, to, costd_itself, "clock.step", reason);
}

void ClockGuard::hold(const ClockHold& held, AlertDesk* alerts) {
  UnitOfWork unit = database_.begin();
  note_step(unit, held.from, held.to);
  const ClockState state{state_->seen_at, held};
  store_clock_state(unit, state);
  if (alerts != nullptr) {
    Alert alert;
    alert.kind = AlertKind::clock_held;
    alert.key = fmt::format("clock/{}", format_instant(held.to));
    alert.subject = "clock";
    alert.title = fmt::format(
        "the clock went from {} to {}; nothing is closed or mailed until it "
        "is confirmed",
        format_instant(held.from), format_instant(held.to));
    alert.data = nlohmann::ordered_json{{"fromAt", format_instant(held.from)},
                                        {"toAt", format_instant(held.to)}}
                     .dump();
    alerts->raise(unit, alert, held.to);
  }
  unit.commit();
  state_ = state;
  spdlog::error("clock_held from={} to={} remedy=\"costctl clock confirm\"",
                format_instant(held.from), format_instant(held.to));
}

void ClockGuard::release(ClockState state, Instant now, const Actor& actor,
                         const std::string& why) {
  UnitOfWork unit = database_.begin();
  state.hold.reset();
  state.seen_at = now;
  store_clock_state(unit, state);
  // What was decided by a clock that has been set back since is decided again.
  rewind_runs(unit, now);
  make_waiting_due(unit, now);
  audit(unit, now, actor, "clock.confirm", why);
  unit.commit();
  state_ = state;
  spdlog::warn("clock_confirmed now={} reason=\"{}\"", format_instant(now), why);
}

void ClockGuard::set_jump_max(std::chrono::seconds jump_max) {
  const std::lock_guard lock(mutex_);
  jump_max_ = jump_max;
}

void ClockGuard::confirm(const Actor& actor) {
  const std::lock_guard lock(mutex_);
  if (!state_) state_ = find_clock_state(database_.snapshot());
  if (!state_ || !state_->hold) {
    throw Error(ErrorCode::conflict, "the clock is not held; nothing is to be confirmed");
  }
  release(*state_, clock_.now(), actor, "confirmed by a person");
}

}  // namespace costd
