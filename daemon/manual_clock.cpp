#include <condition_variable>
#include <mutex>

#include "daemon/clock.hpp"

namespace costd {
namespace {

/// A clock that stands reaches no instant: sleeps until it is called.
class ManualAlarm : public Alarm {
 public:
  void sleep_until(Instant) override {
    std::unique_lock lock(mutex_);
    called_.wait(lock, [this] { return is_called_; });
    is_called_ = false;
  }
  void call() override {
    const std::lock_guard lock(mutex_);
    is_called_ = true;
    called_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable called_;
  bool is_called_ = false;
};

}  // namespace

std::unique_ptr<Alarm> ManualClock::make_alarm() const {
  return std::make_unique<ManualAlarm>();
}

}  // namespace costd
