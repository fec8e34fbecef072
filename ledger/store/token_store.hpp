#pragma once
// Access tokens: who may ask over TCP, and for whom. The token itself is never here, only its hash.

#include <optional>
#include <string>
#include <vector>

#include "ledger/time/instant.hpp"

namespace costd {

class Connection;
class UnitOfWork;

/// The epoch stands for "never" in each of the last three instants.
struct AccessToken {
  std::string id;      ///< a ULID
  std::string name;    ///< what people call it by; need not be unique
  std::string hash;    ///< SHA-256 of the token, lower-case hex
  std::string role;    ///< "viewer", "operator", "admin"
  std::string tenant;  ///< sees this one only; "" = the whole platform
  Instant created_at;
  std::string created_by;  ///< "uid:1000"
  Instant expires_at{};    ///< exclusive
  Instant revoked_at{};
  Instant last_used_at{};  ///< to the minute
};

/// The id and the hash are new, or Error(database) is thrown.
void insert_token(UnitOfWork& unit, const AccessToken& token);
/// Notes that it holds no more. False if there is no such token, or it was revoked before.
bool revoke_token(UnitOfWork& unit, const std::string& id, Instant now);
void note_token_use(UnitOfWork& unit, const std::string& id, Instant now);

std::optional<AccessToken> find_token(Connection& connection, const std::string& id);
std::optional<AccessToken> find_token_by_hash(Connection& connection, const std::string& hash);
/// All, the revoked and expired ones too, newest first.
std::vector<AccessToken> load_tokens(Connection& connection);

}  // namespace costd
