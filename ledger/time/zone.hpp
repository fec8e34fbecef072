#pragma once
// IANA time zones: which local date an instant falls on, and when a local date begins.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "ledger/time/calendar.hpp"
#include "ledger/time/instant.hpp"

namespace date {
class time_zone;
}

namespace costd {

/// A wall-clock reading in some zone, without the zone.
using LocalTime = std::chrono::local_time<std::chrono::microseconds>;

/// A zone of the IANA database on this machine. Cheap to copy; never empty.
class Zone {
 public:
  /// Throws Error(config) for anything but an IANA name ("Europe/Zurich", "UTC").
  explicit Zone(std::string_view name);
  static Zone utc();

  const std::string& name() const { return name_; }

  /// What the wall clock shows.
  LocalTime local(Instant instant) const;
  Day day_of(Instant instant) const;
  /// The first instant whose local date is `day` or later: midnight, or the end of the gap that
  /// swallowed it. A day that never existed begins where the next one does.
  Instant start_of(Day day) const;

  /// All instants at which the wall clock shows `local`: none in a gap, two in a fold.
  struct Instants {
    std::optional<Instant> first;
    std::optional<Instant> second;
    Instant gap_end{};  ///< where there is no instant: the first one after the gap
  };
  Instants instants_of(LocalTime local) const;

  /// The piece of the zone's history an instant is in: one offset from UTC between two transitions.
  struct Offset {
    Instant from;
    Instant to;
    std::chrono::seconds seconds;
  };
  Offset offset_at(Instant instant) const;

 private:
  std::string name_;
  const date::time_zone* zone_;
};

/// [first instant of range.from, first instant of range.to) in the zone.
struct InstantRange {
  Instant from;
  Instant to;
};
InstantRange instants_of(const DayRange& range, const Zone& zone);

/// "2026-11-01T06:00".
std::string format_local_minute(LocalTime local);

/// Version of the time-zone rules that this machine has now ("2025b", or "unknown").
std::string installed_time_zone_version();
/// Version of the rules this process works by, for the audit record: what was installed at the
/// first call. A zone is read once, so newer rules need a new process.
std::string time_zone_version();

}  // namespace costd
