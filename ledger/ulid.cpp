#include "ledger/ulid.hpp"

#include <algorithm>

#include "ledger/money.hpp"
#include "ledger/random_bytes.hpp"

namespace costd {
namespace {

constexpr std::string_view alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t ulid_characters = 26;
__extension__ typedef unsigned __int128 uint128;

}  // namespace

std::string make_ulid(Instant now) {
  uint128 value = static_cast<uint128>(
      static_cast<std::uint64_t>(
          std::chrono::floor<std::chrono::milliseconds>(now).time_since_epoch().count()) &
      0xffff'ffff'ffffU);
  for (const char byte : random_bytes(10)) {
    value = (value << 8) | static_cast<unsigned char>(byte);
  }
  std::string text(ulid_characters, '0');
  for (auto at = text.rbegin(); at != text.rend(); ++at, value >>= 5) {
    *at = alphabet[static_cast<std::size_t>(value & 31)];
  }
  return text;
}

bool is_ulid(std::string_view text) {
  return text.size() == ulid_characters && std::ranges::all_of(text, [](char c) {
           return alphabet.find(c) != std::string_view::npos;
         });
}

}  // namespace costd
