#pragma once
// Where jobs raise alerts: each key once, in the transaction of what it is about.

#include "ledger/alert.hpp"

namespace costd {

class UnitOfWork;

class AlertDesk {
 public:
  virtual ~AlertDesk() = default;
  /// Records the alert and owes it to the configured channels, all in the caller's transaction.
  /// False if one with its key was raised before; then nothing happens.
  virtual bool raise(UnitOfWork& unit, const Alert& alert, Instant now) = 0;
};

}  // namespace costd
