#pragma once
// Which addresses a webhook may connect to: public ones, so that no configured or re-pointed name
// makes costd knock at doors inside the network it runs in.

#include <string>

namespace costd {

enum class AddressKind {
  public_unicast,
  loopback,  ///< 127.0.0.0/8, ::1
  reserved,  ///< private, link-local, shared, multicast, documentation, ... or no address at all
};

/// Of an address in numbers, "192.0.2.1" or "2001:db8::1"; a scope ("%eth0") makes it reserved. An
/// IPv4 address inside an IPv6 one (mapped, NAT64, 6to4) is judged as what it is.
AddressKind kind_of_address(const std::string& text);

}  // namespace costd
