#include <map>

#include "ledger/store/connection.hpp"
#include "ledger/store/database.hpp"
#include "ledger/store/finding_store.hpp"

namespace costd {
namespace {

constexpr const char* select_caps =
    "select id, name, tenant, api_key, period, limit_usd, soft_limit_percent from budget_cap"
    " where enabled = 1 order by name";

constexpr const char* upsert_cap =
    "insert into budget_cap(id, name, tenant, api_key, period, limit_usd, soft_limit_percent,"
    " enabled, version, managed_by, origin) values (:id, :name, :tenant, :key, :period, :limit,"
    " :soft, 1, 1, 'PLATFORM', 'config') on conflict (name) do update set tenant = excluded.tenant,"
    " api_key = excluded.api_key, period = excluded.period, limit_usd = excluded.limit_usd,"
    " soft_limit_percent = excluded.soft_limit_percent, enabled = 1,"
    " version = budget_cap.version + 1";

constexpr const char* select_statuses =
    "select cap_id, period_from, period_to, spent_usd, colour, computed_at from budget_status"
    " order by cap_id";

constexpr const char* upsert_status =
    "insert into budget_status(cap_id, period_from, period_to, spent_usd, colour, computed_at)"
    " values (:cap, :from, :to, :spent, :colour, :at) on conflict (cap_id) do update set"
    " period_from = excluded.period_from, period_to = excluded.period_to,"
    " spent_usd = excluded.spent_usd, colour = excluded.colour,"
    " computed_at = excluded.computed_at";

bool same_terms(const BudgetCap& a, const BudgetCap& b) {
  return a.name == b.name && a.tenant == b.tenant && a.api_key == b.api_key &&
         a.period == b.period && a.limit == b.limit &&
         a.soft_limit_percent == b.soft_limit_percent;
}

void store_cap(soci::session& sql, const BudgetCap& cap) {
  const std::string period = name_of(cap.period);
  const std::string limit = format_exact(cap.limit);
  sql << upsert_cap, soci::use(cap.id), soci::use(cap.name), soci::use(cap.tenant),
      soci::use(cap.api_key), soci::use(period), soci::use(limit),
      soci::use(cap.soft_limit_percent);
}

}  // namespace

std::int64_t store_configured_caps(UnitOfWork& unit, const std::vector<BudgetCap>& caps) {
  soci::session& sql = static_cast<Connection&>(unit).sql;
  std::map<std::string, BudgetCap> stored;
  for (BudgetCap& cap : load_caps(unit)) stored.emplace(cap.name, std::move(cap));
  std::int64_t changes = 0;
  for (const BudgetCap& cap : caps) {
    const auto known = stored.find(cap.name);
    if (known == stored.end() || !same_terms(known->second, cap)) {
      store_cap(sql, cap);
      ++changes;
    }
    stored.erase(cap.name);
  }
  for (const auto& [name, cap] : stored) {
    sql << "update budget_cap set enabled = 0, version = version + 1 where name = :name"
           " and origin = 'config'",
        soci::use(name);
    ++changes;
  }
  return changes;
}

std::vector<BudgetCap> load_caps(Connection& connection) {
  BudgetCap cap;
  std::string period;
  std::string limit;
  soci::statement statement =
      (connection.sql.prepare << select_caps, soci::into(cap.id), soci::into(cap.name),
       soci::into(cap.tenant), soci::into(cap.api_key), soci::into(period), soci::into(limit),
       soci::into(cap.soft_limit_percent));
  std::vector<BudgetCap> caps;
  for_each_row(statement, [&] {
    cap.period = parse_budget_period(period).value_or(BudgetPeriod::monthly);
    cap.limit = parse_money(limit);
    caps.push_back(cap);
  });
  return caps;
}

void store_budget_status(UnitOfWork& unit, const BudgetStatus& status) {
  const std::int64_t from = to_day_number(status.period.from);
  const std::int64_t to = to_day_number(status.period.to);
  const std::string spent = format_exact(status.spent);
  const std::string colour = name_of(status.colour);
  const std::int64_t at = to_micros(status.computed_at);
  static_cast<Connection&>(unit).sql << upsert_status, soci::use(status.cap_id), soci::use(from),
      soci::use(to), soci::use(spent), soci::use(colour), soci::use(at);
}

std::vector<BudgetStatus> load_budget_statuses(Connection& connection) {
  BudgetStatus status;
  std::int64_t from = 0;
  std::int64_t to = 0;
  std::string spent;
  std::string colour;
  std::int64_t at = 0;
  soci::statement statement =
      (connection.sql.prepare << select_statuses, soci::into(status.cap_id), soci::into(from),
       soci::into(to), soci::into(spent), soci::into(colour), soci::into(at));
  std::vector<BudgetStatus> statuses;
  for_each_row(statement, [&] {
    status.period = {from_day_number(static_cast<int>(from)),
                     from_day_number(static_cast<int>(to))};
    status.spent = parse_money(spent);
    status.colour = colour == "red"     ? BudgetColour::red
                    : colour == "amber" ? BudgetColour::amber
                                        : BudgetColour::green;
    status.computed_at = from_micros(at);
    statuses.push_back(status);
  });
  return statuses;
}

}  // namespace costd
