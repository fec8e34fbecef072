#include "daemon/control/http_server.hpp"

// Before any Asio header: awaitable.hpp uses std::exchange without including it.
#include <utility>

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <optional>
#include <set>
#include <thread>

#include "daemon/control/http_answer.hpp"
#include "daemon/control/http_target.hpp"
#include "daemon/control/unix_socket.hpp"
#include "ledger/error.hpp"

#if defined(__GNUC__) && !defined(__clang__)
// With the sanitizers on, GCC 12 inlines only one half of Asio's pair of operators for coroutine
// frames and takes them for mismatched.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"
#endif

namespace costd {
namespace {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

/// One session type for every kind of socket; TCP can join without a second instantiation.
using Stream = beast::basic_stream<net::generic::stream_protocol, net::any_io_executor>;
using Parser = http::request_parser<http::string_body>;
using Response = http::response<http::string_body>;

constexpr seconds header_timeout{5};
constexpr seconds drain_timeout{2};
constexpr seconds stop_timeout{5};
constexpr milliseconds ask_again_every{100};
constexpr std::ptrdiff_t header_fields_max = 64;

Peer peer_of(Stream& stream) {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  const int descriptor = beast::get_lowest_layer(stream).socket().native_handle();
  Peer peer;
  if (::getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0) {
    peer.uid = credentials.uid;
    peer.gid = credentials.gid;
    peer.pid = credentials.pid;
  }
  return peer;
}

HttpResponse parse_failure(const error_code& error, const HttpLimits& limits) {
  if (error == http::error::body_limit) {
    return error_response(
        413, "too_large",
        fmt::format("the body is over {} bytes; send less at a time", limits.body_bytes_max));
  }
  if (error == http::error::header_limit) {
    return error_response(431, "too_large",
                          fmt::format("the header is over {} bytes", limits.header_bytes_max));
  }
  return error_response(400, "bad_request", "no valid HTTP request: " + error.message());
}

bool is_parse_failure(const error_code& error) {
  return error && error.category() == http::make_error_code(http::error::bad_method).category() &&
         error != http::error::end_of_stream && error != http::error::partial_message;
}

/// Beast takes the pair in some orders and spellings; smuggling needs two readers that disagree.
std::optional<HttpResponse> header_failure(const Parser& parser) {
  const auto& fields = parser.get();
  if (std::distance(fields.begin(), fields.end()) > header_fields_max) {
    return error_response(431, "too_large",
                          fmt::format("more than {} header fields", header_fields_max));
  }
  if (fields.count(http::field::transfer_encoding) == 0) return std::nullopt;
  if (fields.count(http::field::content_length) > 0) {
    return error_response(400, "bad_request", "Content-Length and Transfer-Encoding; send one");
  }
  if (!parser.chunked()) {
    return error_response(400, "bad_request", "the only transfer encoding here is chunked");
  }
  return std::nullopt;
}

HttpRequest to_request(Parser& parser, const Peer& peer) {
  HttpTarget target = parse_http_target(
      std::string_view(parser.get().target().data(), parser.get().target().size()));
  HttpRequest request;
  request.method = std::string(parser.get().method_string());
  request.path = std::move(target.path);
  request.query = std::move(target.query);
  request.body = std::move(parser.get().body());
  request.peer = peer;
  return request;
}

enum class After { keep_open, close };

Response to_wire(HttpResponse from, After after) {
  if (has_broken_header(from)) {
    from = error_response(500, "internal", "an answer had a line break in a header");
  }
  Response response;
  response.version(11);
  response.result(static_cast<unsigned>(from.status));
  response.set(http::field::content_type, from.content_type);
  response.set(http::field::cache_control, "no-store");
  response.set("X-Content-Type-Options", "nosniff");
  for (const auto& [name, value] : from.headers) response.set(name, value);
  response.body() = std::move(from.body);
  response.keep_alive(after == After::keep_open);
  response.prepare_payload();
  return response;
}

/// One accepted connection; lives in its session's coroutine.
struct Connection {
  explicit Connection(net::generic::stream_protocol::socket socket)
      : stream(std::move(socket)), again(stream.get_executor()) {}
  Stream stream;
  net::steady_timer again;  ///< runs while a handler waits for news
  beast::flat_buffer buffer;
  Peer peer;
  enum class Phase { reading, answering } phase = Phase::reading;
};

/// Everything of one running server.
struct Server {
  Server(std::string socket_path, HttpLimits limits_, HttpHandler handler_)
      : listener(std::move(socket_path)),
        limits(limits_),
        handler(std::move(handler_)),
        loop(1),
        acceptor(loop, net::local::stream_protocol(), listener.release_descriptor()),
        stop_timer(loop),
        pool(static_cast<std::size_t>(std::max(1, limits_.workers))) {}

  UnixListener listener;
  const HttpLimits limits;
  const HttpHandler handler;
  net::io_context loop;
  net::local::stream_protocol::acceptor acceptor;
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

using ConnectionPtr = std::shared_ptr<Connection>;

net::awaitable<HttpResponse> call_on_pool(const HttpHandler* handler, const HttpRequest* request) {
  co_return call_safely(*handler, *request);
}

/// The handler's answer; asked again while it waits for news and the server is not stopping.
net::awaitable<HttpResponse> answer(Server* server, ConnectionPtr connection, HttpRequest request) {
  const auto first_call = steady_clock::now();
  while (true) {
    auto response = co_await net::co_spawn(
        server->pool.get_executor(), call_on_pool(&server->handler, &request), net::use_awaitable);
    const bool waits = response.ask_again_for && server->state == Server::State::serving &&
                       steady_clock::now() - first_call < *response.ask_again_for;
    if (!waits) co_return response;
    connection->again.expires_after(ask_again_every);
    error_code ignored;  // cancelled when the server stops; the answer is then sent as it is
    co_await connection->again.async_wait(net::redirect_error(net::use_awaitable, ignored));
  }
}

net::awaitable<error_code> send(Server* server, ConnectionPtr connection, Response response) {
  error_code error;
  connection->stream.expires_after(server->limits.request_timeout);
  co_await http::async_write(connection->stream, response,
                             net::redirect_error(net::use_awaitable, error));
  co_return error;
}

/// Says why and lets the peer finish its write, so that it reads the answer and no broken pipe.
net::awaitable<void> refuse(Server* server, ConnectionPtr connection, HttpResponse response) {
  const auto error = co_await send(server, connection, to_wire(std::move(response), After::close));
  if (error) co_return;
  error_code ignored;
  connection->stream.socket().shutdown(net::socket_base::shutdown_send, ignored);
  connection->stream.expires_after(drain_timeout);
  std::array<char, 16 * 1024> discarded{};
  error_code end;
  while (!end) {
    co_await connection->stream.async_read_some(net::buffer(discarded),
                                                net::redirect_error(net::use_awaitable, end));
  }
}

/// Waits up to the idle time for the first byte, so that a slow header is told from no request.
net::awaitable<error_code> await_request(Server* server, ConnectionPtr connection) {
  error_code error;
  if (connection->buffer.size() > 0) co_return error;
  connection->stream.expires_after(server->limits.idle_timeout);
  const auto count = co_await connection->stream.async_read_some(
      connection->buffer.prepare(4096), net::redirect_error(net::use_awaitable, error));
  connection->buffer.commit(count);
  co_return error;
}

/// Tells a client that waits with its body (curl does for large ones) to send it.
net::awaitable<error_code> send_continue(Server* server, ConnectionPtr connection) {
  http::response<http::empty_body> response(http::status::continue_, 11);
  error_code error;
  connection->stream.expires_after(server->limits.request_timeout);
  co_await http::async_write(connection->stream, response,
                             net::redirect_error(net::use_awaitable, error));
  co_return error;
}

/// Reads one request. False if the connection is done with, after having said why.
net::awaitable<bool> read_request(Server* server, ConnectionPtr connection, Parser* parser) {
  if (co_await await_request(server, connection)) co_return false;
  const auto deadline = steady_clock::now() + server->limits.request_timeout;
  error_code error;
  connection->stream.expires_after(std::min(header_timeout, server->limits.request_timeout));
  co_await http::async_read_header(connection->stream, connection->buffer, *parser,
                                   net::redirect_error(net::use_awaitable, error));
  if (!error) {
    if (auto failure = header_failure(*parser)) {
      co_await refuse(server, connection, std::move(*failure));
      co_return false;
    }
    if (beast::iequals(parser->get()[http::field::expect], "100-continue")) {
      error = co_await send_continue(server, connection);
    }
  }
  if (!error) {
    connection->stream.expires_at(deadline);
    co_await http::async_read(connection->stream, connection->buffer, *parser,
                              net::redirect_error(net::use_awaitable, error));
  }
  if (is_parse_failure(error)) {
    co_await refuse(server, connection, parse_failure(error, server->limits));
  }
  co_return !error;
}

/// One request and its answer. False when the connection is to be closed.
net::awaitable<bool> serve_one(Server* server, ConnectionPtr connection) {
  Parser parser;
  parser.header_limit(static_cast<std::uint32_t>(server->limits.header_bytes_max));
  parser.body_limit(server->limits.body_bytes_max);
  connection->phase = Connection::Phase::reading;
  if (!co_await read_request(server, connection, &parser)) co_return false;
  connection->phase = Connection::Phase::answering;
  const bool wants_body = parser.get().method() != http::verb::head;
  const bool keep_alive = parser.get().keep_alive();
  std::optional<HttpRequest> request;
  HttpResponse response;
  try {
    request = to_request(parser, connection->peer);
  } catch (const Error& error) {
    response = error_response(400, "bad_request", error.what());
  }
  if (request) response = co_await answer(server, connection, std::move(*request));
  const bool stay = keep_alive && server->state == Server::State::serving;
  auto wire = to_wire(std::move(response), stay ? After::keep_open : After::close);
  if (!wants_body) wire.body().clear();  // the length stays what a GET would have
  const auto error = co_await send(server, connection, std::move(wire));
  co_return !error && stay;
}

net::awaitable<void> session(Server* server, ConnectionPtr connection) {
  const Registration registration(server, connection.get());
  connection->peer = peer_of(connection->stream);
  while (server->state == Server::State::serving && co_await serve_one(server, connection)) {
  }
}

net::awaitable<void> turn_away(Server* server, ConnectionPtr connection) {
  auto response =
      to_wire(error_response(503, "busy",
                             fmt::format("{} connections are open already; try again in a moment",
                                         server->limits.connections_max)),
              After::close);
  response.set(http::field::retry_after, "1");
  co_await send(server, connection, std::move(response));
}

net::awaitable<void> accept_connections(Server* server) {
  while (server->state == Server::State::serving) {
    error_code error;
    auto socket =
        co_await server->acceptor.async_accept(net::redirect_error(net::use_awaitable, error));
    if (error == net::error::operation_aborted) co_return;
    if (error) {
      // Out of descriptors, most likely: let some sessions end before the next try.
      net::steady_timer pause(server->loop, ask_again_every);
      co_await pause.async_wait(net::redirect_error(net::use_awaitable, error));
      continue;
    }
    auto connection = std::make_shared<Connection>(std::move(socket));
    if (server->connections.size() >= static_cast<std::size_t>(server->limits.connections_max)) {
      net::co_spawn(server->loop, turn_away(server, std::move(connection)), net::detached);
      continue;
    }
    net::co_spawn(server->loop, session(server, std::move(connection)), net::detached);
  }
}

void close(Connection& connection) {
  error_code ignored;
  connection.stream.socket().close(ignored);
}

void begin_stop(Server* server) {
  server->state = Server::State::stopping;
  error_code ignored;
  server->acceptor.close(ignored);
  if (server->connections.empty()) return;
  for (auto* const connection : server->connections) {
    connection->again.cancel();
    if (connection->phase == Connection::Phase::reading) close(*connection);
  }
  // A peer that does not read its answer must not hold the process.
  server->stop_timer.expires_after(stop_timeout);
  server->stop_timer.async_wait([server](const error_code& error) {
    if (error) return;
    for (auto* const connection : server->connections) close(*connection);
  });
}

}  // namespace

struct HttpServer::Impl {
  Server server;
};

HttpServer::HttpServer(std::string socket_path, HttpLimits limits, HttpHandler handler)
    : impl_(new Impl{{std::move(socket_path), limits, std::move(handler)}}) {
  auto* const server = &impl_->server;
  net::co_spawn(server->loop, accept_connections(server), net::detached);
  server->thread = std::thread([server] { server->loop.run(); });
}

HttpServer::~HttpServer() {
  auto* const server = &impl_->server;
  net::post(server->loop, [server] { begin_stop(server); });
  server->thread.join();
  server->pool.join();
}

}  // namespace costd
