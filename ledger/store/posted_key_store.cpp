#include "ledger/store/posted_key_store.hpp"

#include "ledger/store/connection.hpp"
#include "ledger/store/database.hpp"

namespace costd {
namespace {

constexpr const char* select_key =
    "select source, body_sha256, answer from posted_key"
    " where idempotency_key = :key and posted_at > :expired";

constexpr const char* delete_expired = "delete from posted_key where posted_at <= :expired";

constexpr const char* insert_key =
    "insert into posted_key(idempotency_key, source, body_sha256, answer, posted_at)"
    " values (:key, :source, :sha256, :answer, :at)";

std::int64_t last_expired(Instant now) {
  return to_micros(now - posted_keys_kept);
}

}  // namespace

std::optional<PostedKey> find_posted_key(Connection& connection, const std::string& key,
                                         Instant now) {
  PostedKey posted;
  posted.key = key;
  const std::int64_t expired = last_expired(now);
  connection.sql << select_key, soci::into(posted.source), soci::into(posted.body_sha256),
      soci::into(posted.answer), soci::use(key), soci::use(expired);
  return connection.sql.got_data() ? std::optional(std::move(posted)) : std::nullopt;
}

void store_posted_key(UnitOfWork& unit, const PostedKey& posted, Instant now) {
  Connection& connection = unit;
  const std::int64_t expired = last_expired(now);
  connection.sql << delete_expired, soci::use(expired);
  const std::int64_t at = to_micros(now);
  connection.sql << insert_key, soci::use(posted.key), soci::use(posted.source),
      soci::use(posted.body_sha256), soci::use(posted.answer), soci::use(at);
}

}  // namespace costd
