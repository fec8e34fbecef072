#include "daemon/clock.hpp"

#include <sys/timex.h>
#include <time.h>

#include "daemon/timer_alarm.hpp"

namespace costd {
namespace {

class NoAlarm : public Alarm {
 public:
  void sleep_until(Instant) override {}
  void call() override {}
};

}  // namespace

Instant SystemClock::now() const {
  return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

std::chrono::microseconds SystemClock::elapsed() const {
  timespec time{};
  ::clock_gettime(CLOCK_BOOTTIME, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_nsec / 1'000);
}

bool SystemClock::is_synchronised() const {
  timex state{};
  return ::adjtimex(&state) != TIME_ERROR && (state.status & STA_UNSYNC) == 0;
}

std::unique_ptr<Alarm> SystemClock::make_alarm() const {
  return std::make_unique<TimerAlarm>();
}

std::unique_ptr<Alarm> ManualClock::make_alarm() const {
  return std::make_unique<NoAlarm>();
}

}  // namespace costd
