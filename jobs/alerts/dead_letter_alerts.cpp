#include "jobs/alerts/dead_letter_alerts.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ledger/store/database.hpp"

namespace costd {
namespace {

std::string title_of(const OutboxMessage& message) {
  const char* what = message.channel == "mail" ? "mail" : "webhook message";
  if (message.state == OutboxState::ambiguous) {
    return fmt::format("nobody knows whether the {} to {} arrived, and it is held: {}", what,
                       message.recipient, message.last_reply);
  }
  return fmt::format(
      "the {} to {} was given up after {}: {}", what, message.recipient,
      message.attempts == 1 ? "one attempt" : fmt::format("{} attempts", message.attempts),
      message.last_reply);
}

}  // namespace

void raise_dead_letter(UnitOfWork& unit, AlertDesk& desk, const OutboxMessage& message,
                       Instant now) {
  if (message.kind == "dead_letter") return;
  Alert alert;
  alert.kind = AlertKind::dead_letter;
  alert.key = fmt::format("outbox/{}/{}", message.id, to_micros(message.first_try()));
  alert.subject = "outbox/" + message.id;
  alert.title = title_of(message);
  alert.data = nlohmann::ordered_json{{"id", message.id},
                                      {"kind", message.kind},
                                      {"channel", message.channel},
                                      {"recipient", message.recipient},
                                      {"messageSubject", message.subject},
                                      {"state", name_of(message.state)},
                                      {"attempts", message.attempts},
                                      {"lastReply", message.last_reply}}
                   .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  desk.raise(unit, alert, now);
}

}  // namespace costd
