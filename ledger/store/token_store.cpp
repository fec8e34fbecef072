#include "ledger/store/token_store.hpp"

#include "ledger/store/connection.hpp"
#include "ledger/store/database.hpp"

namespace costd {
namespace {

const std::string select_tokens =
    "select id, name, hash, role, tenant, created_at, created_by, expires_at, revoked_at,"
    " last_used_at from access_token ";

constexpr const char* insert_row =
    "insert into access_token(id, name, hash, role, tenant, created_at, created_by, expires_at,"
    " revoked_at, last_used_at)"
    " values (:id, :name, :hash, :role, :tenant, :created, :by, :expires, :revoked, :used)";

constexpr const char* update_revoked =
    "update access_token set revoked_at = :at where id = :id and revoked_at = 0";

constexpr const char* update_used = "update access_token set last_used_at = :at where id = :id";

/// Tokens of one query; `bind` adds the values of its where clause.
template <typename Bind>
std::vector<AccessToken> read_tokens(Connection& connection, const std::string& clause, Bind bind) {
  AccessToken token;
  std::int64_t created = 0;
  std::int64_t expires = 0;
  std::int64_t revoked = 0;
  std::int64_t used = 0;
  soci::statement statement(connection.sql);
  statement.exchange(soci::into(token.id));
  statement.exchange(soci::into(token.name));
  statement.exchange(soci::into(token.hash));
  statement.exchange(soci::into(token.role));
  statement.exchange(soci::into(token.tenant));
  statement.exchange(soci::into(created));
  statement.exchange(soci::into(token.created_by));
  statement.exchange(soci::into(expires));
  statement.exchange(soci::into(revoked));
  statement.exchange(soci::into(used));
  bind(statement);
  statement.alloc();
  statement.prepare(select_tokens + clause);
  statement.define_and_bind();
  std::vector<AccessToken> tokens;
  for_each_row(statement, [&] {
    token.created_at = from_micros(created);
    token.expires_at = from_micros(expires);
    token.revoked_at = from_micros(revoked);
    token.last_used_at = from_micros(used);
    tokens.push_back(token);
  });
  return tokens;
}

std::optional<AccessToken> load_one(Connection& connection, const std::string& clause,
                                    const std::string& value) {
  auto tokens = read_tokens(connection, clause, [&](soci::statement& statement) {
    statement.exchange(soci::use(value));
  });
  return tokens.empty() ? std::nullopt : std::optional(std::move(tokens.front()));
}

}  // namespace

void insert_token(UnitOfWork& unit, const AccessToken& token) {
  const std::int64_t created = to_micros(token.created_at);
  const std::int64_t expires = to_micros(token.expires_at);
  const std::int64_t revoked = to_micros(token.revoked_at);
  const std::int64_t used = to_micros(token.last_used_at);
  static_cast<Connection&>(unit).sql << insert_row, soci::use(token.id), soci::use(token.name),
      soci::use(token.hash), soci::use(token.role), soci::use(token.tenant), soci::use(created),
      soci::use(token.created_by), soci::use(expires), soci::use(revoked), soci::use(used);
}

bool revoke_token(UnitOfWork& unit, const std::string& id, Instant now) {
  const std::int64_t at = to_micros(now);
  soci::session& sql = static_cast<Connection&>(unit).sql;
  soci::statement statement = (sql.prepare << update_revoked, soci::use(at), soci::use(id));
  statement.execute(true);
  return statement.get_affected_rows() > 0;
}

void note_token_use(UnitOfWork& unit, const std::string& id, Instant now) {
  const std::int64_t at = to_micros(now);
  static_cast<Connection&>(unit).sql << update_used, soci::use(at), soci::use(id);
}

std::optional<AccessToken> find_token(Connection& connection, const std::string& id) {
  return load_one(connection, "where id = :id", id);
}

std::optional<AccessToken> find_token_by_hash(Connection& connection, const std::string& hash) {
  return load_one(connection, "where hash = :hash", hash);
}

std::vector<AccessToken> load_tokens(Connection& connection) {
  return read_tokens(connection, "order by created_at desc, id desc", [](soci::statement&) {});
}

}  // namespace costd
