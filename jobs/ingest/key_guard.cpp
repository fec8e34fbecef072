#include "jobs/ingest/key_guard.hpp"

#include <openssl/hmac.h>

#include <algorithm>
#include <array>

#include "ledger/hex.hpp"

namespace costd {
namespace {

/// Published key formats: OpenAI, Anthropic, Google, Groq, xAI, Hugging Face, Replicate, AWS.
constexpr std::array<std::string_view, 9> provider_prefixes{
    "sk-", "sk_live_", "AIza", "gsk_", "xai-", "hf_", "r8_", "AKIA", "ASIA"};
constexpr std::size_t prefixed_length_min = 20;
constexpr std::size_t random_length_min = 40;

enum class Kind { lower, upper, digit, joint, other };

Kind kind_of(char c) {
  if (c >= 'a' && c <= 'z') return Kind::lower;
  if (c >= 'A' && c <= 'Z') return Kind::upper;
  if (c >= '0' && c <= '9') return Kind::digit;
  return c == '-' || c == '_' || c == '+' || c == '/' || c == '=' ? Kind::joint : Kind::other;
}

/// Words keep to one kind of character for a while; a random token changes at nearly every one.
bool looks_random(std::string_view key) {
  std::array<int, 5> counts{};
  std::size_t changes = 0;
  for (std::size_t at = 0; at < key.size(); ++at) {
    ++counts.at(static_cast<std::size_t>(kind_of(key[at])));
    if (at > 0 && kind_of(key[at]) != kind_of(key[at - 1])) ++changes;
  }
  const auto count = [&](Kind kind) { return counts.at(static_cast<std::size_t>(kind)); };
  return count(Kind::other) == 0 && count(Kind::lower) > 0 && count(Kind::upper) > 0 &&
         count(Kind::digit) > 0 && changes * 3 >= key.size();
}

}  // namespace

bool looks_like_secret(std::string_view key) {
  if (key.size() >= prefixed_length_min &&
      std::ranges::any_of(provider_prefixes,
                          [&](std::string_view prefix) { return key.starts_with(prefix); })) {
    return true;
  }
  return key.size() >= random_length_min && looks_random(key);
}

std::string guard_key(std::string key, std::string_view secret) {
  if (!looks_like_secret(key)) return key;
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(key.data()), key.size(), digest.data(), &length);
  return "hmac_" + to_hex({digest.data(), 16});
}

}  // namespace costd
