#include "ledger/store/checkpoint_store.hpp"

#include <limits>

#include "ledger/sha256.hpp"
#include "ledger/store/audit_store.hpp"
#include "ledger/store/connection.hpp"
#include "ledger/store/database.hpp"

namespace costd {
namespace {

constexpr std::int64_t rows_at_once = 10'000;

constexpr const char* insert_checkpoint =
    "insert into audit_checkpoint(number, seq, hash, at, previous, key_id, signature)"
    " values (:number, :seq, :hash, :at, :previous, :key, :signature)";

const std::string select_checkpoints =
    "select number, seq, hash, at, previous, key_id, signature from audit_checkpoint ";

constexpr const char* insert_signing_key =
    "insert into signing_key(id, public_key, first_used_at) select :id, :pem, :at"
    " where not exists (select 1 from signing_key where id = :same)";

/// Checkpoints of one query; `bind` adds the values of its where clause.
template <typename Bind>
std::vector<AuditCheckpoint> read_checkpoints(Connection& connection, const std::string& clause,
                                              Bind bind) {
  AuditCheckpoint checkpoint;
  std::int64_t at = 0;
  soci::statement statement(connection.sql);
  statement.exchange(soci::into(checkpoint.number));
  statement.exchange(soci::into(checkpoint.seq));
  statement.exchange(soci::into(checkpoint.hash));
  statement.exchange(soci::into(at));
  statement.exchange(soci::into(checkpoint.previous));
  statement.exchange(soci::into(checkpoint.key_id));
  statement.exchange(soci::into(checkpoint.signature));
  bind(statement);
  statement.alloc();
  statement.prepare(select_checkpoints + clause);
  statement.define_and_bind();
  std::vector<AuditCheckpoint> checkpoints;
  for_each_row(statement, [&] {
    checkpoint.at = from_micros(at);
    checkpoints.push_back(checkpoint);
  });
  return checkpoints;
}

}  // namespace

std::optional<AuditCheckpoint> store_checkpoint(UnitOfWork& unit, const std::string& install_id,
                                                const SigningKey& key, Instant now) {
  Connection& connection = unit;
  const AuditHead head = load_audit_head(connection);
  const auto newest = find_newest_checkpoint(connection);
  if (head.count <= (newest ? newest->seq : 0)) return std::nullopt;
  AuditCheckpoint next;
  next.number = newest ? newest->number + 1 : 1;
  next.seq = head.count;
  next.hash = head.hash;
  next.at = now;
  next.previous = newest ? sha256_hex(signed_text(*newest, install_id)) : audit_genesis_hash;
  next = signed_by(key, std::move(next), install_id);
  const std::int64_t at = to_micros(next.at);
  connection.sql << insert_checkpoint, soci::use(next.number), soci::use(next.seq),
      soci::use(next.hash), soci::use(at), soci::use(next.previous), soci::use(next.key_id),
      soci::use(next.signature);
  return next;
}

std::optional<AuditCheckpoint> find_newest_checkpoint(Connection& connection) {
  auto newest =
      read_checkpoints(connection, "order by number desc limit 1", [](soci::statement&) {});
  return newest.empty() ? std::nullopt : std::optional(std::move(newest.front()));
}

std::vector<AuditCheckpoint> load_checkpoints(Connection& connection, std::int64_t after,
                                              std::int64_t limit) {
  return read_checkpoints(connection, "where number > :after order by number limit :limit",
                          [&](soci::statement& statement) {
                            statement.exchange(soci::use(after));
                            statement.exchange(soci::use(limit));
                          });
}

void store_public_key(UnitOfWork& unit, const PublicKey& key, Instant now) {
  const std::string id = key.id();
  const std::string pem = key.pem();
  const std::int64_t at = to_micros(now);
  static_cast<Connection&>(unit).sql << insert_signing_key, soci::use(id), soci::use(pem),
      soci::use(at), soci::use(id);
}

std::vector<PublicKey> load_public_keys(Connection& connection) {
  std::string pem;
  soci::statement statement =
      (connection.sql.prepare << "select public_key from signing_key order by first_used_at, id",
       soci::into(pem));
  std::vector<PublicKey> keys;
  for_each_row(statement, [&] { keys.push_back(PublicKey::from_pem(pem)); });
  return keys;
}

OwnChain load_own_chain(Connection& connection, const std::string& install_id) {
  OwnChain chain;
  for (std::int64_t after = 0;;) {
    const auto events = load_audit_events(connection, after, rows_at_once);
    if (events.empty()) break;
    for (const AuditEvent& event : events) chain.add(event);
    after = events.back().seq;
  }
  for (const PublicKey& key : load_public_keys(connection)) chain.add(key);
  for (const AuditCheckpoint& checkpoint :
       load_checkpoints(connection, 0, std::numeric_limits<std::int64_t>::max())) {
    chain.add(checkpoint, install_id);
  }
  return chain;
}

}  // namespace costd
