#include "daemon/access_token.hpp"

#include <algorithm>

#include "daemon/routes.hpp"
#include "ledger/random_bytes.hpp"
#include "ledger/sha256.hpp"

namespace costd {
namespace {

constexpr std::size_t secret_bytes = 32;
constexpr std::size_t encoded_bytes = 43;
constexpr std::chrono::minutes use_noted_every{1};
constexpr std::string_view base64url =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// RFC 4648, section 5, without padding.
std::string encode_base64url(std::string_view bytes) {
  std::string text;
  unsigned bits = 0;
  int count = 0;
  for (const char byte : bytes) {
    bits = (bits << 8) | static_cast<unsigned char>(byte);
    for (count += 8; count >= 6; count -= 6) text += base64url[(bits >> (count - 6)) & 63];
  }
  if (count > 0) text += base64url[(bits << (6 - count)) & 63];
  return text;
}

/// Why the token does not hold at that time; "" if it does.
const char* failure_of(const AccessToken& token, Instant now) {
  if (token.revoked_at != Instant{}) return "revoked token";
  if (token.expires_at != Instant{} && token.expires_at <= now) return "expired token";
  return "";
}

void note_use(Service& service, const AccessToken& token, Instant now) {
  if (now - token.last_used_at < use_noted_every && token.last_used_at <= now) return;
  UnitOfWork unit = service.database.begin();
  note_token_use(unit, token.id, now);
  unit.commit();
}

}  // namespace

std::string make_token() {
  return std::string(token_prefix) + encode_base64url(random_bytes(secret_bytes));
}

bool looks_like_token(std::string_view text) {
  return text.size() == token_prefix.size() + encoded_bytes && text.starts_with(token_prefix) &&
         text.find_first_not_of(base64url, token_prefix.size()) == std::string_view::npos;
}

TokenAnswer look_up_token(Service& service, const std::string& text) {
  TokenAnswer answer;
  answer.failure = "unknown token";
  if (!looks_like_token(text)) return answer;
  // Looked up by its hash: how long that takes says nothing about the token.
  const auto token = find_token_by_hash(service.database.snapshot(), sha256_hex(text));
  if (!token) return answer;
  answer.id = token->id;
  const Instant now = service.clock.now();
  answer.failure = failure_of(*token, now);
  const auto role = parse_role(token->role);
  if (*answer.failure != '\0' || !role) return answer;
  note_use(service, *token, now);
  answer.access = Access{*role,
                         token->tenant.empty() ? std::nullopt : std::optional(token->tenant),
                         {"token", token->id}};
  return answer;
}

std::optional<Access> access_of_token(Service& service, const std::string& token) {
  return look_up_token(service, token).access;
}

}  // namespace costd
