#pragma once
// The alert about a message that needs a person.

#include "jobs/alerts/alert_desk.hpp"
#include "ledger/store/outbox_store.hpp"

namespace costd {

class UnitOfWork;

/// For a rejected, dead or ambiguous message; nothing for one that carries a dead letter itself, so
/// that a channel that is gone is told of once.
void raise_dead_letter(UnitOfWork& unit, AlertDesk& desk, const OutboxMessage& message,
                       Instant now);

}  // namespace costd
