#pragma once
// The series ids an ingest run knows, so that it asks the database only for new ones.

#include <mutex>
#include <shared_mutex>
#include <unordered_map>
#include <vector>

#include "ledger/store/database.hpp"
#include "ledger/store/series_store.hpp"

namespace costd {

/// Thread-safe. A series without usage may stay behind when a run is stopped; nothing shows it.
class SeriesCatalog {
 public:
  explicit SeriesCatalog(Database& database);
  /// The ids of the keys, in their order; new ones are made and are durable on return.
  std::vector<SeriesId> ids_of(const std::vector<SeriesKey>& keys);
  /// The key of an id that ids_of or the database gave; stays valid as long as the catalog.
  const SeriesKey& key_of(SeriesId id) const;

 private:
  Database& database_;
  mutable std::shared_mutex mutex_;
  std::unordered_map<SeriesKey, SeriesId, SeriesKeyHash> ids_;
  std::unordered_map<SeriesId, const SeriesKey*> keys_;
};

}  // namespace costd
