#include "ledger/store/budget_store.hpp"

#include <fmt/format.h>

#include <map>

#include "ledger/store/connection.hpp"
#include "ledger/store/database.hpp"

namespace costd {
namespace {

constexpr const char* select_caps =
    "select id, name, tenant, api_key, period, limit_usd, soft_limit_percent, enabled, version,"
    " managed_by, origin from budget_cap where (:any = 1 or id = :id or name = :name)"
    " order by name";

constexpr const char* select_version =
    "select cap_id, name, tenant, api_key, period, limit_usd, soft_limit_percent, enabled, version,"
    " managed_by, origin from budget_cap_version where cap_id = :id and version = :version";

constexpr const char* insert_one =
    "insert into budget_cap(id, name, tenant, api_key, period, limit_usd, soft_limit_percent,"
    " enabled, version, managed_by, origin) values (:id, :name, :tenant, :key, :period, :limit,"
    " :soft, :enabled, :version, :managed, :origin)";

constexpr const char* update_one =
    "update budget_cap set name = :name, tenant = :tenant, api_key = :key, period = :period,"
    " limit_usd = :limit, soft_limit_percent = :soft, enabled = :enabled, version = :version,"
    " managed_by = :managed, origin = :origin where id = :id";

constexpr const char* record_version =
    "insert into budget_cap_version(cap_id, version, name, tenant, api_key, period, limit_usd,"
    " soft_limit_percent, enabled, managed_by, origin, is_deleted, changed_at, changed_by)"
    " select id, version + :deleted, name, tenant, api_key, period, limit_usd, soft_limit_percent,"
    " enabled, managed_by, origin, :deleted2, :at, :by from budget_cap where id = :id";

constexpr const char* select_statuses =
    "select cap_id, cap_version, period_from, period_to, spent_usd, request_count,"
    " unpriced_request_count, colour, projected_usd, crosses_on, low_confidence, alerted_percent,"
    " alerted_forecast, computed_at from budget_status order by cap_id";

constexpr const char* upsert_status =
    "insert into budget_status(cap_id, cap_version, period_from, period_to, spent_usd,"
    " request_count, unpriced_request_count, colour, projected_usd, crosses_on, low_confidence,"
    " alerted_percent, alerted_forecast, computed_at) select id, version, :from, :to, :spent,"
    " :requests, :unpriced, :colour, :projected, :crosses, :low, :percent, :forecast, :at"
    " from budget_cap where id = :cap and version = :version on conflict (cap_id) do update set"
    " cap_version = excluded.cap_version, period_from = excluded.period_from,"
    " period_to = excluded.period_to, spent_usd = excluded.spent_usd,"
    " request_count = excluded.request_count,"
    " unpriced_request_count = excluded.unpriced_request_count, colour = excluded.colour,"
    " projected_usd = excluded.projected_usd, crosses_on = excluded.crosses_on,"
    " low_confidence = excluded.low_confidence, alerted_percent = excluded.alerted_percent,"
    " alerted_forecast = excluded.alerted_forecast, computed_at = excluded.computed_at";

soci::session& session_of(UnitOfWork& unit) {
  return static_cast<Connection&>(unit).sql;
}

/// A row of budget_cap as SOCI reads it.
struct CapRow {
  BudgetCap cap;
  std::string period;
  std::string limit;
  int enabled = 0;
  std::string managed_by;
  std::string origin;

  template <typename Prepared>
  void read_from(Prepared& prepared) {
    prepared, soci::into(cap.id), soci::into(cap.name), soci::into(cap.tenant),
        soci::into(cap.api_key), soci::into(period), soci::into(limit),
        soci::into(cap.soft_limit_percent), soci::into(enabled), soci::into(cap.version),
        soci::into(managed_by), soci::into(origin);
  }
  const BudgetCap& finished() {
    cap.period = parse_budget_period(period).value_or(BudgetPeriod::monthly);
    cap.limit = parse_money(limit);
    cap.enabled = enabled != 0;
    cap.managed_by = parse_managed_by(managed_by).value_or(ManagedBy::platform);
    cap.origin = origin == "config" ? BudgetOrigin::config : BudgetOrigin::api;
    return cap;
  }
};

std::vector<BudgetCap> read_caps(Connection& connection, int any, const std::string& id,
                                 const std::string& name) {
  CapRow row;
  auto prepared = connection.sql.prepare << select_caps;
  row.read_from(prepared);
  prepared, soci::use(any), soci::use(id), soci::use(name);
  soci::statement statement = prepared;
  std::vector<BudgetCap> caps;
  for_each_row(statement, [&] { caps.push_back(row.finished()); });
  return caps;
}

std::optional<BudgetCap> first_of(const std::vector<BudgetCap>& caps) {
  return caps.empty() ? std::nullopt : std::optional(caps.front());
}

void record(soci::session& sql, const std::string& id, const CapChange& change, int is_deleted) {
  const std::int64_t at = to_micros(change.at);
  sql << record_version, soci::use(is_deleted), soci::use(is_deleted), soci::use(at),
      soci::use(change.changed_by), soci::use(id);
}

/// A query that binds the columns of a cap by their names.
void write_cap(soci::session& sql, const char* query, const BudgetCap& cap) {
  const std::string period = name_of(cap.period);
  const std::string limit = format_exact(cap.limit);
  const int enabled = cap.enabled ? 1 : 0;
  const std::string managed_by = name_of(cap.managed_by);
  const std::string origin = name_of(cap.origin);
  sql << query, soci::use(cap.id, "id"), soci::use(cap.name, "name"),
      soci::use(cap.tenant, "tenant"), soci::use(cap.api_key, "key"), soci::use(period, "period"),
      soci::use(limit, "limit"), soci::use(cap.soft_limit_percent, "soft"),
      soci::use(enabled, "enabled"), soci::use(cap.version, "version"),
      soci::use(managed_by, "managed"), soci::use(origin, "origin");
}

/// The cap as the configuration has it, with what the stored one goes on with.
BudgetCap as_configured(const BudgetCap& wanted, const BudgetCap* known) {
  BudgetCap cap = wanted;
  cap.origin = BudgetOrigin::config;
  cap.managed_by = ManagedBy::platform;
  cap.version = 1;
  if (known != nullptr) {
    cap.id = known->id;
    cap.version = known->version;
  }
  return cap;
}

BudgetColour colour_named(const std::string& name) {
  for (const BudgetColour colour : {BudgetColour::red, BudgetColour::amber}) {
    if (name == name_of(colour)) return colour;
  }
  return BudgetColour::green;
}

}  // namespace

std::vector<BudgetCap> load_caps(Connection& connection) {
  return read_caps(connection, 1, "", "");
}

std::optional<BudgetCap> find_cap(Connection& connection, const std::string& id) {
  return id.empty() ? std::nullopt : first_of(read_caps(connection, 0, id, ""));
}

std::optional<BudgetCap> find_cap_by_name(Connection& connection, const std::string& name) {
  return name.empty() ? std::nullopt : first_of(read_caps(connection, 0, "", name));
}

std::optional<BudgetCap> find_cap_version(Connection& connection, const std::string& id,
                                          std::int64_t version) {
  CapRow row;
  auto prepared = connection.sql.prepare << select_version;
  row.read_from(prepared);
  prepared, soci::use(id), soci::use(version);
  soci::statement statement = prepared;
  std::optional<BudgetCap> cap;
  for_each_row(statement, [&] { cap = row.finished(); });
  return cap;
}

void insert_cap(UnitOfWork& unit, const BudgetCap& cap, const CapChange& change) {
  write_cap(session_of(unit), insert_one, cap);
  record(session_of(unit), cap.id, change, 0);
}

void update_cap(UnitOfWork& unit, const BudgetCap& cap, const CapChange& change) {
  write_cap(session_of(unit), update_one, cap);
  record(session_of(unit), cap.id, change, 0);
}

void delete_cap(UnitOfWork& unit, const BudgetCap& cap, const CapChange& change) {
  soci::session& sql = session_of(unit);
  record(sql, cap.id, change, 1);
  sql << "delete from budget_status where cap_id = :id", soci::use(cap.id);
  sql << "delete from budget_cap where id = :id", soci::use(cap.id);
}

std::int64_t store_configured_caps(UnitOfWork& unit, const std::vector<BudgetCap>& caps,
                                   Instant now) {
  const CapChange change{"system:costd", now};
  std::map<std::string, BudgetCap> stored;
  for (BudgetCap& cap : load_caps(unit)) stored.emplace(cap.name, std::move(cap));
  std::int64_t changes = 0;
  for (const BudgetCap& wanted : caps) {
    const auto known = stored.find(wanted.name);
    if (known == stored.end()) {
      insert_cap(unit, as_configured(wanted, nullptr), change);
      ++changes;
      continue;
    }
    if (known->second.origin != BudgetOrigin::config) {
      throw Error(ErrorCode::config,
                  fmt::format("budget \"{}\" of the configuration has the name of one that was "
                              "made with costctl ({}); choose another name for it",
                              wanted.name, known->second.id));
    }
    BudgetCap cap = as_configured(wanted, &known->second);
    if (cap != known->second) {
      ++cap.version;
      update_cap(unit, cap, change);
      ++changes;
    }
    stored.erase(known);
  }
  for (const auto& [name, cap] : stored) {
    if (cap.origin != BudgetOrigin::config) continue;
    delete_cap(unit, cap, change);
    ++changes;
  }
  return changes;
}

bool is_known_tenant(Connection& connection, const std::string& tenant) {
  std::int64_t found = 0;
  connection.sql << "select (select count(*) from tenant where id = :tenant) +"
                    " (select count(*) from series where tenant = :tenant2)",
      soci::into(found), soci::use(tenant), soci::use(tenant);
  return found > 0;
}

/// The values that the statement is bound to.
struct BudgetStatusWriter::Row {
  explicit Row(soci::session& sql)
      : statement((sql.prepare << upsert_status, soci::use(from), soci::use(to), soci::use(spent),
                   soci::use(requests), soci::use(unpriced), soci::use(colour),
                   soci::use(projected), soci::use(crosses), soci::use(low), soci::use(percent),
                   soci::use(forecast), soci::use(at), soci::use(cap), soci::use(version))) {}

  void set(const StoredBudgetStatus& stored) {
    const BudgetStatus& status = stored.status;
    from = to_day_number(status.period.from);
    to = to_day_number(status.period.to);
    spent = format_exact(status.spent);
    requests = status.requests;
    unpriced = status.unpriced_requests;
    colour = name_of(status.colour);
    const auto& projection = status.projection;
    projected = projection ? format_exact(projection->at_end) : "";
    crosses = projection && projection->crosses_on ? to_day_number(*projection->crosses_on) : 0;
    low = projection && projection->low_confidence ? 1 : 0;
    percent = stored.alerted_percent;
    forecast = stored.alerted_forecast ? 1 : 0;
    at = to_micros(stored.computed_at);
    cap = status.cap_id;
    version = status.cap_version;
  }

  std::int64_t from = 0;
  std::int64_t to = 0;
  std::string spent;
  std::int64_t requests = 0;
  std::int64_t unpriced = 0;
  std::string colour;
  std::string projected;
  std::int64_t crosses = 0;
  int low = 0;
  int percent = 0;
  int forecast = 0;
  std::int64_t at = 0;
  std::string cap;
  std::int64_t version = 0;
  soci::statement statement;
};

BudgetStatusWriter::BudgetStatusWriter(UnitOfWork& unit)
    : row_(std::make_unique<Row>(session_of(unit))) {}

BudgetStatusWriter::~BudgetStatusWriter() = default;

bool BudgetStatusWriter::store(const StoredBudgetStatus& stored) {
  row_->set(stored);
  row_->statement.execute(true);
  return row_->statement.get_affected_rows() > 0;
}

std::vector<StoredBudgetStatus> load_budget_statuses(Connection& connection) {
  StoredBudgetStatus row;
  BudgetStatus& status = row.status;
  std::int64_t from = 0;
  std::int64_t to = 0;
  std::string spent;
  std::string colour;
  std::string projected;
  std::int64_t crosses = 0;
  int low = 0;
  int forecast = 0;
  std::int64_t at = 0;
  soci::statement statement =
      (connection.sql.prepare << select_statuses, soci::into(status.cap_id),
       soci::into(status.cap_version), soci::into(from), soci::into(to), soci::into(spent),
       soci::into(status.requests), soci::into(status.unpriced_requests), soci::into(colour),
       soci::into(projected), soci::into(crosses), soci::into(low), soci::into(row.alerted_percent),
       soci::into(forecast), soci::into(at));
  std::vector<StoredBudgetStatus> statuses;
  for_each_row(statement, [&] {
    status.period = {from_day_number(static_cast<int>(from)),
                     from_day_number(static_cast<int>(to))};
    status.spent = parse_money(spent);
    status.colour = colour_named(colour);
    status.projection.reset();
    if (!projected.empty()) {
      status.projection = BudgetProjection{parse_money(projected), std::nullopt, low != 0};
      if (crosses != 0) {
        status.projection->crosses_on = from_day_number(static_cast<int>(crosses));
      }
    }
    row.alerted_forecast = forecast != 0;
    row.computed_at = from_micros(at);
    statuses.push_back(row);
  });
  return statuses;
}

}  // namespace costd
