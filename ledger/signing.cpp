#include "ledger/signing.hpp"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <array>

#include "ledger/error.hpp"
#include "ledger/sha256.hpp"

namespace costd {
namespace {

constexpr std::size_t key_bytes = 32;
constexpr std::size_t id_digits = 16;

using Pkey = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

[[noreturn]] void fail() {
  throw Error(ErrorCode::io, "OpenSSL cannot sign with Ed25519; check its setup");
}

const unsigned char* octets(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

Bio reader_of(const std::string& text) {
  return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free};
}

/// A passphrase would be asked for on the terminal otherwise.
int no_passphrase(char*, int, int, void*) {
  return -1;
}

bool is_ed25519(const Pkey& key) {
  return key && EVP_PKEY_id(key.get()) == EVP_PKEY_ED25519;
}

/// What `write` puts into a BIO.
template <typename Write>
std::string text_of(Write write) {
  const Bio out(BIO_new(BIO_s_mem()), BIO_free);
  if (!out || write(out.get()) != 1) fail();
  char* data = nullptr;
  const auto size = BIO_get_mem_data(out.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

Pkey public_pkey(const std::string& raw) {
  Pkey key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, octets(raw), raw.size()),
           EVP_PKEY_free);
  if (!key) fail();
  return key;
}

std::string raw_public_key(const EVP_PKEY* key) {
  std::array<unsigned char, key_bytes> raw{};
  std::size_t size = raw.size();
  if (EVP_PKEY_get_raw_public_key(key, raw.data(), &size) != 1 || size != raw.size()) fail();
  return {raw.begin(), raw.end()};
}

}  // namespace

PublicKey PublicKey::from_pem(const std::string& pem) {
  const Bio in = reader_of(pem);
  const Pkey key(PEM_read_bio_PUBKEY(in.get(), nullptr, no_passphrase, nullptr), EVP_PKEY_free);
  if (!is_ed25519(key)) {
    throw Error(ErrorCode::data,
                "this is no Ed25519 public key as PEM; it begins with -----BEGIN PUBLIC KEY-----");
  }
  return PublicKey(raw_public_key(key.get()));
}

std::string PublicKey::pem() const {
  const Pkey key = public_pkey(raw_);
  return text_of([&](BIO* out) { return PEM_write_bio_PUBKEY(out, key.get()); });
}

std::string PublicKey::id() const {
  return sha256_hex(raw_).substr(0, id_digits);
}

bool PublicKey::verifies(std::string_view bytes, std::string_view signature) const {
  if (signature.size() != signature_bytes) return false;
  const Pkey key = public_pkey(raw_);
  const DigestContext context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  if (!context || EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) != 1) {
    fail();
  }
  return EVP_DigestVerify(context.get(), octets(signature), signature.size(), octets(bytes),
                          bytes.size()) == 1;
}

struct SigningKey::Handle {
  Pkey key;
};

SigningKey::SigningKey(std::unique_ptr<Handle> handle) : handle_(std::move(handle)) {}
SigningKey::SigningKey(SigningKey&&) noexcept = default;
SigningKey::~SigningKey() = default;

SigningKey SigningKey::generate() {
  Pkey key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), EVP_PKEY_free);
  if (!key) {
    throw Error(ErrorCode::io, "the operating system gave no random bytes for a signing key");
  }
  return SigningKey(std::make_unique<Handle>(Handle{std::move(key)}));
}

SigningKey SigningKey::from_pem(const std::string& pem) {
  const Bio in = reader_of(pem);
  Pkey key(PEM_read_bio_PrivateKey(in.get(), nullptr, no_passphrase, nullptr), EVP_PKEY_free);
  if (!is_ed25519(key)) {
    throw Error(ErrorCode::data,
                "this is no Ed25519 private key as PEM without a passphrase; it begins with "
                "-----BEGIN PRIVATE KEY-----");
  }
  return SigningKey(std::make_unique<Handle>(Handle{std::move(key)}));
}

std::string SigningKey::pem() const {
  return text_of([&](BIO* out) {
    return PEM_write_bio_PKCS8PrivateKey(out, handle_->key.get(), nullptr, nullptr, 0, nullptr,
                                         nullptr);
  });
}

PublicKey SigningKey::public_key() const {
  return PublicKey(raw_public_key(handle_->key.get()));
}

std::string SigningKey::sign(std::string_view bytes) const {
  const DigestContext context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  std::array<unsigned char, signature_bytes> signature{};
  std::size_t size = signature.size();
  if (!context ||
      EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, handle_->key.get()) != 1 ||
      EVP_DigestSign(context.get(), signature.data(), &size, octets(bytes), bytes.size()) != 1 ||
      size != signature.size()) {
    fail();
  }
  return {signature.begin(), signature.end()};
}

}  // namespace costd
