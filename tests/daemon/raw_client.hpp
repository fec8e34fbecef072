#pragma once
// A client that says what no library would, byte for byte.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>

namespace costd {

class RawClient {
 public:
  /// Of a port of 127.0.0.1.
  explicit RawClient(unsigned short port) : descriptor_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const auto* const generic = reinterpret_cast<const sockaddr*>(&address);
    if (::connect(descriptor_, generic, sizeof address) != 0) throw std::runtime_error("connect");
  }
  explicit RawClient(const std::string& path) : descriptor_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    const auto* const generic = reinterpret_cast<const sockaddr*>(&address);
    if (::connect(descriptor_, generic, sizeof address) != 0) throw std::runtime_error(path);
  }
  ~RawClient() { ::close(descriptor_); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  void send(const std::string& bytes) {
    std::size_t sent = 0;
    while (sent < bytes.size()) {
      const auto count =
          ::send(descriptor_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (count <= 0) return;
      sent += static_cast<std::size_t>(count);
    }
  }

  /// All bytes until the server closes, or resets what was never read.
  std::string read_to_end() {
    std::string received;
    std::array<char, 4096> buffer{};
    while (true) {
      const auto count = ::recv(descriptor_, buffer.data(), buffer.size(), 0);
      if (count < 0) was_reset_ = errno == ECONNRESET;
      if (count <= 0) return received;
      received.append(buffer.data(), static_cast<std::size_t>(count));
    }
  }

  /// That end was no orderly one.
  bool was_reset() const { return was_reset_; }

  /// Bytes until the text has come.
  std::string read_until(const std::string& text) {
    std::string received;
    char byte = 0;
    while (received.find(text) == std::string::npos && ::recv(descriptor_, &byte, 1, 0) == 1) {
      received.push_back(byte);
    }
    return received;
  }

 private:
  int descriptor_;
  bool was_reset_ = false;
};

}  // namespace costd
