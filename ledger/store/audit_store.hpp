#pragma once
// costd's own audit chain in the database: append and read, nothing else.

#include <cstdint>
#include <optional>
#include <string>
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
/// The same in words; "" before the first event.
std::string describe_audit_head(Connection& connection);

/// Absent and empty members take every event.
struct AuditFilter {
  std::string action{};
  std::string actor{};  ///< a name, or kind and name: "1000", "uid:1000"
  std::string tenant{};
  std::optional<Instant> from{};
  std::optional<Instant> to{};  ///< exclusive
  bool operator==(const AuditFilter&) const = default;
};

/// Events with seq > after, in order, at most `limit`.
std::vector<AuditEvent> load_audit_events(Connection& connection, std::int64_t after,
                                          std::int64_t limit, const AuditFilter& filter = {});
std::int64_t count_audit_events(Connection& connection, const AuditFilter& filter);

/// The newest event that names a signing key.
std::optional<AuditEvent> find_key_event(Connection& connection);

}  // namespace costd
