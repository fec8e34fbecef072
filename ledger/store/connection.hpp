#pragma once
// One database session. Inside ledger/store only: the one header that knows SOCI.

#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <optional>
#include <string>
#include <unordered_map>

#include "ledger/daily_usage.hpp"
#include "ledger/error.hpp"

namespace costd {

/// The series that were read so far, and the highest id among them.
struct KeptSeries {
  std::unordered_map<SeriesId, SeriesKey> series;
  SeriesId last = 0;
};

class Connection {
 public:
  explicit Connection(const std::string& connect_string) : sql(soci::sqlite3, connect_string) {}
  soci::session sql;
  /// Of a reader, since series are only ever added to; a writer keeps none, as what it adds may be
  /// rolled back and its id taken by another.
  std::optional<KeptSeries> kept_series;
};

/// Runs a query whose values are bound to variables, and calls `row` for each row.
template <typename Row>
void for_each_row(soci::statement& statement, Row row) {
  statement.execute();
  while (statement.fetch()) row();
}

/// Bytes to bind with use(blob.value). soci::blob copies as a pointer, so this one cannot be
/// copied.
class BoundBlob {
 public:
  BoundBlob(soci::session& sql, const std::string& bytes) : value(sql) {
    // Written even if empty: a blob that was never written is bound as null.
    value.write(0, bytes.data(), bytes.size());
  }
  BoundBlob(const BoundBlob&) = delete;
  BoundBlob& operator=(const BoundBlob&) = delete;
  soci::blob value;
};

/// The bytes of a blob column.
inline std::string bytes_of(soci::blob& blob) {
  std::string bytes(blob.get_len(), '\0');
  if (!bytes.empty()) blob.read(0, bytes.data(), bytes.size());
  return bytes;
}

}  // namespace costd
