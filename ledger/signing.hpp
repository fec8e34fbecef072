#pragma once
// Ed25519 (RFC 8032) over bytes: the keys of an installation, its signatures, and their check.

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace costd {

inline constexpr std::size_t signature_bytes = 64;

class PublicKey {
 public:
  /// Throws Error(data) for anything but an Ed25519 public key as PEM (SubjectPublicKeyInfo).
  static PublicKey from_pem(const std::string& pem);

  std::string pem() const;
  /// What people compare: the first 16 hex digits of the SHA-256 of the 32 bytes of the key.
  std::string id() const;
  /// True if the signature, 64 raw bytes, is this key's over the bytes.
  bool verifies(std::string_view bytes, std::string_view signature) const;

 private:
  friend class SigningKey;
  explicit PublicKey(std::string raw) : raw_(std::move(raw)) {}
  std::string raw_;  ///< 32 bytes
};

class SigningKey {
 public:
  /// A new one, of the operating system's random bytes. Throws Error(io) if it gives none.
  static SigningKey generate();
  /// Throws Error(data) for anything but an Ed25519 private key as PEM (PKCS #8).
  static SigningKey from_pem(const std::string& pem);
  SigningKey(SigningKey&&) noexcept;
  ~SigningKey();

  std::string pem() const;  ///< the private key: for its file only
  PublicKey public_key() const;
  /// 64 raw bytes; the same for the same bytes.
  std::string sign(std::string_view bytes) const;

 private:
  struct Handle;
  explicit SigningKey(std::unique_ptr<Handle> handle);
  std::unique_ptr<Handle> handle_;
};

}  // namespace costd
