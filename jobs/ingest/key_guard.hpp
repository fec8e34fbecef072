#pragma once
// Keeps secrets out of the ledger: an API key that looks like one is replaced by a keyed hash.

#include <string>
#include <string_view>

namespace costd {

/// A provider's key prefix, or 40 and more characters that mix cases and digits like a random
/// token. UUIDs, plain hex and words are opaque ids, not secrets.
bool looks_like_secret(std::string_view key);

/// The key itself, or "hmac_" and 32 hex digits of HMAC-SHA256(secret, key) if it looks like one.
std::string guard_key(std::string key, std::string_view secret);

}  // namespace costd
