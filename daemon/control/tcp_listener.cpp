#include "daemon/control/tcp_listener.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "ledger/error.hpp"

namespace costd {
namespace {

constexpr int listen_backlog = 128;

struct Address {
  sockaddr_storage value{};
  socklen_t size = 0;

  const sockaddr* generic() const { return reinterpret_cast<const sockaddr*>(&value); }
};

Address parse_address(const std::string& text, unsigned short port) {
  Address address;
  auto& four = reinterpret_cast<sockaddr_in&>(address.value);
  auto& six = reinterpret_cast<sockaddr_in6&>(address.value);
  if (::inet_pton(AF_INET, text.c_str(), &four.sin_addr) == 1 &&
      (ntohl(four.sin_addr.s_addr) >> 24) == 127) {
    four.sin_family = AF_INET;
    four.sin_port = htons(port);
    address.size = sizeof four;
    return address;
  }
  address = {};
  if (::inet_pton(AF_INET6, text.c_str(), &six.sin6_addr) == 1 &&
      IN6_IS_ADDR_LOOPBACK(&six.sin6_addr)) {
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(port);
    address.size = sizeof six;
    return address;
  }
  throw Error(
      ErrorCode::config,
      fmt::format("\"{}\" is no loopback address; set control.tcp to 127.0.0.1:PORT and let "
                  "a reverse proxy do TLS",
                  text));
}

unsigned short bound_port(int descriptor) {
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&bound), &size) != 0) return 0;
  return ntohs(bound.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(bound).sin6_port
                                           : reinterpret_cast<sockaddr_in&>(bound).sin_port);
}

}  // namespace

TcpListener::TcpListener(const std::string& address, unsigned short port) {
  const Address place = parse_address(address, port);
  family_ = place.value.ss_family;
  descriptor_ = ::socket(family_, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  const bool listening = descriptor_ >= 0 &&
                         ::setsockopt(descriptor_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
                         ::bind(descriptor_, place.generic(), place.size) == 0 &&
                         ::listen(descriptor_, listen_backlog) == 0;
  if (!listening) {
    const int error = errno;
    if (descriptor_ >= 0) ::close(descriptor_);
    throw Error(
        error == EADDRINUSE ? ErrorCode::refused : ErrorCode::io,
        fmt::format("control.tcp {} port {}: cannot listen: {}; choose another port, or stop "
                    "whoever has it",
                    address, port, std::strerror(error)));
  }
  port_ = bound_port(descriptor_);
}

TcpListener::~TcpListener() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

int TcpListener::release_descriptor() {
  return std::exchange(descriptor_, -1);
}

}  // namespace costd
