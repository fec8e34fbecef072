#pragma once
// The one source of "now", handed to whoever decides by time.

#include <chrono>
#include <memory>

#include "ledger/time/instant.hpp"

namespace costd {

/// Lets one thread sleep until an instant.
class Alarm {
 public:
  virtual ~Alarm() = default;
  /// Returns at the instant, or earlier: when called for, or when the clock was set. Called on one
  /// thread.
  virtual void sleep_until(Instant until) = 0;
  /// Ends a sleep that is under way, else the next one. Any thread.
  virtual void call() = 0;
};

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant now() const = 0;
  /// Time since some fixed moment, which no setting of the clock changes and which goes on while
  /// the machine is suspended.
  virtual std::chrono::microseconds elapsed() const = 0;
  /// Somebody keeps the clock right (the kernel says it is synchronised).
  virtual bool is_synchronised() const = 0;
  virtual std::unique_ptr<Alarm> make_alarm() const = 0;
};

/// The machine's clock.
class SystemClock : public Clock {
 public:
  Instant now() const override;
  std::chrono::microseconds elapsed() const override;
  bool is_synchronised() const override;
  std::unique_ptr<Alarm> make_alarm() const override;
};

/// A clock that stands where it was put; for tests.
class ManualClock : public Clock {
 public:
  explicit ManualClock(Instant now) : now_(now) {}
  Instant now() const override { return now_; }
  std::chrono::microseconds elapsed() const override { return elapsed_; }
  bool is_synchronised() const override { return is_synchronised_; }
  /// Its alarm sleeps until it is called for.
  std::unique_ptr<Alarm> make_alarm() const override;

  /// Somebody sets the clock: no time passes.
  void set(Instant now) { now_ = now; }
  /// Time passes.
  void advance(std::chrono::microseconds time) {
    now_ += time;
    elapsed_ += time;
  }
  void set_synchronised(bool is_synchronised) { is_synchronised_ = is_synchronised; }

 private:
  Instant now_;
  std::chrono::microseconds elapsed_{0};
  bool is_synchronised_ = false;
};

}  // namespace costd
