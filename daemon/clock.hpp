#pragma once
// The one source of "now", handed to whoever decides by time.

#include "ledger/time/instant.hpp"

namespace costd {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant now() const = 0;
};

/// The machine's clock.
class SystemClock : public Clock {
 public:
  Instant now() const override;
};

/// A clock that stands where it was put; for tests.
class ManualClock : public Clock {
 public:
  explicit ManualClock(Instant now) : now_(now) {}
  Instant now() const override { return now_; }
  void set(Instant now) { now_ = now; }

 private:
  Instant now_;
};

}  // namespace costd
