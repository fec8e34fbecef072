#pragma once
// costd's own audit chain in the database: append and read, nothing else.

#include <cstdint>
#include <vector>

#include "ledger/audit_event.hpp"

namespace costd {

class Connection;
class UnitOfWork;

/// Chains the event to the last one and stores it, in the unit's transaction.
void append_audit_event(UnitOfWork& unit, AuditEvent event);

struct AuditHead {
  std::int64_t count = 0;
  std::string hash = audit_genesis_hash;
  bool operator==(const AuditHead&) const = default;
};
AuditHead load_audit_head(Connection& connection);

/// Events with seq > after, in order, at most `limit`.
std::vector<AuditEvent> load_audit_events(Connection& connection, std::int64_t after,
                                          std::int64_t limit);

}  // namespace costd
