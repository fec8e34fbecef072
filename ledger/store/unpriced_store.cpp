#include "ledger/store/unpriced_store.hpp"

#include "ledger/store/connection.hpp"
#include "ledger/store/database.hpp"

namespace costd {
namespace {

constexpr const char* select_episodes =
    "select model, provider, service_tier, first_day, last_day, is_open from unpriced_episode"
    " order by model, provider, service_tier, first_day";

constexpr const char* upsert_episode =
    "insert into unpriced_episode(model, provider, service_tier, first_day, last_day, is_open)"
    " values (:model, :provider, :tier, :first, :last, :open)"
    " on conflict (model, provider, service_tier, first_day) do update"
    " set last_day = excluded.last_day, is_open = excluded.is_open";

}  // namespace

std::vector<UnpricedEpisode> load_unpriced_episodes(Connection& connection) {
  UnpricedEpisode row;
  std::int64_t first = 0;
  std::int64_t last = 0;
  int tier = 0;
  int open = 0;
  soci::statement statement =
      (connection.sql.prepare << select_episodes, soci::into(row.offering.model),
       soci::into(row.offering.provider), soci::into(tier), soci::into(first), soci::into(last),
       soci::into(open));
  std::vector<UnpricedEpisode> episodes;
  for_each_row(statement, [&] {
    row.offering.tier = static_cast<ServiceTier>(tier);
    row.first_day = from_day_number(static_cast<int>(first));
    row.last_day = from_day_number(static_cast<int>(last));
    row.is_open = open != 0;
    episodes.push_back(row);
  });
  return episodes;
}

void store_unpriced_episode(UnitOfWork& unit, const UnpricedEpisode& episode) {
  const std::int64_t first = to_day_number(episode.first_day);
  const std::int64_t last = to_day_number(episode.last_day);
  const int tier = static_cast<int>(episode.offering.tier);
  const int open = episode.is_open ? 1 : 0;
  static_cast<Connection&>(unit).sql << upsert_episode, soci::use(episode.offering.model),
      soci::use(episode.offering.provider), soci::use(tier), soci::use(first), soci::use(last),
      soci::use(open);
}

}  // namespace costd
