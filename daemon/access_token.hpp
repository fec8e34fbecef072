#pragma once
// Access tokens: 256 random bits that stand for a role, and maybe for one tenant.

#include <string>

#include "daemon/access.hpp"
#include "ledger/store/token_store.hpp"

namespace costd {

struct Service;

inline constexpr std::string_view token_prefix = "costd_";

/// "costd_" and 43 characters of base64url, from the operating system's random bytes. Throws
/// Error(io) if it gives none.
std::string make_token();
/// It has the form of a token of costd.
bool looks_like_token(std::string_view text);

/// What a text comes to that somebody sent as a token.
struct TokenAnswer {
  std::optional<Access> access;
  std::string id;            ///< of the token, if it is one
  const char* failure = "";  ///< "unknown token", "expired token", "revoked token"
};
/// Looks the hash of the text up, and notes the use at most once a minute.
TokenAnswer look_up_token(Service& service, const std::string& text);

/// The access that the token stands for; nothing for any that does not hold (any more).
std::optional<Access> access_of_token(Service& service, const std::string& token);

}  // namespace costd
