#include "jobs/ingest/series_catalog.hpp"

#include <algorithm>
#include <iterator>

namespace costd {

SeriesCatalog::SeriesCatalog(Database& database) : database_(database) {
  for (auto& [id, key] : load_series(database.snapshot())) {
    keys_.emplace(id, &ids_.emplace(key, id).first->first);
  }
}

std::vector<SeriesId> SeriesCatalog::ids_of(const std::vector<SeriesKey>& keys) {
  const auto is_new = [&](const SeriesKey& key) { return !ids_.contains(key); };
  const auto has_new = [&] {
    const std::shared_lock lock(mutex_);
    return std::ranges::any_of(keys, is_new);
  };
  if (has_new()) {
    // The database first: whoever has it may ask for a key before giving it back.
    UnitOfWork unit = database_.begin();
    const std::unique_lock lock(mutex_);
    std::vector<SeriesKey> missing;
    std::ranges::copy_if(keys, std::back_inserter(missing), is_new);
    const auto made = store_series(unit, missing);
    unit.commit();
    for (std::size_t n = 0; n < missing.size(); ++n) {
      keys_.emplace(made[n], &ids_.emplace(missing[n], made[n]).first->first);
    }
  }
  const std::shared_lock lock(mutex_);
  std::vector<SeriesId> ids;
  ids.reserve(keys.size());
  for (const SeriesKey& key : keys) ids.push_back(ids_.at(key));
  return ids;
}

const SeriesKey& SeriesCatalog::key_of(SeriesId id) const {
  const std::shared_lock lock(mutex_);
  return *keys_.at(id);
}

}  // namespace costd
