#pragma once
// The alerts that were raised: each key once, for ever.

#include <optional>
#include <string>
#include <vector>

#include "ledger/alert.hpp"

namespace costd {

class Connection;
class UnitOfWork;

struct StoredAlert {
  std::string id;    ///< ULID
  std::string type;  ///< see type_of
  Alert alert;       ///< its kind is not stored; `type` says it
  Instant raised_at;
};

/// The id it is stored under, or nothing if one with this key was raised before.
std::optional<std::string> store_alert(UnitOfWork& unit, const Alert& alert, Instant now);
/// How many of the type were raised since then.
std::int64_t count_alerts(Connection& connection, const std::string& type, Instant since);
/// When the newest alert whose key begins so was raised; nothing if there is none.
std::optional<Instant> find_last_alert(Connection& connection, const std::string& key_prefix);
/// Newest first.
std::vector<StoredAlert> load_alerts(Connection& connection, std::int64_t limit);

}  // namespace costd
