#include "daemon/control/peer.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>

namespace costd {
namespace {

/// Nothing where the kernel does not say, or there are more than anybody has.
std::vector<unsigned> groups_of(int descriptor) {
  constexpr std::size_t groups_max = 1024;
  std::vector<unsigned> groups(groups_max);
  socklen_t size = static_cast<socklen_t>(groups.size() * sizeof(unsigned));
  if (::getsockopt(descriptor, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &size) != 0) return {};
  groups.resize(size / sizeof(unsigned));
  return groups;
}

Peer user_of(int descriptor) {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  Peer peer;
  if (::getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) {
    // The highest numbers stand for nobody; a peer that is unknown must not pass for root.
    peer.uid = peer.gid = static_cast<unsigned>(-1);
    return peer;
  }
  peer.uid = credentials.uid;
  peer.gid = credentials.gid;
  peer.pid = credentials.pid;
  peer.groups = groups_of(descriptor);
  return peer;
}

std::string address_of(const sockaddr_storage& from) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* address = &reinterpret_cast<const sockaddr_in&>(from).sin_addr;
  if (from.ss_family == AF_INET6) {
    address = &reinterpret_cast<const sockaddr_in6&>(from).sin6_addr;
  }
  const char* written = ::inet_ntop(from.ss_family, address, text.data(), text.size());
  return written == nullptr ? "" : written;
}

}  // namespace

Peer peer_of(int descriptor) {
  sockaddr_storage from{};
  socklen_t size = sizeof from;
  const bool has_name = ::getpeername(descriptor, reinterpret_cast<sockaddr*>(&from), &size) == 0;
  int domain = AF_UNIX;
  socklen_t domain_size = sizeof domain;
  ::getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &domain, &domain_size);
  if (domain == AF_UNIX) return user_of(descriptor);
  // An answer is written whole: waiting for more of it would only cost time.
  const int on = 1;
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  Peer peer;
  peer.uid = peer.gid = static_cast<unsigned>(-1);
  peer.via = Peer::Via::tcp;
  if (has_name) peer.address = address_of(from);
  return peer;
}

bool is_same_party(const Peer& a, const Peer& b) {
  return a.via == b.via && (a.via == Peer::Via::tcp ? a.address == b.address : a.uid == b.uid);
}

}  // namespace costd
