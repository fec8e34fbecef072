#pragma once
// Sleeping by the machine's clock, so that a clock that is set wakes the sleeper at once.

#include "daemon/clock.hpp"

namespace costd {

/// A timerfd of the wall clock that is cancelled when the clock is set (timerfd_create(2)).
class TimerAlarm : public Alarm {
 public:
  /// Throws Error(io) where the system has no timer left.
  TimerAlarm();
  ~TimerAlarm() override;
  TimerAlarm(const TimerAlarm&) = delete;
  TimerAlarm& operator=(const TimerAlarm&) = delete;

  void sleep_until(Instant until) override;
  void call() override;

 private:
  int timer_ = -1;
  int calls_ = -1;
};

}  // namespace costd
