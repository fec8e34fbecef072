#pragma once
// The outbox: messages decided together with what they report, delivered later.

#include <optional>
#include <string>
#include <vector>

#include "ledger/time/instant.hpp"

namespace costd {

class Connection;
class UnitOfWork;

enum class OutboxState {
  pending,  ///< its first attempt is due
  retry,    ///< waits for a later attempt
  sending,  ///< committed before the first byte leaves; found after a crash, it is ambiguous
  sent,
  ambiguous,   ///< held: nobody knows whether it arrived, and a person is to decide
  rejected,    ///< refused for good
  dead,        ///< tried for as long as its lane tries
  superseded,  ///< too large for the server; a smaller message says where the report is
  discarded,   ///< by a person
};
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
  std::int64_t attempts = 0;  ///< since it was decided, or since a person asked for another try
  Instant not_before;
  Instant created_at;
  Instant tried_since{};  ///< its first attempt; the epoch = there was none
  Instant updated_at;
  std::string last_reply;
  std::int64_t ambiguous_attempts = 0;  ///< of all there were, also before a person's retry
  std::string supersedes{};             ///< id of the message in whose place it is; "" = none

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
/// Messages of the lane to send at `now`, oldest first.
std::vector<OutboxMessage> load_due_messages(Connection& connection, const OutboxLane& lane,
                                             Instant now, std::int64_t limit);
/// The message if it is due still: it may have been discarded since it was loaded.
std::optional<OutboxMessage> find_due_message(Connection& connection, const std::string& id,
                                              Instant now);
/// Messages of the lane that are `sending`, oldest first: of a lane at rest, those that a crash
/// left behind.
std::vector<OutboxMessage> load_sending_messages(Connection& connection, const OutboxLane& lane);
std::optional<OutboxMessage> find_outbox_message(Connection& connection, const std::string& id);
/// The message in whose place another came: the id of that other, or "".
std::string find_successor(Connection& connection, const std::string& id);
/// Messages that wait or are `sending`, and leave by the channel, oldest first.
std::vector<OutboxMessage> load_waiting_messages(Connection& connection,
                                                 const std::string& channel);
/// Where the payloads of all messages are, in whatever state they are.
std::vector<std::string> load_payload_paths(Connection& connection);
/// Newest first.
std::vector<OutboxMessage> load_outbox(Connection& connection, std::int64_t limit);

struct OutboxCounts {
  std::int64_t waiting = 0;  ///< pending, retry or sending
  std::int64_t sent = 0;
  std::int64_t held = 0;    ///< ambiguous
  std::int64_t failed = 0;  ///< rejected or dead; those discarded by a person are not counted
  std::int64_t ambiguous_mail_attempts = 0;
};
OutboxCounts count_outbox(Connection& connection);

/// One attempt to deliver a message to its recipient.
struct DeliveryAttempt {
  std::string message_id;   ///< the outbox id
  std::int64_t number = 0;  ///< from 1, over all that a message ever had; given when it is stored
  std::string recipient;
  std::string outcome;  ///< sent | retry | rejected | too_large | ambiguous
  std::string reply;    ///< the receiver's last reply, or the error
  Instant started_at;
  Instant ended_at;
};
void store_delivery_attempt(UnitOfWork& unit, const DeliveryAttempt& attempt);
/// Oldest first.
std::vector<DeliveryAttempt> load_delivery_attempts(Connection& connection,
                                                    const std::string& message_id);

}  // namespace costd
