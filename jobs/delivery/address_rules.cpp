#include "jobs/delivery/address_rules.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

namespace costd {
namespace {

using Bytes = std::span<const std::uint8_t>;

struct Prefix {
  std::array<std::uint8_t, 16> bytes;
  int bits;
};

// IANA's special-purpose registry: what is not globally reachable, and what may never be a peer.
constexpr std::array<Prefix, 16> reserved_v4{{
    {{0}, 8},               // this network
    {{10}, 8},              // private
    {{100, 64}, 10},        // shared, carrier-grade NAT
    {{127}, 8},             // loopback; told apart before
    {{169, 254}, 16},       // link-local, where clouds keep their metadata
    {{172, 16}, 12},        // private
    {{192, 0, 0}, 24},      // protocol assignments
    {{192, 0, 2}, 24},      // documentation
    {{192, 31, 196}, 24},   // AS112
    {{192, 88, 99}, 24},    // 6to4 relays
    {{192, 168}, 16},       // private
    {{198, 18}, 15},        // benchmarks
    {{198, 51, 100}, 24},   // documentation
    {{203, 0, 113}, 24},    // documentation
    {{224}, 4},             // multicast
    {{240}, 4},             // reserved, broadcast
}};

// Global unicast is 2000::/3; all of the rest (unspecified, loopback, ULA, link-local, multicast,
// ...) is refused without being named. Inside it these are special.
constexpr Prefix global_v6{{0x20}, 3};
constexpr std::array<Prefix, 3> reserved_v6{{
    {{0x20, 0x01}, 23},              // protocol assignments, Teredo among them
    {{0x20, 0x01, 0x0d, 0xb8}, 32},  // documentation
    {{0x3f, 0xff}, 20},              // documentation
}};

struct Embedded {
  Prefix prefix;
  std::size_t at;  ///< where the four bytes of the IPv4 address begin
};
constexpr std::array<Embedded, 3> with_v4_inside{{
    {{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96}, 12},  // mapped
    {{{0x00, 0x64, 0xff, 0x9b}, 96}, 12},                    // NAT64
    {{{0x20, 0x02}, 16}, 2},                                 // 6to4
}};

bool is_in(Bytes address, const Prefix& prefix) {
  const auto whole = static_cast<std::size_t>(prefix.bits / 8);
  if (!std::equal(address.begin(), address.begin() + static_cast<std::ptrdiff_t>(whole),
                  prefix.bytes.begin())) {
    return false;
  }
  const int rest = prefix.bits % 8;
  return rest == 0 || (address[whole] >> (8 - rest)) == (prefix.bytes.at(whole) >> (8 - rest));
}

AddressKind kind_of_v4(Bytes address) {
  if (address[0] == 127) return AddressKind::loopback;
  const bool reserved = std::ranges::any_of(
      reserved_v4, [&](const Prefix& prefix) { return is_in(address, prefix); });
  return reserved ? AddressKind::reserved : AddressKind::public_unicast;
}

AddressKind kind_of_v6(Bytes address) {
  constexpr std::array<std::uint8_t, 16> loopback{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  if (std::ranges::equal(address, loopback)) return AddressKind::loopback;
  for (const Embedded& embedded : with_v4_inside) {
    if (is_in(address, embedded.prefix)) return kind_of_v4(address.subspan(embedded.at, 4));
  }
  if (!is_in(address, global_v6)) return AddressKind::reserved;
  const bool reserved = std::ranges::any_of(
      reserved_v6, [&](const Prefix& prefix) { return is_in(address, prefix); });
  return reserved ? AddressKind::reserved : AddressKind::public_unicast;
}

}  // namespace

AddressKind kind_of_address(const std::string& text) {
  std::array<std::uint8_t, 16> bytes{};
  if (inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) return kind_of_v4({bytes.data(), 4});
  if (inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) return kind_of_v6(bytes);
  return AddressKind::reserved;
}

}  // namespace costd
