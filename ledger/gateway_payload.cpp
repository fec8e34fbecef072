#include "ledger/gateway_payload.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace costd {
namespace {

using Text = std::string_view GatewayPayload::*;
using Number = std::optional<std::int64_t> GatewayPayload::*;

constexpr std::array<std::pair<std::string_view, Text>, 16> texts{
    {{"api_key", &GatewayPayload::api_key},
     {"model", &GatewayPayload::model},
     {"provider", &GatewayPayload::provider},
     {"error_code", &GatewayPayload::error_code},
     {"policy_decision", &GatewayPayload::policy_decision},
     {"policy_id", &GatewayPayload::policy_id},
     {"policy_rule_id", &GatewayPayload::policy_rule_id},
     {"reason", &GatewayPayload::reason},
     {"client_ip", &GatewayPayload::client_ip},
     {"user", &GatewayPayload::user},
     {"template", &GatewayPayload::template_name},
     {"recipient", &GatewayPayload::recipient},
     {"result", &GatewayPayload::result},
     {"categories", &GatewayPayload::categories},
     {"entity_types", &GatewayPayload::entity_types},
     {"ip", &GatewayPayload::client_ip}}};
constexpr std::array<std::pair<std::string_view, Number>, 3> numbers{
    {{"status", &GatewayPayload::status},
     {"tokens_total", &GatewayPayload::tokens_total},
     {"latency_ms", &GatewayPayload::latency_ms}}};

constexpr bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

class PayloadReader {
 public:
  explicit PayloadReader(std::string_view object) : object_(object) {}

  GatewayPayload read() {
    GatewayPayload payload;
    if (!take('{')) return payload;
    while (at_ < object_.size()) {
      const std::string_view name = read_text();
      if (!take(':')) return payload;
      keep(payload, name);
      if (!take(',')) return payload;
    }
    return payload;
  }

 private:
  bool take(char c) {
    skip_blanks();
    if (at_ >= object_.size() || object_[at_] != c) return false;
    ++at_;
    return true;
  }
  void skip_blanks() {
    while (at_ < object_.size() && is_blank(object_[at_])) ++at_;
  }
  /// What stands between the quotes.
  std::string_view read_text() {
    if (!take('"')) return {};
    const std::size_t begin = at_;
    while (at_ < object_.size() && object_[at_] != '"') at_ += object_[at_] == '\\' ? 2 : 1;
    const std::size_t end = std::min(at_, object_.size());
    ++at_;
    return object_.substr(begin, end - begin);
  }

  void keep(GatewayPayload& payload, std::string_view name) {
    skip_blanks();
    if (at_ >= object_.size()) return;
    const char first = object_[at_];
    if (first == '"') {
      const std::string_view value = read_text();
      for (const auto& [known, member] : texts) {
        if (known == name) payload.*member = value;
      }
      return;
    }
    const std::size_t begin = at_;
    skip_value();
    const std::string_view value = object_.substr(begin, at_ - begin);
    if (first == '[') {
      if (name == "categories") payload.categories = value;
      if (name == "entity_types") payload.entity_types = value;
      return;
    }
    for (const auto& [known, member] : numbers) {
      std::int64_t number = 0;
      const auto parsed = std::from_chars(value.data(), value.data() + value.size(), number);
      if (known == name && parsed.ec == std::errc()) payload.*member = number;
    }
  }

  /// A list, an object, a number, or a word.
  void skip_value() {
    int depth = 0;
    while (at_ < object_.size()) {
      const char c = object_[at_];
      if (c == '"') {
        read_text();
        continue;
      }
      if (c == '{' || c == '[') ++depth;
      if (depth == 0 && (c == ',' || c == '}')) return;
      if (c == '}' || c == ']') --depth;
      ++at_;
      if (depth == 0 && (c == '}' || c == ']')) return;
    }
  }

  std::string_view object_;
  std::size_t at_ = 0;
};

}  // namespace

GatewayPayload read_gateway_payload(std::string_view object) {
  return PayloadReader(object).read();
}

}  // namespace costd
