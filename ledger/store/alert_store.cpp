#include "ledger/store/alert_store.hpp"

#include "ledger/store/connection.hpp"
#include "ledger/store/database.hpp"
#include "ledger/ulid.hpp"

namespace costd {
namespace {

constexpr const char* insert_alert =
    "insert into alert(id, alert_key, type, tenant, subject, title, data, raised_at) values"
    " (:id, :key, :type, :tenant, :subject, :title, :data, :at) on conflict (alert_key) do nothing";

constexpr const char* select_alerts =
    "select id, alert_key, type, tenant, subject, title, data, raised_at from alert"
    " order by raised_at desc, id desc limit :limit";

constexpr const char* count_rows =
    "select count(*) from alert where type = :type and raised_at >= :since";

constexpr const char* select_last =
    "select max(raised_at) from alert where alert_key >= :from and alert_key < :to";

}  // namespace

std::optional<std::string> store_alert(UnitOfWork& unit, const Alert& alert, Instant now) {
  const std::string id = make_ulid(now);
  const std::string type(type_of(alert.kind));
  const std::int64_t at = to_micros(now);
  soci::session& sql = static_cast<Connection&>(unit).sql;
  soci::statement statement =
      (sql.prepare << insert_alert, soci::use(id), soci::use(alert.key), soci::use(type),
       soci::use(alert.tenant), soci::use(alert.subject), soci::use(alert.title),
       soci::use(alert.data), soci::use(at));
  statement.execute(true);
  if (statement.get_affected_rows() == 0) return std::nullopt;
  return id;
}

std::int64_t count_alerts(Connection& connection, const std::string& type, Instant since) {
  const std::int64_t at = to_micros(since);
  std::int64_t count = 0;
  connection.sql << count_rows, soci::into(count), soci::use(type), soci::use(at);
  return count;
}

std::optional<Instant> find_last_alert(Connection& connection, const std::string& key_prefix) {
  const std::string end = key_prefix + "\x7f";  // above every character that a key goes on with
  std::int64_t at = 0;
  soci::indicator found = soci::i_null;
  connection.sql << select_last, soci::into(at, found), soci::use(key_prefix), soci::use(end);
  if (found == soci::i_null) return std::nullopt;
  return from_micros(at);
}

std::vector<StoredAlert> load_alerts(Connection& connection, std::int64_t limit) {
  StoredAlert row;
  std::int64_t at = 0;
  soci::statement statement =
      (connection.sql.prepare << select_alerts, soci::into(row.id), soci::into(row.alert.key),
       soci::into(row.type), soci::into(row.alert.tenant), soci::into(row.alert.subject),
       soci::into(row.alert.title), soci::into(row.alert.data), soci::into(at), soci::use(limit));
  std::vector<StoredAlert> alerts;
  for_each_row(statement, [&] {
    row.raised_at = from_micros(at);
    alerts.push_back(row);
  });
  return alerts;
}

}  // namespace costd
