#include "ledger/audit_event.hpp"

#include <nlohmann/json.hpp>

#include "ledger/money.hpp"
#include "ledger/sha256.hpp"

namespace costd {

std::string describe_chain_head(std::int64_t events, const std::string& head) {
  return format_count(events) + (events == 1 ? " event, head " : " events, head ") + head;
}

AuditEvent with_valid_texts(AuditEvent event) {
  for (std::string* text : {&event.actor.kind, &event.actor.name, &event.action, &event.object,
                            &event.tenant, &event.outcome, &event.reason}) {
    const std::string json =
        nlohmann::json(*text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    *text = nlohmann::json::parse(json).get<std::string>();
  }
  return event;
}

nlohmann::json to_hashed_json(const AuditEvent& event) {
  return {{"v", 1},
          {"seq", event.seq},
          {"ts", format_instant(event.at)},
          {"actor", {{"kind", event.actor.kind}, {"name", event.actor.name}}},
          {"action", event.action},
          {"object", event.object},
          {"tenant", event.tenant},
          {"before", event.before_sha256},
          {"after", event.after_sha256},
          {"outcome", event.outcome},
          {"reason", event.reason},
          {"prev", event.previous_hash}};
}

std::string hash_of(const AuditEvent& event) {
  const std::string text = to_hashed_json(event).dump();
  std::string preimage("costd-audit-v1\0", 15);
  preimage += std::to_string(text.size());
  preimage += '\0';
  return sha256_hex(preimage + text);
}

}  // namespace costd
