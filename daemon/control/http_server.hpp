#pragma once
// HTTP/1.1 over a Unix socket or a loopback TCP port (Asio, Beast). The event loop only moves
// bytes; handlers and uploads run on a small pool of worker threads.

#include <memory>
#include <string>

#include "daemon/control/http.hpp"

namespace costd {

/// The largest body of a request, as it is sent.
inline constexpr std::size_t http_body_bytes_max = 64 * 1024 * 1024;

/// What a new connection meets where there are enough already: it is told to come again, or that
/// one makes way which has gone longest without sending a whole header. The second is for sockets
/// that anybody may open: who only holds connections cannot keep others out.
enum class Crowding { turn_away, oldest_waiting_leaves };

struct HttpLimits {
  std::size_t header_bytes_max = 16 * 1024;
  std::size_t body_bytes_max = http_body_bytes_max;
  int connections_max = 64;
  int peer_connections_max = 64;  ///< of one user, or of one address
  Crowding crowding = Crowding::turn_away;
  std::chrono::seconds request_timeout{60};
  std::chrono::seconds idle_timeout{15};
  int workers = 4;
};

/// A loopback address without brackets, and a port; 0 takes a free one.
struct TcpPlace {
  std::string address;
  unsigned short port = 0;
};

class HttpServer {
 public:
  /// Binds the socket (mode 0660, parent folder must exist) and starts serving on own threads.
  /// A socket left by a dead process is replaced. Throws Error(config) for a path over 107 bytes,
  /// Error(refused) where another process answers on it, and Error(io) where it cannot bind.
  /// Without a planner every body is kept in memory for the handler.
  HttpServer(std::string socket_path, HttpLimits limits, HttpHandler handler,
             BodyPlanner planner = nullptr);
  /// The same on a TCP port. Throws Error(refused) where the port is taken, else Error(io).
  HttpServer(const TcpPlace& place, HttpLimits limits, HttpHandler handler,
             BodyPlanner planner = nullptr);
  /// Stops accepting, lets running handlers end, removes the socket. A peer that does not read its
  /// answer is waited for at most 5 seconds.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// The port that is listened on; 0 on a Unix socket.
  unsigned short port() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace costd
