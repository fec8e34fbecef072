#pragma once
// What was answered to a post that carried an idempotency key, so that a repeat gets it again.

#include <chrono>
#include <optional>
#include <string>

#include "ledger/time/instant.hpp"

namespace costd {

class Connection;
class UnitOfWork;

/// How long a key is known.
inline constexpr std::chrono::hours posted_keys_kept{72};

struct PostedKey {
  std::string key;
  std::string source;
  std::string body_sha256;  ///< of the bytes as they were sent
  std::string answer;       ///< the body of the answer
};

/// Nothing for a key that was never stored, or longer ago than keys are kept.
std::optional<PostedKey> find_posted_key(Connection& connection, const std::string& key,
                                         Instant now);

/// Removes the keys that have expired, then stores this one; it must not be known.
void store_posted_key(UnitOfWork& unit, const PostedKey& posted, Instant now);

}  // namespace costd
