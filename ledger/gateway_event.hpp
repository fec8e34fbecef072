#pragma once
// One line of the gateway's audit log, as it is written: the members of its envelope, and the text
// that its HMAC is over (FileAuditWriter and HmacSigner of the gateway).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace costd {

/// Views into the line. Texts are as they stand between the quotes, with their escapes.
struct GatewayEvent {
  std::int64_t seq = 0;
  std::string_view event_id;
  std::string_view timestamp;
  std::optional<std::string_view> workspace_id;  ///< absent = null: the platform's
  std::string_view event_type;
  std::string_view payload;                       ///< the JSON object with its braces
  std::optional<std::string_view> previous_hash;  ///< absent = null: the first event
  std::string_view hmac;
  std::string_view signed_at;
  /// Of a fleet, where each pod and epoch has a chain of its own.
  struct Fleet {
    std::string_view pod_instance_id;
    std::int64_t chain_epoch = 0;
    std::int64_t chain_sequence = 0;
  };
  std::optional<Fleet> fleet{};
};

/// Reads a line without its end. Nothing, and `why` says why, for anything that the gateway does
/// not write: another member, one that is missing or stands there twice, a blank outside of texts,
/// text behind the last brace.
std::optional<GatewayEvent> read_gateway_event(std::string_view line, std::string& why);

/// The text without its JSON escapes; nothing if an escape is none.
std::optional<std::string> unescape_json(std::string_view text);

/// Appends what the event's HMAC is over: "eventId|timestamp|workspaceId|eventType|payload|before",
/// in the fleet's form followed by "|podInstanceId|chainEpoch|chainSequence". `before` is the HMAC
/// of the event before, "" for the first one.
void append_signed_text(std::string& text, const GatewayEvent& event, std::string_view before);

}  // namespace costd
