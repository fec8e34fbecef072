#pragma once
// Who is at the other end of a socket, as far as the kernel knows.

#include "daemon/control/http.hpp"

namespace costd {

/// Over a Unix socket the user with all groups; over TCP the address.
Peer peer_of(int descriptor);

/// The same user, or the same address.
bool is_same_party(const Peer& a, const Peer& b);

}  // namespace costd
