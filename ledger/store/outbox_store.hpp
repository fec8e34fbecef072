#pragma once
// The outbox: messages decided together with what they report, delivered later.

#include <optional>
#include <string>
#include <vector>

#include "ledger/time/instant.hpp"

namespace costd {

class Connection;
class UnitOfWork;

/// pending -> sending -> sent, or back to pending with a later not_before; rejected and dead need a
/// person.
enum class OutboxState { pending, sending, sent, rejected, dead };
const char* name_of(OutboxState state);

struct OutboxMessage {
  std::string id;          ///< ULID
  std::string dedupe_key;  ///< the effect it belongs to; unique
  std::string kind;        ///< "chargeback"
  std::string report_id;
  std::string sender;
  std::string recipient;
  std::string subject;
  std::string message_id;
  std::string payload_path;  ///< the whole message, synced before the row is written
  std::string payload_sha256;
  OutboxState state = OutboxState::pending;
  std::int64_t attempts = 0;
  Instant not_before;
  Instant created_at;
  Instant updated_at;
  std::string last_reply;
};

/// False if a message with this key exists: the effect was decided before.
bool store_outbox_message(UnitOfWork& unit, const OutboxMessage& message);
void update_outbox_message(UnitOfWork& unit, const OutboxMessage& message);
/// Messages that wait for a later attempt are due at `now`.
void make_waiting_due(UnitOfWork& unit, Instant now);
/// Messages to send at `now`, oldest first; `sending` ones are those a crash left behind.
std::vector<OutboxMessage> load_due_messages(Connection& connection, Instant now,
                                             std::int64_t limit);
/// Newest first.
std::vector<OutboxMessage> load_outbox(Connection& connection, std::int64_t limit);

struct OutboxCounts {
  std::int64_t waiting = 0;  ///< pending or sending
  std::int64_t sent = 0;
  std::int64_t failed = 0;  ///< rejected or dead
};
OutboxCounts count_outbox(Connection& connection);

}  // namespace costd
