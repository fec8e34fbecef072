#pragma once
// HMAC-SHA256 under one key, over many short texts.

#include <array>
#include <memory>
#include <string>
#include <string_view>

namespace costd {

class HmacSha256 {
 public:
  /// The key is the bytes of the text. Throws Error(io) if OpenSSL cannot.
  explicit HmacSha256(std::string_view key);
  ~HmacSha256();
  HmacSha256(HmacSha256&&) noexcept;
  HmacSha256& operator=(HmacSha256&&) noexcept;

  /// Lower-case hex. Not for two threads at once.
  std::array<char, 64> of(std::string_view text);

 private:
  struct States;
  std::unique_ptr<States> states_;
};

}  // namespace costd
