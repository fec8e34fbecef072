// Alerts, and the messages that wait, left or were given up.

#include <fmt/format.h>

#include "daemon/json_views.hpp"
#include "jobs/outbox_rules.hpp"
#include "ledger/error.hpp"

namespace costd {
namespace {

constexpr std::int64_t alerts_max = 1000;

HttpResponse list_alerts(Service& service, const RouteCall& call) {
  const auto tenant = text_query(call, "tenantId");
  const auto limit = static_cast<std::size_t>(number_query(call, "limit", 50, alerts_max));
  OrderedJson list = OrderedJson::array();
  for (const StoredAlert& alert : load_alerts(service.database.snapshot(), alerts_max)) {
    if (list.size() == limit) break;
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

OutboxMessage require_message(Connection& connection, const std::string& id) {
  auto message = find_outbox_message(connection, id);
  if (!message) {
    throw Error(ErrorCode::not_found, "there is no message " + id + "; see costctl outbox list");
  }
  return std::move(*message);
}

HttpResponse show_message(Service& service, const RouteCall& call) {
  const Snapshot snapshot = service.database.snapshot();
  const OutboxMessage message = require_message(snapshot, call.path.at("id"));
  OrderedJson json = to_json(message);
  json["envelope"] = {{"from", message.sender}, {"to", message.recipient}};
  json["payloadSha256"] = message.payload_sha256;
  json["firstTriedAt"] = instant_or_null(message.tried_since);
  json["supersededBy"] = find_successor(snapshot, message.id);
  json["deliveries"] = OrderedJson::array();
  for (const DeliveryAttempt& attempt : load_delivery_attempts(snapshot, message.id)) {
    json["deliveries"].push_back(to_json(attempt));
  }
  return json_response(json);
}

HttpResponse change_message(Service& service, const RouteCall& call, const char* action,
                            const std::string& reason,
                            void (*change)(OutboxMessage& message, Instant now)) {
  const Instant now = service.clock.now();
  UnitOfWork unit = service.database.begin();
  OutboxMessage message = require_message(unit, call.path.at("id"));
  change(message, now);
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
  return change_message(service, call, "outbox.retry", "", retry_by_person);
}

HttpResponse confirm_message(Service& service, const RouteCall& call) {
  return change_message(service, call, "outbox.confirm", call.query("reason"), confirm_by_person);
}

HttpResponse discard_message(Service& service, const RouteCall& call) {
  return change_message(service, call, "outbox.discard", call.query("reason"), discard_by_person);
}

}  // namespace

std::vector<Route> outbox_routes() {
  return {
      {"GET",
       "/v1/admin/alerts",
       Role::viewer,
       list_alerts,
       "alerts, newest first",
       TenantUse::filtered_by_query,
       {"tenantId", "limit"}},
      {"GET",
       "/v1/admin/outbox",
       Role::viewer,
       list_outbox,
       "mails and webhook messages, and what became of them",
       TenantUse::platform_only,
       {"limit"}},
      {"GET", "/v1/admin/outbox/{id}", Role::viewer, show_message,
       "one message, and each attempt to deliver it"},
      {"POST", "/v1/admin/outbox/{id}/retry", Role::operator_, retry_message,
       "send a message now that waits, is held or was given up"},
      {"POST",
       "/v1/admin/outbox/{id}/confirm",
       Role::operator_,
       confirm_message,
       "say that a message arrived of which nobody knew",
       TenantUse::platform_only,
       {"reason"}},
      {"POST",
       "/v1/admin/outbox/{id}/discard",
       Role::operator_,
       discard_message,
       "never send a message that waits, is held or was given up",
       TenantUse::platform_only,
       {"reason"}},
  };
}

}  // namespace costd
