#pragma once
// A copy of the database as of one moment, made while others read and write it, and its check.

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "ledger/store/audit_store.hpp"

namespace costd {

/// By which a copy is compared with what it was made from.
struct DatabaseFacts {
  int schema_version = 0;
  std::string install_id;
  AuditHead audit_head;
  std::map<std::string, std::int64_t> rows;  ///< of every table

  bool operator==(const DatabaseFacts&) const = default;
};

/// Called between two parts of the copy, with pages; may throw to end it.
using CopyProgress = std::function<void(std::int64_t done, std::int64_t total)>;

/// Copies the database file `from` into the new file `to`, which needs no other file beside it. The
/// facts are those of the source at the moment of the copy. Throws Error(database) naming the file.
DatabaseFacts copy_database(const std::string& from, const std::string& to,
                            const CopyProgress& progress);

/// Reads all of a copy and checks it. Throws Error(database) naming what is damaged.
DatabaseFacts check_database(const std::string& file);

}  // namespace costd
