#pragma once
// costd's own audit chain: each privileged act is an event that carries the hash of the one before.

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "ledger/time/instant.hpp"

namespace costd {

/// Who did it: a peer of the control socket, or costd itself on a schedule.
struct Actor {
  std::string kind;  ///< "uid", "schedule", "system"
  std::string name;  ///< "1000", the schedule's name, "costd"
  std::string text() const { return kind + ":" + name; }
};
/// Who acts where nobody asked: at the start, by the clock, for the state's repair.
inline const Actor costd_itself{"system", "costd"};

struct AuditEvent {
  std::int64_t seq = 0;  ///< 1 for the first
  Instant at;
  Actor actor;
  std::string action;    ///< "prices.import", "chargeback.generate"
  std::string object;    ///< what it was done to
  std::string tenant{};  ///< "" = platform
  std::string before_sha256{};
  std::string after_sha256{};
  std::string outcome = "done";  ///< done | denied | failed
  std::string reason{};
  std::string previous_hash{};  ///< hash of the event before; 64 zeros for the first
  std::string hash{};
};

inline constexpr const char* audit_genesis_hash =
    "0000000000000000000000000000000000000000000000000000000000000000";

/// Where a chain stands, as people keep it: "9,480 events, head cde64922...". Whoever has it can
/// prove later that the chain still has those events.
std::string describe_chain_head(std::int64_t events, const std::string& head);

/// The event with texts that can be written as JSON: what is no UTF-8 becomes the mark for it. An
/// act must not be lost because of how its object was spelt.
AuditEvent with_valid_texts(AuditEvent event);

/// All of the event but its hash, with sorted keys.
nlohmann::json to_hashed_json(const AuditEvent& event);

/// SHA-256, lower-case hex, over "costd-audit-v1\0", the length of the text in decimal, "\0", and
/// the event without its hash as JSON with sorted keys (RFC 8785 for strings and integers).
std::string hash_of(const AuditEvent& event);

}  // namespace costd
