#pragma once
// What a report needs of the payload of a gateway's audit event, without printing it anew.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace costd {

/// Members of the payload, by what the gateway calls them. Texts are as they stand between the
/// quotes, with their escapes; what is absent, null or of another type is "" or nothing.
struct GatewayPayload {
  std::string_view api_key;
  std::string_view model;
  std::string_view provider;
  std::string_view error_code;
  std::string_view policy_decision;
  std::string_view policy_id;
  std::string_view policy_rule_id;
  std::string_view reason;
  std::string_view client_ip;
  std::string_view user;
  std::string_view template_name;  ///< of a mail
  std::string_view recipient;
  std::string_view result;
  std::string_view categories;    ///< the JSON list
  std::string_view entity_types;  ///< the JSON list
  std::optional<std::int64_t> status;
  std::optional<std::int64_t> tokens_total;
  std::optional<std::int64_t> latency_ms;
};

/// Reads the members of the object, which is in braces; what stands deeper is skipped. A text that
/// is no object gives what was read until there.
GatewayPayload read_gateway_payload(std::string_view object);

}  // namespace costd
