#include <poll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <sys/timex.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <ctime>
#include <system_error>

#include "daemon/clock.hpp"
#include "ledger/error.hpp"

namespace costd {
namespace {

[[noreturn]] void fail(const char* what) {
  throw Error(ErrorCode::io, std::string("cannot ") + what + ": " +
                                 std::error_code(errno, std::generic_category()).message() +
                                 "; raise the limit of open files (LimitNOFILE)");
}

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

TimerAlarm::TimerAlarm()
    : timer_(::timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK)),
      calls_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (timer_ < 0 || calls_ < 0) fail("make a timer");
}

TimerAlarm::~TimerAlarm() {
  ::close(timer_);
  ::close(calls_);
}

void TimerAlarm::sleep_until(Instant until) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(until);
  itimerspec due{};
  due.it_value.tv_sec = seconds.time_since_epoch().count();
  due.it_value.tv_nsec = std::chrono::nanoseconds(until - seconds).count();
  // An instant of all zeros would switch the timer off.
  if (due.it_value.tv_sec <= 0) return;
  if (::timerfd_settime(timer_, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &due, nullptr) != 0) {
    fail("set a timer");
  }
  std::array<pollfd, 2> wakers{{{timer_, POLLIN, 0}, {calls_, POLLIN, 0}}};
  while (::poll(wakers.data(), wakers.size(), -1) < 0) {
    if (errno != EINTR) fail("wait for a timer");
  }
  // Emptied for the next sleep. The timer's read says ECANCELED after the clock was set, which is
  // a reason to look at the clock like any other.
  std::uint64_t count = 0;
  [[maybe_unused]] ssize_t got = ::read(timer_, &count, sizeof count);
  got = ::read(calls_, &count, sizeof count);
}

void TimerAlarm::call() {
  const std::uint64_t one = 1;
  // Refused only if the counter is full, and then the sleeper wakes anyway.
  [[maybe_unused]] const ssize_t wrote = ::write(calls_, &one, sizeof one);
}

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

}  // namespace costd
