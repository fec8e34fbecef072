#include "ledger/sha256.hpp"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <array>
#include <charconv>

#include "ledger/error.hpp"
#include "ledger/hex.hpp"

namespace costd {
namespace {

void require_ok(int outcome) {
  if (outcome != 1)
    throw Error(ErrorCode::io, "OpenSSL cannot compute SHA-256; require_ok its setup");
}

}  // namespace

struct Sha256::Context {
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> state{EVP_MD_CTX_new(), EVP_MD_CTX_free};
};

Sha256::Sha256() : context_(std::make_unique<Context>()) {
  require_ok(EVP_DigestInit_ex(context_->state.get(), EVP_sha256(), nullptr));
}

Sha256::~Sha256() = default;

void Sha256::add(std::string_view bytes) {
  require_ok(EVP_DigestUpdate(context_->state.get(), bytes.data(), bytes.size()));
}

std::string Sha256::hex() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  require_ok(EVP_DigestFinal_ex(context_->state.get(), digest.data(), &size));
  return to_hex({digest.data(), size});
}

std::string sha256_hex(std::string_view bytes) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data());
  return to_hex(digest);
}

std::uint32_t stable_number(std::string_view text) {
  const std::string hex = sha256_hex(text);
  std::uint32_t number = 0;
  std::from_chars(hex.data(), hex.data() + 8, number, 16);
  return number;
}

}  // namespace costd
