#pragma once
// SHA-256 of bytes, also of those that come piece by piece.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace costd {

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void add(std::string_view bytes);
  /// Lower-case hex over everything added; nothing may be added afterwards.
  std::string hex();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

/// SHA-256 of the bytes, lower-case hex.
std::string sha256_hex(std::string_view bytes);

/// A number that follows from the text alone, spread evenly over all it can be: for what is to look
/// like chance and be the same every time.
std::uint32_t stable_number(std::string_view text);

}  // namespace costd
