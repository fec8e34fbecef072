#pragma once
// A listening TCP socket on a loopback address.

#include <string>

namespace costd {

class TcpListener {
 public:
  /// The address is a literal one, without brackets; port 0 takes a free one. Throws Error(refused)
  /// where the port is taken, Error(io) where it cannot be bound, Error(config) for an address that
  /// is none or not of the loopback.
  TcpListener(const std::string& address, unsigned short port);
  ~TcpListener();
  TcpListener(const TcpListener&) = delete;
  TcpListener& operator=(const TcpListener&) = delete;

  int family() const { return family_; }
  unsigned short port() const { return port_; }
  /// Hands the descriptor over; the caller closes it.
  int release_descriptor();

 private:
  int family_ = 0;
  unsigned short port_ = 0;
  int descriptor_ = -1;
};

}  // namespace costd
