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
/// person, who makes them pending again or discards them.
enum class OutboxState { pending, sending, sent, rejected, dead, discarded };
const char* name_of(OutboxState state);

struct OutboxMessage {
  std::string id;          ///< ULID
  std::string dedupe_key;  ///< the effect it belongs to; unique
  std::string kind;        ///< "chargeback", "alert", or "dead_letter": an alert of a dead letter
  std::string report_id;   ///< the report or the alert it carries
  std::string channel = "mail";  ///< mail | webhook
  std::string sender;
  std::string recipient;  ///< an address, or the name of a webhook
  std::string subject;
  std::string message_id;  ///< the mail's Message-ID, or the webhook-id: the same at every attempt
  std::string payload_path;  ///< the whole message, synced before the row is written
  std::string payload_sha256;
  OutboxState state = OutboxState::pending;
  std::int64_t attempts = 0;
  Instant not_before;
  Instant created_at;
  Instant tried_since{};  ///< from when its time is counted; the epoch = from created_at
  Instant updated_at;
  std::string last_reply;

  /// The instant from which it is counted how long it has been tried.
  Instant first_try() const { return tried_since == Instant{} ? created_at : tried_since; }
};

/// Where messages go that wait for one another: all mail, or one webhook.
struct OutboxLane {
  std::string channel;
  std::string recipient{};  ///< "" = all of the channel
  bool operator==(const OutboxLane&) const = default;
};

/// False if a message with this key exists: the effect was decided before.
bool store_outbox_message(UnitOfWork& unit, const OutboxMessage& message);
void update_outbox_message(UnitOfWork& unit, const OutboxMessage& message);
/// The same bytes are elsewhere now.
void update_payload_path(UnitOfWork& unit, const std::string& id, const std::string& path);
/// Messages that wait for a later attempt are due at `now`.
void make_waiting_due(UnitOfWork& unit, Instant now);
/// Messages of the lane to send at `now`, oldest first; `sending` ones are those a crash left
/// behind.
std::vector<OutboxMessage> load_due_messages(Connection& connection, const OutboxLane& lane,
                                             Instant now, std::int64_t limit);
/// The message if it is due still: it may have been discarded since it was loaded.
std::optional<OutboxMessage> find_due_message(Connection& connection, const std::string& id,
                                              Instant now);
std::optional<OutboxMessage> find_outbox_message(Connection& connection, const std::string& id);
/// Messages that wait and leave by the channel, oldest first.
std::vector<OutboxMessage> load_waiting_messages(Connection& connection,
                                                 const std::string& channel);
/// Where the payloads of all messages are, in whatever state they are.
std::vector<std::string> load_payload_paths(Connection& connection);
/// Newest first.
std::vector<OutboxMessage> load_outbox(Connection& connection, std::int64_t limit);

struct OutboxCounts {
  std::int64_t waiting = 0;  ///< pending or sending
  std::int64_t sent = 0;
  std::int64_t failed = 0;  ///< rejected or dead; those discarded by a person are not counted
};
OutboxCounts count_outbox(Connection& connection);

}  // namespace costd
