#include "ledger/hex.hpp"

namespace costd {
namespace {

constexpr std::string_view digits = "0123456789abcdef";

}  // namespace

std::string to_hex(std::span<const unsigned char> bytes) {
  std::string hex;
  hex.reserve(bytes.size() * 2);
  for (const unsigned char byte : bytes) {
    hex += digits[byte >> 4];
    hex += digits[byte & 15];
  }
  return hex;
}

std::string to_hex(std::string_view bytes) {
  return to_hex({reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()});
}

std::string from_hex(std::string_view hex) {
  if (hex.size() % 2 != 0) return "";
  std::string bytes;
  bytes.reserve(hex.size() / 2);
  for (std::size_t n = 0; n < hex.size(); n += 2) {
    const std::size_t high = digits.find(hex[n]);
    const std::size_t low = digits.find(hex[n + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos) return "";
    bytes += static_cast<char>(high * 16 + low);
  }
  return bytes;
}

}  // namespace costd
