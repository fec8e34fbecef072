#include "daemon/timer_alarm.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <system_error>

#include "ledger/error.hpp"

namespace costd {
namespace {

[[noreturn]] void fail(const char* what) {
  throw Error(ErrorCode::io, std::string("cannot ") + what + ": " +
                                 std::error_code(errno, std::generic_category()).message() +
                                 "; raise the limit of open files (LimitNOFILE)");
}

}  // namespace

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

}  // namespace costd
