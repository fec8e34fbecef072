// Alerts, and the messages that wait, left or were given up.

#include <fmt/format.h>

#include "daemon/json_views.hpp"
#include "ledger/error.hpp"

namespace costd {
namespace {

HttpResponse list_alerts(Service& service, const RouteCall& call) {
  const auto tenant = text_query(call, "tenantId");
  OrderedJson list = OrderedJson::array();
  for (const StoredAlert& alert :
       load_alerts(service.database.snapshot(), number_query(call, "limit", 50, 1000))) {
    if (!tenant || alert.alert.tenant == *tenant) list.push_back(to_json(alert));
  }
  return json_response(list);
}

HttpResponse list_outbox(Service& service, const RouteCall& call) {
  OrderedJson list = OrderedJson::array();
  for (const OutboxMessage& message :
       load_outbox(service.database.snapshot(), number_query(call, "limit", 50, 1000))) {
    list.push_back(to_json(message));
  }
  return json_response(list);
}

/// The message a person decides about; one that left, or is leaving, is past deciding.
OutboxMessage require_undelivered(Connection& connection, const std::string& id) {
  auto message = find_outbox_message(connection, id);
  if (!message) {
    throw Error(ErrorCode::not_found, "there is no message " + id + "; see costctl outbox list");
  }
  if (message->state == OutboxState::sent) {
    throw Error(ErrorCode::conflict, "message " + id + " was sent already; nothing was changed");
  }
  if (message->state == OutboxState::sending) {
    throw Error(ErrorCode::conflict,
                "message " + id + " is being sent just now; ask again in a moment");
  }
  return std::move(*message);
}

HttpResponse change_message(Service& service, const RouteCall& call, const char* action,
                            const std::string& reason,
                            void (*change)(OutboxMessage& message, Instant now)) {
  const Instant now = service.clock.now();
  UnitOfWork unit = service.database.begin();
  OutboxMessage message = require_undelivered(unit, call.path.at("id"));
  change(message, now);
  message.updated_at = now;
  update_outbox_message(unit, message);
  unit.audit({.seq = 0,
              .at = now,
              .actor = call.actor(),
              .action = action,
              .object = message.id,
              .after_sha256 = message.payload_sha256,
              .reason = reason});
  unit.commit();
  return json_response(to_json(message));
}

HttpResponse retry_message(Service& service, const RouteCall& call) {
  return change_message(service, call, "outbox.retry", "", [](OutboxMessage& message, Instant now) {
    message.state = OutboxState::pending;
    message.attempts = 0;
    message.not_before = message.tried_since = now;
  });
}

HttpResponse discard_message(Service& service, const RouteCall& call) {
  return change_message(service, call, "outbox.discard", call.query("reason"),
                        [](OutboxMessage& message, Instant) {
                          message.state = OutboxState::discarded;
                        });
}

}  // namespace

std::vector<Route> outbox_routes() {
  return {
      {"GET", "/v1/admin/alerts", Role::viewer, list_alerts, "alerts, newest first"},
      {"GET", "/v1/admin/outbox", Role::viewer, list_outbox,
       "mails and webhook messages, and what became of them"},
      {"POST", "/v1/admin/outbox/{id}/retry", Role::operator_, retry_message,
       "send a message now that waits or was given up"},
      {"POST", "/v1/admin/outbox/{id}/discard", Role::operator_, discard_message,
       "never send a message that waits or was given up"},
  };
}

}  // namespace costd
