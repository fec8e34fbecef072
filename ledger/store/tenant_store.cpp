#include "ledger/store/tenant_store.hpp"

#include <map>
#include <nlohmann/json.hpp>

#include "ledger/store/connection.hpp"
#include "ledger/store/daily_store.hpp"
#include "ledger/store/database.hpp"
#include "ledger/store/series_store.hpp"

namespace costd {
namespace {

constexpr int ever = 190001;  // a month before any usage

constexpr const char* select_tenants =
    "select id, name, region, metadata, api_keys, settings, origin from tenant order by id";

constexpr const char* upsert_tenant =
    "insert into tenant(id, name, region, metadata, api_keys, settings, origin)"
    " values (:id, :name, :region, :metadata, :keys, :settings, :origin)"
    " on conflict (id) do update set name = excluded.name, region = excluded.region,"
    " metadata = excluded.metadata, api_keys = excluded.api_keys, settings = excluded.settings,"
    " origin = excluded.origin";

std::string keys_to_json(const std::vector<NamedKey>& keys) {
  nlohmann::json json = nlohmann::json::array();
  for (const NamedKey& key : keys) json.push_back({{"id", key.id}, {"name", key.name}});
  return json.dump();
}

std::vector<NamedKey> keys_from_json(const std::string& text) {
  std::vector<NamedKey> keys;
  for (const auto& key : nlohmann::json::parse(text)) {
    keys.push_back({key.at("id"), key.at("name")});
  }
  return keys;
}

/// Usage of the tenant; of anybody for the deployment ("").
bool has_usage(Connection& connection, const std::string& tenant) {
  const int any_tenant = tenant.empty() ? 1 : 0;
  std::int64_t series = 0;
  connection.sql << "select count(*) from series where :any_tenant = 1 or tenant = :tenant",
      soci::into(series), soci::use(any_tenant), soci::use(tenant);
  return series > 0;
}

bool same(const Tenant& a, const Tenant& b) {
  return a.origin == b.origin && canonical_text(a) == canonical_text(b);
}

}  // namespace

bool store_tenants(UnitOfWork& unit, const std::vector<Tenant>& tenants) {
  std::map<std::string, Tenant> stored;
  for (Tenant& tenant : load_tenants(unit)) stored.emplace(tenant.id, std::move(tenant));
  bool changed = false;
  for (Tenant tenant : tenants) {
    tenant.origin = TenantOrigin::file;
    const auto before = stored.find(tenant.id);
    const bool is_same = before != stored.end() && same(before->second, tenant);
    if (before != stored.end()) stored.erase(before);
    if (is_same) continue;
    store_tenant(unit, tenant);
    changed = true;
  }
  for (const auto& [id, tenant] : stored) {
    if (tenant.origin == TenantOrigin::api) continue;
    changed |= delete_tenant(unit, id);
  }
  return changed;
}

void store_tenant(UnitOfWork& unit, const Tenant& tenant) {
  const std::string metadata = nlohmann::json(tenant.metadata).dump();
  const std::string keys = keys_to_json(tenant.api_keys);
  const std::string settings = nlohmann::json(tenant.settings).dump();
  const std::string origin = name_of(tenant.origin);
  static_cast<Connection&>(unit).sql << upsert_tenant, soci::use(tenant.id), soci::use(tenant.name),
      soci::use(tenant.region), soci::use(metadata), soci::use(keys), soci::use(settings),
      soci::use(origin);
}

bool delete_tenant(UnitOfWork& unit, const std::string& id) {
  soci::statement statement =
      (static_cast<Connection&>(unit).sql.prepare << "delete from tenant where id = :id",
       soci::use(id));
  statement.execute(true);
  return statement.get_affected_rows() > 0;
}

std::vector<Tenant> load_tenants(Connection& connection) {
  Tenant tenant;
  std::string metadata;
  std::string keys;
  std::string settings;
  std::string origin;
  soci::statement statement =
      (connection.sql.prepare << select_tenants, soci::into(tenant.id), soci::into(tenant.name),
       soci::into(tenant.region), soci::into(metadata), soci::into(keys), soci::into(settings),
       soci::into(origin));
  std::vector<Tenant> tenants;
  for_each_row(statement, [&] {
    tenant.metadata = nlohmann::json::parse(metadata).get<std::map<std::string, std::string>>();
    tenant.api_keys = keys_from_json(keys);
    tenant.settings = nlohmann::json::parse(settings).get<TenantSettings>();
    tenant.origin = origin == name_of(TenantOrigin::api) ? TenantOrigin::api : TenantOrigin::file;
    tenants.push_back(tenant);
  });
  return tenants;
}

std::optional<Tenant> find_tenant(Connection& connection, const std::string& id) {
  for (Tenant& tenant : load_tenants(connection)) {
    if (tenant.id == id) return std::move(tenant);
  }
  return std::nullopt;
}

std::optional<Month> store_billing_zone(UnitOfWork& unit, const std::string& tenant,
                                        const std::string& zone, Day today) {
  soci::session& sql = static_cast<Connection&>(unit).sql;
  std::string current;
  sql << "select time_zone from billing_zone where tenant = :tenant"
         " order by effective_month desc limit 1",
      soci::into(current), soci::use(tenant);
  const bool is_first = !sql.got_data();
  if (!is_first && current == zone) return std::nullopt;
  const Month change = next_month(month_of(today));
  const bool holds_from_ever = is_first && !has_usage(unit, tenant);
  const int month = holds_from_ever ? ever : to_month_number(change);
  sql << "delete from billing_zone where tenant = :tenant and effective_month = :month",
      soci::use(tenant), soci::use(month);
  sql << "insert into billing_zone(tenant, effective_month, time_zone)"
         " values (:tenant, :month, :zone)",
      soci::use(tenant), soci::use(month), soci::use(zone);
  return holds_from_ever ? std::nullopt : std::optional(change);
}

BillingZones load_billing_zones(Connection& connection) {
  std::string tenant;
  int month = 0;
  std::string zone;
  soci::statement statement =
      (connection.sql.prepare << "select tenant, effective_month, time_zone from billing_zone"
                                 " order by tenant, effective_month",
       soci::into(tenant), soci::into(month), soci::into(zone));
  std::map<std::string, std::vector<DatedZone>> zones;
  for_each_row(statement, [&] { zones[tenant].push_back({from_month_number(month), Zone(zone)}); });
  if (zones[""].empty()) zones[""].push_back({from_month_number(ever), Zone::utc()});
  return BillingZones(std::move(zones));
}

ClosedPeriods load_closed_periods(Connection& connection) {
  std::string tenant;
  int month = 0;
  soci::statement statement =
      (connection.sql.prepare << "select tenant, month from billing_period where state = 'closed'",
       soci::into(tenant), soci::into(month));
  ClosedPeriods closed;
  for_each_row(statement, [&] { closed.emplace(tenant, from_month_number(month)); });
  return closed;
}

void close_period(UnitOfWork& unit, const std::string& tenant, Month month, Instant now,
                  const std::string& closed_by, const std::string& note) {
  const int number = to_month_number(month);
  const std::int64_t now_at = to_micros(now);
  static_cast<Connection&>(unit).sql
      << "insert into billing_period(tenant, month, state, closed_at, closed_by, note)"
         " values (:tenant, :month, 'closed', :at, :by, :note)"
         " on conflict (tenant, month) do nothing",
      soci::use(tenant), soci::use(number), soci::use(now_at), soci::use(closed_by),
      soci::use(note);
}

Month booking_month(const ClosedPeriods& closed, const std::string& tenant, Day day) {
  Month month = month_of(day);
  while (closed.contains({tenant, month})) month = next_month(month);
  return month;
}

std::vector<std::string> load_tenants_with_usage(Connection& connection, const DayRange& range) {
  const Month last_month = month_of(range.to - std::chrono::days(1));
  const auto series = load_series(connection);
  std::set<std::string> tenants;
  const auto add_rows = [&](const PackedDailyUsage& usage, std::optional<Month> booked) {
    for (std::size_t row = 0; row < usage.keys().size(); ++row) {
      if (booked && usage.keys().booked(row) != *booked) continue;
      tenants.insert(series.at(usage.keys().series(row)).tenant);
    }
    return Visit::go_on;
  };
  for_each_day(connection, range.from, range.to,
               [&](Day, const PackedDailyUsage& usage, const PackedDailyCharges*) {
                 return add_rows(usage, std::nullopt);
               });
  for (Month month = month_of(range.from); month <= last_month; month = next_month(month)) {
    for_each_day_booked_in(connection, month,
                           [&](Day, const PackedDailyUsage& usage, const PackedDailyCharges*) {
                             return add_rows(usage, month);
                           });
  }
  return {tenants.begin(), tenants.end()};
}

}  // namespace costd
