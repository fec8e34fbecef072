#include "ledger/store/compliance_queries.hpp"

#include <array>

#include "ledger/store/connection.hpp"
#include "ledger/store/database.hpp"

namespace costd {
namespace {

constexpr const char* select_run_tallies =
    "select schedule, state, count(*), sum(case when attempt > 1 then 1 else 0 end) from run"
    " where queued_at >= :from and queued_at < :to group by schedule, state"
    " order by schedule, state";

constexpr const char* select_alert_deliveries =
    "select a.id, a.type, a.tenant, a.title, a.raised_at, coalesce(o.channel, ''),"
    " coalesce(o.recipient, ''), coalesce(o.state, ''), coalesce(o.attempts, 0),"
    " coalesce(o.last_reply, ''), coalesce(o.updated_at, 0) from alert a"
    " left join outbox o on o.report_id = a.id and o.kind in ('alert', 'dead_letter')"
    " where a.raised_at >= :from and a.raised_at < :to order by a.raised_at, a.id, o.id";

constexpr const char* select_cap_versions =
    "select cap_id, version, name, tenant, api_key, period, limit_usd, soft_limit_percent, enabled,"
    " managed_by, origin, is_deleted, changed_at, changed_by from budget_cap_version"
    " where changed_at < :before order by name, cap_id, version";

constexpr const char* select_newest_pins =
    "select p.report_id, r.generated_at, p.chain, p.events, p.head from chain_pin p"
    " join report r on r.id = p.report_id where not exists (select 1 from chain_pin q"
    " join report s on s.id = q.report_id where q.chain = p.chain and"
    " (s.generated_at > r.generated_at or (s.generated_at = r.generated_at and s.id > r.id)))"
    " order by p.chain";

struct HeldQuery {
  const char* category;
  const char* sql;
};
constexpr std::array<HeldQuery, 8> held_queries{{
    {"raw usage records", "select coalesce(sum(record_count), 0), min(first_at) from usage_block"},
    {"refused usage lines", "select count(*), min(quarantined_at) from quarantine"},
    {"gateway audit log, events",
     "select coalesce(sum(event_count), 0), min(nullif(first_at, 0)) from audit_segment"},
    {"costd's own audit events", "select count(*), min(at) from audit_event"},
    {"reports, tombstones included", "select count(*), min(generated_at) from report"},
    {"messages of the outbox", "select count(*), min(created_at) from outbox"},
    {"history of runs", "select count(*), min(queued_at) from run"},
    {"alerts", "select count(*), min(raised_at) from alert"},
}};

}  // namespace

std::vector<RunTally> load_run_tallies(Connection& connection, Instant from, Instant to) {
  const std::int64_t from_at = to_micros(from);
  const std::int64_t to_at = to_micros(to);
  RunTally tally;
  std::string state;
  soci::statement statement =
      (connection.sql.prepare << select_run_tallies, soci::into(tally.schedule), soci::into(state),
       soci::into(tally.runs), soci::into(tally.retried), soci::use(from_at), soci::use(to_at));
  std::vector<RunTally> tallies;
  for_each_row(statement, [&] {
    tally.state = parse_run_state(state);
    tallies.push_back(tally);
  });
  return tallies;
}

std::vector<AlertDelivery> load_alert_deliveries(Connection& connection, Instant from, Instant to) {
  const std::int64_t from_at = to_micros(from);
  const std::int64_t to_at = to_micros(to);
  AlertDelivery delivery;
  std::int64_t raised = 0;
  std::int64_t updated = 0;
  soci::statement statement =
      (connection.sql.prepare << select_alert_deliveries, soci::into(delivery.alert_id),
       soci::into(delivery.type), soci::into(delivery.tenant), soci::into(delivery.title),
       soci::into(raised), soci::into(delivery.channel), soci::into(delivery.recipient),
       soci::into(delivery.state), soci::into(delivery.attempts), soci::into(delivery.last_reply),
       soci::into(updated), soci::use(from_at), soci::use(to_at));
  std::vector<AlertDelivery> deliveries;
  for_each_row(statement, [&] {
    delivery.raised_at = from_micros(raised);
    delivery.updated_at = from_micros(updated);
    deliveries.push_back(delivery);
  });
  return deliveries;
}

std::vector<CapVersion> load_cap_versions(Connection& connection, Instant before) {
  const std::int64_t before_at = to_micros(before);
  CapVersion version;
  BudgetCap& cap = version.cap;
  std::string period;
  std::string limit;
  int enabled = 0;
  std::string managed_by;
  std::string origin;
  int deleted = 0;
  std::int64_t changed = 0;
  soci::statement statement =
      (connection.sql.prepare << select_cap_versions, soci::into(cap.id), soci::into(cap.version),
       soci::into(cap.name), soci::into(cap.tenant), soci::into(cap.api_key), soci::into(period),
       soci::into(limit), soci::into(cap.soft_limit_percent), soci::into(enabled),
       soci::into(managed_by), soci::into(origin), soci::into(deleted), soci::into(changed),
       soci::into(version.changed_by), soci::use(before_at));
  std::vector<CapVersion> versions;
  for_each_row(statement, [&] {
    cap.period = parse_budget_period(period).value_or(BudgetPeriod::monthly);
    cap.limit = parse_money(limit);
    cap.enabled = enabled != 0;
    cap.managed_by = parse_managed_by(managed_by).value_or(ManagedBy::platform);
    cap.origin = origin == name_of(BudgetOrigin::config) ? BudgetOrigin::config : BudgetOrigin::api;
    version.is_deleted = deleted != 0;
    version.changed_at = from_micros(changed);
    versions.push_back(version);
  });
  return versions;
}

std::vector<HeldData> load_held_data(Connection& connection) {
  std::vector<HeldData> held;
  for (const HeldQuery& query : held_queries) {
    HeldData data{query.category, 0, std::nullopt};
    std::int64_t oldest = 0;
    soci::indicator is_there = soci::i_null;
    connection.sql << query.sql, soci::into(data.count), soci::into(oldest, is_there);
    if (is_there == soci::i_ok) data.oldest = from_micros(oldest);
    held.push_back(std::move(data));
  }
  return held;
}

std::vector<StoredPin> load_newest_pins(Connection& connection) {
  StoredPin pin;
  std::int64_t at = 0;
  soci::statement statement =
      (connection.sql.prepare << select_newest_pins, soci::into(pin.report_id), soci::into(at),
       soci::into(pin.chain), soci::into(pin.events), soci::into(pin.head));
  std::vector<StoredPin> pins;
  for_each_row(statement, [&] {
    pin.pinned_at = from_micros(at);
    pins.push_back(pin);
  });
  return pins;
}

void store_chain_pin(UnitOfWork& unit, const std::string& report_id, const std::string& chain,
                     std::int64_t events, const std::string& head) {
  static_cast<Connection&>(unit).sql << "insert into chain_pin(report_id, chain, events, head)"
                                        " values (:report, :chain, :events, :head)",
      soci::use(report_id), soci::use(chain), soci::use(events), soci::use(head);
}

}  // namespace costd
