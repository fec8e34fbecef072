#pragma once
// Local times of very many instants that lie near each other.

#include "ledger/time/calendar.hpp"
#include "ledger/time/zone.hpp"

namespace costd {

class LocalClock {
 public:
  explicit LocalClock(Zone zone) : zone_(std::move(zone)) {}

  const Zone& zone() const { return zone_; }
  LocalTime local(Instant at) {
    if (at < offset_.from || at >= offset_.to) offset_ = zone_.offset_at(at);
    return LocalTime(at.time_since_epoch() + offset_.seconds);
  }
  static Day day_of(LocalTime local) { return std::chrono::floor<std::chrono::days>(local); }
  /// 0 to 23.
  static std::size_t hour_of(LocalTime local) {
    const auto since_midnight = local - std::chrono::floor<std::chrono::days>(local);
    return static_cast<std::size_t>(since_midnight / std::chrono::hours(1));
  }

 private:
  Zone zone_;
  Zone::Offset offset_{};
};

}  // namespace costd
