// costd with a clock that runs faster, for tests of months: whatever else it does is costd itself.
//
//   COSTD_FAST_CLOCK="2026-10-30T00:00:00Z 2026-11-26T05:00:00Z 3600" costd_fast --config FILE
//
// shows the first instant when the machine's clock shows the second, and passes 3600 seconds in
// each. A restart with the same setting goes on in the same calendar.

#include <condition_variable>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <sstream>

#include "daemon/clock.hpp"
#include "daemon/costd.hpp"

namespace costd {
namespace {

/// Sleeps by the steady clock, for as long as the instant is away.
class FastAlarm : public Alarm {
 public:
  FastAlarm(const Clock& clock, double factor) : clock_(clock), factor_(factor) {}

  void sleep_until(Instant until) override {
    const std::chrono::duration<double, std::micro> away = (until - clock_.now()) / factor_;
    std::unique_lock lock(mutex_);
    called_.wait_for(lock, std::max(away, away.zero()), [this] { return is_called_; });
    is_called_ = false;
  }
  void call() override {
    const std::lock_guard lock(mutex_);
    is_called_ = true;
    called_.notify_all();
  }

 private:
  const Clock& clock_;
  double factor_;
  std::mutex mutex_;
  std::condition_variable called_;
  bool is_called_ = false;
};

class FastClock : public Clock {
 public:
  FastClock(Instant origin, Instant since, double factor)
      : origin_(origin), since_(since), factor_(factor) {}

  Instant now() const override {
    const std::chrono::duration<double, std::micro> passed = SystemClock().now() - since_;
    return origin_ + std::chrono::floor<std::chrono::microseconds>(passed * factor_);
  }
  std::chrono::microseconds elapsed() const override { return now() - origin_; }
  bool is_synchronised() const override { return true; }
  std::unique_ptr<Alarm> make_alarm() const override {
    return std::make_unique<FastAlarm>(*this, factor_);
  }

 private:
  Instant origin_;
  Instant since_;
  double factor_;
};

}  // namespace
}  // namespace costd

int main(int count, char** values) {
  const char* setting = std::getenv("COSTD_FAST_CLOCK");
  std::istringstream words(setting == nullptr ? "" : setting);
  std::string origin;
  std::string since;
  double factor = 0;
  words >> origin >> since >> factor;
  const auto from = costd::parse_instant(origin);
  const auto at = costd::parse_instant(since);
  if (!from || !at || factor <= 0) {
    std::cerr << "set COSTD_FAST_CLOCK to two instants and a factor\n";
    return costd::exit_usage;
  }
  const costd::FastClock clock(*from, *at, factor);
  return costd::costd_main({values + 1, values + count}, std::cout, std::cerr, clock);
}
