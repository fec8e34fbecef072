#include "ledger/store/series_store.hpp"

#include <algorithm>

#include "ledger/store/connection.hpp"
#include "ledger/store/database.hpp"

namespace costd {
namespace {

constexpr const char* select_id =
    "select id from series where tenant = :tenant and api_key = :api_key and model = :model"
    " and provider = :provider and service_tier = :tier and dimensions = :dimensions";

constexpr const char* insert_series =
    "insert into series(tenant, api_key, model, provider, service_tier, dimensions)"
    " values (:tenant, :api_key, :model, :provider, :tier, :dimensions)";

constexpr const char* select_newer =
    "select id, tenant, api_key, model, provider, service_tier, dimensions from series"
    " where id > :last";

/// Adds the series that came since.
void read_new_series(Connection& connection, KeptSeries& kept) {
  SeriesId id = 0;
  SeriesKey key;
  int tier = 0;
  const SeriesId last = kept.last;
  soci::statement statement =
      (connection.sql.prepare << select_newer, soci::into(id), soci::into(key.tenant),
       soci::into(key.api_key), soci::into(key.model), soci::into(key.provider), soci::into(tier),
       soci::into(key.dimensions), soci::use(last));
  for_each_row(statement, [&] {
    key.tier = static_cast<ServiceTier>(tier);
    kept.series.emplace(id, key);
    kept.last = std::max(kept.last, id);
  });
}

}  // namespace

std::vector<SeriesId> store_series(UnitOfWork& unit, std::span<const SeriesKey> keys) {
  soci::session& sql = static_cast<Connection&>(unit).sql;
  SeriesKey key;
  int tier = 0;
  SeriesId id = 0;
  soci::statement find =
      (sql.prepare << select_id, soci::into(id), soci::use(key.tenant), soci::use(key.api_key),
       soci::use(key.model), soci::use(key.provider), soci::use(tier), soci::use(key.dimensions));
  soci::statement insert =
      (sql.prepare << insert_series, soci::use(key.tenant), soci::use(key.api_key),
       soci::use(key.model), soci::use(key.provider), soci::use(tier), soci::use(key.dimensions));
  std::vector<SeriesId> ids;
  for (const SeriesKey& wanted : keys) {
    key = wanted;
    tier = static_cast<int>(key.tier);
    if (!find.execute(true)) {
      insert.execute(true);
      find.execute(true);
    }
    ids.push_back(id);
  }
  return ids;
}

SeriesId store_series(UnitOfWork& unit, const SeriesKey& key) {
  return store_series(unit, std::span(&key, 1)).front();
}

std::unordered_map<SeriesId, SeriesKey> load_series(Connection& connection) {
  if (connection.kept_series) {
    read_new_series(connection, *connection.kept_series);
    return connection.kept_series->series;
  }
  KeptSeries all;
  read_new_series(connection, all);
  return std::move(all.series);
}

}  // namespace costd
