#pragma once
// The connections of a running server, and who makes way where there are too many. For
// http_server.cpp only, which pays for Asio once.

// Before any Asio header: awaitable.hpp uses std::exchange without including it.
#include <utility>

#include <algorithm>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <set>
#include <thread>

#include "daemon/control/http_server.hpp"
#include "daemon/control/peer.hpp"
#include "daemon/control/tcp_listener.hpp"
#include "daemon/control/unix_socket.hpp"

namespace costd {

namespace net = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;
using std::chrono::steady_clock;

/// One session type for every kind of socket.
using Stream = beast::basic_stream<net::generic::stream_protocol, net::any_io_executor>;

/// One accepted connection; lives in its session's coroutine.
struct Connection {
  explicit Connection(net::generic::stream_protocol::socket socket)
      : peer(peer_of(socket.native_handle())),
        stream(std::move(socket)),
        again(stream.get_executor()) {}
  const Peer peer;
  Stream stream;
  net::steady_timer again;  ///< runs while a handler waits for news
  beast::flat_buffer buffer;
  /// waiting: for a whole header; leaving: closed to make way for another.
  enum class Phase { waiting, reading, answering, leaving } phase = Phase::waiting;
  steady_clock::time_point waiting_since = steady_clock::now();
};

using ConnectionPtr = std::shared_ptr<Connection>;

/// Where a server listens: a descriptor, and the file of it where there is one.
struct Listener {
  std::unique_ptr<UnixListener> file;
  int family = AF_UNIX;
  unsigned short port = 0;
  int descriptor = -1;
};

inline Listener listen_on(std::string socket_path) {
  Listener listener{std::make_unique<UnixListener>(std::move(socket_path))};
  listener.descriptor = listener.file->release_descriptor();
  return listener;
}

inline Listener listen_on(const TcpPlace& place) {
  TcpListener tcp(place.address, place.port);
  return {nullptr, tcp.family(), tcp.port(), tcp.release_descriptor()};
}

using Acceptor = net::basic_socket_acceptor<net::generic::stream_protocol>;

/// Everything of one running server.
struct Server {
  Server(Listener listener_, HttpLimits limits_, HttpHandler handler_, BodyPlanner planner_)
      : listener(std::move(listener_)),
        limits(limits_),
        handler(std::move(handler_)),
        planner(std::move(planner_)),
        loop(1),
        acceptor(loop, net::generic::stream_protocol(listener.family, 0), listener.descriptor),
        stop_timer(loop),
        pool(static_cast<std::size_t>(std::max(1, limits_.workers))) {}

  const Listener listener;
  const HttpLimits limits;
  const HttpHandler handler;
  const BodyPlanner planner;
  net::io_context loop;
  Acceptor acceptor;
  net::steady_timer stop_timer;
  net::thread_pool pool;
  std::thread thread;
  // Of the loop's thread only:
  std::set<Connection*> connections;
  enum class State { serving, stopping } state = State::serving;
};

/// Keeps a connection in the server's list while its session lives.
class Registration {
 public:
  Registration(Server* server, Connection* connection) : server_(server), connection_(connection) {
    server_->connections.insert(connection_);
  }
  ~Registration() {
    server_->connections.erase(connection_);
    if (server_->connections.empty()) server_->stop_timer.cancel();
  }
  Registration(const Registration&) = delete;
  Registration& operator=(const Registration&) = delete;

 private:
  Server* server_;
  Connection* connection_;
};

inline void begin_waiting(Connection& connection) {
  connection.phase = Connection::Phase::waiting;
  connection.waiting_since = steady_clock::now();
}

inline void close(Connection& connection) {
  error_code ignored;
  connection.stream.socket().close(ignored);
}

/// Of the connections, or of those of one peer: how many there are, and who waits longest.
struct Crowd {
  int size = 0;
  Connection* oldest_waiting = nullptr;

  void add(Connection* connection) {
    ++size;
    if (connection->phase != Connection::Phase::waiting) return;
    const bool is_older =
        oldest_waiting == nullptr || connection->waiting_since < oldest_waiting->waiting_since;
    if (is_older) oldest_waiting = connection;
  }
};

/// True if one more may come from the peer, after one has made way for it if need be.
inline bool make_room(Server* server, const Peer& peer) {
  Crowd all;
  Crowd of_peer;
  for (Connection* const connection : server->connections) {
    if (connection->phase == Connection::Phase::leaving) continue;
    all.add(connection);
    if (is_same_party(connection->peer, peer)) of_peer.add(connection);
  }
  const bool peer_has_many = of_peer.size >= server->limits.peer_connections_max;
  if (!peer_has_many && all.size < server->limits.connections_max) return true;
  Connection* const oldest = (peer_has_many ? of_peer : all).oldest_waiting;
  if (server->limits.crowding == Crowding::turn_away || oldest == nullptr) return false;
  oldest->phase = Connection::Phase::leaving;
  close(*oldest);
  return true;
}

}  // namespace costd
