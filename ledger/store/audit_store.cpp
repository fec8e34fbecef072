#include "ledger/store/audit_store.hpp"

#include <limits>

#include "ledger/own_chain.hpp"
#include "ledger/store/connection.hpp"
#include "ledger/store/database.hpp"

namespace costd {
namespace {

constexpr const char* insert_event =
    "insert into audit_event(seq, at, actor_kind, actor_name, action, object, tenant,"
    " before_sha256, after_sha256, outcome, reason, previous_hash, hash)"
    " values (:seq, :at, :kind, :name, :action, :object, :tenant, :before, :after, :outcome,"
    " :reason, :previous, :hash)";

constexpr const char* select_head = "select seq, hash from audit_event order by seq desc limit 1";

const std::string select_events =
    "select seq, at, actor_kind, actor_name, action, object, tenant, before_sha256, after_sha256,"
    " outcome, reason, previous_hash, hash from audit_event ";

const std::string passes_filter =
    "(:action = '' or action = :action) and (:tenant = '' or tenant = :tenant)"
    " and (:actor = '' or actor_name = :actor or actor_kind || ':' || actor_name = :actor)"
    " and at >= :from and at < :to ";

/// The values of `passes_filter`, while it is bound.
struct BoundFilter {
  explicit BoundFilter(const AuditFilter& filter)
      : action(filter.action),
        tenant(filter.tenant),
        actor(filter.actor),
        from(filter.from ? to_micros(*filter.from) : std::numeric_limits<std::int64_t>::min()),
        to(filter.to ? to_micros(*filter.to) : std::numeric_limits<std::int64_t>::max()) {}
  void bind(soci::statement& statement) {
    statement.exchange(soci::use(action, "action"));
    statement.exchange(soci::use(tenant, "tenant"));
    statement.exchange(soci::use(actor, "actor"));
    statement.exchange(soci::use(from, "from"));
    statement.exchange(soci::use(to, "to"));
  }
  std::string action;
  std::string tenant;
  std::string actor;
  std::int64_t from;
  std::int64_t to;
};

/// Events of one query; `bind` adds the values of its where clause.
template <typename Bind>
std::vector<AuditEvent> read_events(Connection& connection, const std::string& clause, Bind bind) {
  AuditEvent event;
  std::int64_t at = 0;
  soci::statement statement(connection.sql);
  statement.exchange(soci::into(event.seq));
  statement.exchange(soci::into(at));
  for (std::string* text : {&event.actor.kind, &event.actor.name, &event.action, &event.object,
                            &event.tenant, &event.before_sha256, &event.after_sha256,
                            &event.outcome, &event.reason, &event.previous_hash, &event.hash}) {
    statement.exchange(soci::into(*text));
  }
  bind(statement);
  statement.alloc();
  statement.prepare(select_events + clause);
  statement.define_and_bind();
  std::vector<AuditEvent> events;
  for_each_row(statement, [&] {
    event.at = from_micros(at);
    events.push_back(event);
  });
  return events;
}

}  // namespace

AuditHead load_audit_head(Connection& connection) {
  AuditHead head;
  connection.sql << select_head, soci::into(head.count), soci::into(head.hash);
  return head;
}

std::string describe_audit_head(Connection& connection) {
  const AuditHead head = load_audit_head(connection);
  return head.count == 0 ? "" : describe_chain_head(head.count, head.hash);
}

void append_audit_event(UnitOfWork& unit, AuditEvent event) {
  Connection& connection = unit;
  const AuditHead head = load_audit_head(connection);
  event = with_valid_texts(std::move(event));
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
                                          std::int64_t limit, const AuditFilter& filter) {
  BoundFilter bound(filter);
  return read_events(connection,
                     "where seq > :after and " + passes_filter + "order by seq limit :limit",
                     [&](soci::statement& statement) {
                       statement.exchange(soci::use(after, "after"));
                       bound.bind(statement);
                       statement.exchange(soci::use(limit, "limit"));
                     });
}

std::int64_t count_audit_events(Connection& connection, const AuditFilter& filter) {
  BoundFilter bound(filter);
  std::int64_t events = 0;
  soci::statement statement(connection.sql);
  statement.exchange(soci::into(events));
  bound.bind(statement);
  statement.alloc();
  statement.prepare("select count(*) from audit_event where " + passes_filter);
  statement.define_and_bind();
  statement.execute(true);
  return events;
}

std::optional<AuditEvent> find_key_event(Connection& connection) {
  const std::string genesis = genesis_action;
  const std::string key = key_action;
  auto events =
      read_events(connection, "where action in (:genesis, :key) order by seq desc limit 1",
                  [&](soci::statement& statement) {
                    statement.exchange(soci::use(genesis));
                    statement.exchange(soci::use(key));
                  });
  return events.empty() ? std::nullopt : std::optional(std::move(events.front()));
}

}  // namespace costd
