#pragma once
// The series ids an ingest run knows, so that it asks the database only for new ones.

#include <unordered_map>

#include "ledger/store/database.hpp"
#include "ledger/store/series_store.hpp"

namespace costd {

class SeriesCatalog {
 public:
  explicit SeriesCatalog(Connection& connection);
  /// The id, made in the unit's transaction if the series is new. If that transaction does not
  /// commit, throw the catalog away.
  SeriesId id_of(UnitOfWork& unit, const SeriesKey& key);
  /// The key of an id the catalog knows; nullptr otherwise.
  const SeriesKey* key_of(SeriesId id) const;

 private:
  std::unordered_map<SeriesKey, SeriesId, SeriesKeyHash> ids_;
  std::unordered_map<SeriesId, SeriesKey> keys_;
};

}  // namespace costd
