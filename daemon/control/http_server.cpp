#include "daemon/control/http_server.hpp"

// Before any Asio header: awaitable.hpp uses std::exchange without including it.
#include <utility>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http.hpp>
#include <optional>

#include "daemon/control/http_answer.hpp"
#include "daemon/control/http_connections.hpp"
#include "daemon/control/http_wire.hpp"
#include "ledger/error.hpp"

#if defined(__GNUC__) && !defined(__clang__)
// With the sanitizers on, GCC 12 inlines only one half of Asio's pair of operators for coroutine
// frames and takes them for mismatched.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"
#endif

namespace costd {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds header_timeout{5};
constexpr seconds drain_timeout{2};
constexpr seconds stop_timeout{5};
constexpr milliseconds ask_again_every{100};
constexpr std::size_t body_piece_bytes = 64 * 1024;

/// One request on its way in.
struct Incoming {
  Parser parser;
  steady_clock::time_point deadline;
  HttpRequest request;
  std::shared_ptr<Upload> upload;  ///< null where the body is kept in memory
};

// On the pool. Asio's coroutines take their arguments by value, hence the pointers.

net::awaitable<HttpResponse> call_on_pool(const HttpHandler* handler, const HttpRequest* request) {
  co_return call_safely(*handler, *request);
}

net::awaitable<BodyPlan> plan_on_pool(const BodyPlanner* planner, const HttpRequest* request) {
  co_return plan_safely(*planner, *request);
}

/// The answer where it failed.
net::awaitable<std::optional<HttpResponse>> write_on_pool(Incoming* in, std::string_view piece) {
  co_return write_safely(*in->upload, piece, in->request);
}

net::awaitable<HttpResponse> finish_on_pool(Incoming* in) {
  co_return finish_safely(*in->upload, in->request);
}

net::awaitable<std::optional<std::string>> next_piece_on_pool(const NextPiece* next_piece,
                                                              const std::string* path) {
  co_return next_piece_safely(*next_piece, *path);
}

/// An upload may remove what it wrote when it is destroyed, which is no work for the event loop.
std::shared_ptr<Upload> destroyed_on_pool(Server* server, std::unique_ptr<Upload> upload) {
  return {upload.release(), [server](Upload* done) {
            if (done != nullptr) net::post(server->pool, [done] { delete done; });
          }};
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

/// How the end of a body without a length is told. HTTP/1.0, which proxies like to speak, has no
/// chunks: there the connection's end is the body's. The answer to HEAD is a header only.
enum class Framing { chunked, until_close, header_only };

/// Whether a connection that closes from now on has said all, or is reset: over TCP a peer that
/// waits for its end can tell the two apart. Unix sockets know no reset.
enum class Ending { said_all, reset };

void end_with(Connection& connection, Ending ending) {
  error_code ignored;
  connection.stream.socket().set_option(net::socket_base::linger(ending == Ending::reset, 0),
                                        ignored);
}

net::awaitable<error_code> send_piece(Server* server, ConnectionPtr connection,
                                      std::string_view piece, Framing framing) {
  error_code error;
  const net::const_buffer bytes(piece.data(), piece.size());
  connection->stream.expires_after(server->limits.request_timeout);
  if (framing == Framing::until_close) {
    co_await net::async_write(connection->stream, bytes,
                              net::redirect_error(net::use_awaitable, error));
  } else if (piece.empty()) {
    co_await net::async_write(connection->stream, http::make_chunk_last(),
                              net::redirect_error(net::use_awaitable, error));
  } else {
    co_await net::async_write(connection->stream, http::make_chunk(bytes),
                              net::redirect_error(net::use_awaitable, error));
  }
  co_return error;
}

/// The header and the body of the response, then piece after piece. What cannot go on lacks its
/// last chunk, or is reset. `path` is for the log.
net::awaitable<error_code> send_pieces(Server* server, ConnectionPtr connection, Response response,
                                       NextPiece next_piece, Framing framing, std::string path) {
  response.content_length(boost::none);
  response.chunked(framing != Framing::until_close);
  http::response_serializer<http::string_body> header(response);
  error_code error;
  connection->stream.expires_after(server->limits.request_timeout);
  co_await http::async_write_header(connection->stream, header,
                                    net::redirect_error(net::use_awaitable, error));
  if (framing == Framing::header_only) co_return error;
  if (framing == Framing::until_close) end_with(*connection, Ending::reset);
  std::optional<std::string> piece = std::move(response.body());
  while (!error && piece && !piece->empty()) {
    error = co_await send_piece(server, connection, *piece, framing);
    if (error) break;
    piece = co_await net::co_spawn(server->pool.get_executor(),
                                   next_piece_on_pool(&next_piece, &path), net::use_awaitable);
  }
  if (!error && !piece) error = net::error::connection_aborted;
  if (!error) error = co_await send_piece(server, connection, "", framing);
  if (!error) end_with(*connection, Ending::said_all);
  co_return error;
}

/// Says why and lets the peer finish its write, so that it reads the answer and no broken pipe.
net::awaitable<void> refuse(Server* server, ConnectionPtr connection, HttpResponse response) {
  begin_waiting(*connection);
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

/// Reads the header. False if the connection is done with, after having said why.
net::awaitable<bool> read_header(Server* server, ConnectionPtr connection, Incoming* in) {
  if (co_await await_request(server, connection)) co_return false;
  in->deadline = steady_clock::now() + server->limits.request_timeout;
  in->parser.header_limit(static_cast<std::uint32_t>(server->limits.header_bytes_max));
  in->parser.body_limit(server->limits.body_bytes_max);
  error_code error;
  connection->stream.expires_after(std::min(header_timeout, server->limits.request_timeout));
  co_await http::async_read_header(connection->stream, connection->buffer, in->parser,
                                   net::redirect_error(net::use_awaitable, error));
  std::optional<HttpResponse> failure;
  if (is_parse_failure(error)) {
    failure = parse_failure(error, server->limits);
  } else if (error) {
    co_return false;
  } else {
    failure = header_failure(in->parser);
  }
  try {
    if (!failure) in->request = to_request(in->parser, connection->peer);
  } catch (const Error& bad_target) {
    failure = error_response(400, "bad_request", bad_target.what());
  }
  if (failure) co_await refuse(server, connection, std::move(*failure));
  connection->phase = Connection::Phase::reading;
  co_return !failure;
}

/// Decides where the body goes, and lets the client send it. False as above.
net::awaitable<bool> prepare_body(Server* server, ConnectionPtr connection, Incoming* in) {
  if (server->planner) {
    BodyPlan plan =
        co_await net::co_spawn(server->pool.get_executor(),
                               plan_on_pool(&server->planner, &in->request), net::use_awaitable);
    if (plan.upload) in->upload = destroyed_on_pool(server, std::move(plan.upload));
    if (plan.refusal) {
      co_await refuse(server, connection, std::move(*plan.refusal));
      co_return false;
    }
  }
  error_code error;
  if (beast::iequals(in->parser.get()[http::field::expect], "100-continue")) {
    error = co_await send_continue(server, connection);
  }
  co_return !error;
}

/// The next bytes of the body, at most a piece of them.
net::awaitable<error_code> read_piece(ConnectionPtr connection, Incoming* in, std::string* piece) {
  piece->resize(body_piece_bytes);
  auto& body = in->parser.get().body();
  body.data = piece->data();
  body.size = piece->size();
  connection->stream.expires_at(in->deadline);
  error_code error;
  co_await http::async_read(connection->stream, connection->buffer, in->parser,
                            net::redirect_error(net::use_awaitable, error));
  if (error == http::error::need_buffer) error = {};  // the piece is full
  piece->resize(piece->size() - body.size);
  co_return error;
}

/// Reads the body into the request, or hands it to the upload. False as above.
net::awaitable<bool> read_body(Server* server, ConnectionPtr connection, Incoming* in) {
  if (!co_await prepare_body(server, connection, in)) co_return false;
  std::string piece;
  while (!in->parser.is_done()) {
    const error_code error = co_await read_piece(connection, in, &piece);
    if (error && !is_parse_failure(error)) co_return false;
    std::optional<HttpResponse> failure;
    if (error) {
      failure = parse_failure(error, server->limits);
    } else if (in->upload) {
      failure = co_await net::co_spawn(server->pool.get_executor(), write_on_pool(in, piece),
                                       net::use_awaitable);
    } else {
      in->request.body += piece;
    }
    if (failure) {
      in->upload.reset();
      co_await refuse(server, connection, std::move(*failure));
      co_return false;
    }
  }
  co_return true;
}

/// One request and its answer. False when the connection is to be closed.
net::awaitable<bool> serve_one(Server* server, ConnectionPtr connection) {
  Incoming in;
  begin_waiting(*connection);
  if (!co_await read_header(server, connection, &in)) co_return false;
  if (!in.parser.is_done() && !co_await read_body(server, connection, &in)) co_return false;
  connection->phase = Connection::Phase::answering;
  std::string path = in.request.path;
  HttpResponse response;
  if (in.upload) {
    response = co_await net::co_spawn(server->pool.get_executor(), finish_on_pool(&in),
                                      net::use_awaitable);
  } else {
    response = co_await answer(server, connection, std::move(in.request));
  }
  const auto& asked = in.parser.get();
  const bool is_head = asked.method() == http::verb::head;
  NextPiece next_piece = std::move(response.next_piece);
  const Framing framing = is_head                 ? Framing::header_only
                          : asked.version() >= 11 ? Framing::chunked
                                                  : Framing::until_close;
  const bool has_end = !next_piece || framing != Framing::until_close;
  const bool stay = has_end && asked.keep_alive() && server->state == Server::State::serving;
  auto wire = to_wire(std::move(response), stay ? After::keep_open : After::close);
  // The length stays what a GET would have.
  if (is_head) wire.body().clear();
  const auto error = next_piece
                         ? co_await send_pieces(server, connection, std::move(wire),
                                                std::move(next_piece), framing, std::move(path))
                         : co_await send(server, connection, std::move(wire));
  co_return !error && stay;
}

net::awaitable<void> session(Server* server, ConnectionPtr connection) {
  const Registration registration(server, connection.get());
  while (server->state == Server::State::serving && co_await serve_one(server, connection)) {
  }
}

net::awaitable<void> turn_away(Server* server, ConnectionPtr connection) {
  auto response = to_wire(
      error_response(503, "busy", "too many connections are open already; try again in a moment"),
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
    if (!make_room(server, connection->peer)) {
      net::co_spawn(server->loop, turn_away(server, std::move(connection)), net::detached);
      continue;
    }
    net::co_spawn(server->loop, session(server, std::move(connection)), net::detached);
  }
}

void begin_stop(Server* server) {
  server->state = Server::State::stopping;
  error_code ignored;
  server->acceptor.close(ignored);
  if (server->connections.empty()) return;
  for (auto* const connection : server->connections) {
    connection->again.cancel();
    if (connection->phase != Connection::Phase::answering) close(*connection);
  }
  // A peer that does not read its answer must not hold the process.
  server->stop_timer.expires_after(stop_timeout);
  server->stop_timer.async_wait([server](const error_code& error) {
    if (error) return;
    for (auto* const connection : server->connections) close(*connection);
  });
}

void start(Server* server) {
  net::co_spawn(server->loop, accept_connections(server), net::detached);
  server->thread = std::thread([server] { server->loop.run(); });
}

}  // namespace

struct HttpServer::Impl {
  Server server;
};

HttpServer::HttpServer(std::string socket_path, HttpLimits limits, HttpHandler handler,
                       BodyPlanner planner)
    : impl_(new Impl{
          {listen_on(std::move(socket_path)), limits, std::move(handler), std::move(planner)}}) {
  start(&impl_->server);
}

HttpServer::HttpServer(const TcpPlace& place, HttpLimits limits, HttpHandler handler,
                       BodyPlanner planner)
    : impl_(new Impl{{listen_on(place), limits, std::move(handler), std::move(planner)}}) {
  start(&impl_->server);
}

unsigned short HttpServer::port() const {
  return impl_->server.listener.port;
}

HttpServer::~HttpServer() {
  auto* const server = &impl_->server;
  net::post(server->loop, [server] { begin_stop(server); });
  server->thread.join();
  server->pool.join();
}

}  // namespace costd
