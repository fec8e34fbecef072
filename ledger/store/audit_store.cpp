#include "ledger/store/audit_store.hpp"

#include "ledger/store/connection.hpp"
#include "ledger/store/database.hpp"

namespace costd {
namespace {

constexpr const char* insert_event =
    "insert into audit_event(seq, at, actor_kind, actor_name, action, object, tenant,"
    " before_sha256, after_sha256, outcome, reason, previous_hash, hash)"
    " values (:seq, :at, :kind, :name, :action, :object, :tenant, :before, :after, :outcome,"
    " :reason, :previous, :hash)";

constexpr const char* select_head =
    "select seq, hash from audit_event order by seq desc limit 1";

constexpr const char* select_events =
    "select seq, at, actor_kind, actor_name, action, object, tenant, before_sha256, after_sha256,"
    " outcome, reason, previous_hash, hash from audit_event where seq > :after order by seq"
    " limit :limit";

}  // namespace

AuditHead load_audit_head(Connection& connection) {
  AuditHead head;
  connection.sql << select_head, soci::into(head.count), soci::into(head.hash);
  return head;
}

void append_audit_event(UnitOfWork& unit, AuditEvent event) {
  Connection& connection = unit;
  const AuditHead head = load_audit_head(connection);
  event.seq = head.count + 1;
  event.previous_hash = head.hash;
  event.hash = hash_of(event);
  const std::int64_t at = to_micros(event.at);
  connection.sql << insert_event, soci::use(event.seq), soci::use(at), soci::use(event.actor.kind),
      soci::use(event.actor.name), soci::use(event.action), soci::use(event.object),
      soci::use(event.tenant), soci::use(event.before_sha256), soci::use(event.after_sha256),
      soci::use(event.outcome), soci::use(event.reason), soci::use(event.previous_hash),
      soci::use(event.hash);
}

std::vector<AuditEvent> load_audit_events(Connection& connection, std::int64_t after,
                                          std::int64_t limit) {
  AuditEvent event;
  std::int64_t at = 0;
  soci::statement statement =
      (connection.sql.prepare << select_events, soci::into(event.seq), soci::into(at),
       soci::into(event.actor.kind), soci::into(event.actor.name), soci::into(event.action),
       soci::into(event.object), soci::into(event.tenant), soci::into(event.before_sha256),
       soci::into(event.after_sha256), soci::into(event.outcome), soci::into(event.reason),
       soci::into(event.previous_hash), soci::into(event.hash), soci::use(after),
       soci::use(limit));
  std::vector<AuditEvent> events;
  for_each_row(statement, [&] {
    event.at = from_micros(at);
    events.push_back(event);
  });
  return events;
}

}  // namespace costd
