#include "jobs/ingest/series_catalog.hpp"

namespace costd {

SeriesCatalog::SeriesCatalog(Connection& connection) : keys_(load_series(connection)) {
  for (const auto& [id, key] : keys_) ids_.emplace(key, id);
}

SeriesId SeriesCatalog::id_of(UnitOfWork& unit, const SeriesKey& key) {
  const auto known = ids_.find(key);
  if (known != ids_.end()) return known->second;
  const SeriesId id = store_series(unit, key);
  ids_.emplace(key, id);
  keys_.emplace(id, key);
  return id;
}

const SeriesKey* SeriesCatalog::key_of(SeriesId id) const {
  const auto known = keys_.find(id);
  return known == keys_.end() ? nullptr : &known->second;
}

}  // namespace costd
