#pragma once
// What the clock was last seen at, and whether it is trusted.

#include <optional>

#include "ledger/time/instant.hpp"

namespace costd {

class Connection;
class UnitOfWork;

/// The clock jumped forward and nobody has confirmed it: until then no period is closed and no mail
/// leaves.
struct ClockHold {
  Instant from;  ///< what the clock showed before
  Instant to;    ///< and after
  bool operator==(const ClockHold&) const = default;
};

struct ClockState {
  Instant seen_at;  ///< the latest instant that was trusted
  std::optional<ClockHold> hold;
  bool operator==(const ClockState&) const = default;
};

/// Nothing until the first time.
std::optional<ClockState> find_clock_state(Connection& connection);
void store_clock_state(UnitOfWork& unit, const ClockState& state);
/// Nothing while the clock is trusted.
std::optional<ClockHold> find_clock_hold(Connection& connection);

}  // namespace costd
