#include "ledger/hmac.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "ledger/error.hpp"

namespace costd {
namespace {

constexpr std::size_t block_bytes = 64;
constexpr std::size_t digest_bytes = 32;
using Digest = std::array<unsigned char, digest_bytes>;
using State = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

void check(int outcome) {
  if (outcome != 1) throw Error(ErrorCode::io, "OpenSSL cannot compute SHA-256; check its setup");
}

State new_state() {
  return {EVP_MD_CTX_new(), EVP_MD_CTX_free};
}

Digest finish(EVP_MD_CTX* state) {
  Digest digest{};
  check(EVP_DigestFinal_ex(state, digest.data(), nullptr));
  return digest;
}

}  // namespace

/// The key's own blocks are hashed once; each text begins with a copy of what that left.
struct HmacSha256::States {
  State inner = new_state();
  State outer = new_state();
  State work = new_state();
};

HmacSha256::HmacSha256(std::string_view key) : states_(std::make_unique<States>()) {
  std::array<unsigned char, block_bytes> block{};
  if (key.size() > block_bytes) {
    check(EVP_DigestInit_ex(states_->work.get(), EVP_sha256(), nullptr));
    check(EVP_DigestUpdate(states_->work.get(), key.data(), key.size()));
    const Digest digest = finish(states_->work.get());
    std::copy(digest.begin(), digest.end(), block.begin());
  } else {
    std::copy(key.begin(), key.end(), block.begin());
  }
  const auto begin = [&](EVP_MD_CTX* state, unsigned char pad) {
    std::array<unsigned char, block_bytes> padded = block;
    for (unsigned char& byte : padded) byte = static_cast<unsigned char>(byte ^ pad);
    check(EVP_DigestInit_ex(state, EVP_sha256(), nullptr));
    check(EVP_DigestUpdate(state, padded.data(), padded.size()));
    OPENSSL_cleanse(padded.data(), padded.size());
  };
  begin(states_->inner.get(), 0x36);
  begin(states_->outer.get(), 0x5C);
  OPENSSL_cleanse(block.data(), block.size());
}

HmacSha256::~HmacSha256() = default;
HmacSha256::HmacSha256(HmacSha256&&) noexcept = default;
HmacSha256& HmacSha256::operator=(HmacSha256&&) noexcept = default;

std::array<char, 64> HmacSha256::of(std::string_view text) {
  EVP_MD_CTX* work = states_->work.get();
  check(EVP_MD_CTX_copy_ex(work, states_->inner.get()));
  check(EVP_DigestUpdate(work, text.data(), text.size()));
  const Digest inner = finish(work);
  check(EVP_MD_CTX_copy_ex(work, states_->outer.get()));
  check(EVP_DigestUpdate(work, inner.data(), inner.size()));
  const Digest digest = finish(work);
  constexpr std::string_view digits = "0123456789abcdef";
  std::array<char, 64> hex;
  for (std::size_t n = 0; n < digest.size(); ++n) {
    hex[2 * n] = digits[digest[n] >> 4];
    hex[2 * n + 1] = digits[digest[n] & 15];
  }
  return hex;
}

}  // namespace costd
