#include "daemon/control/http_client.hpp"

// Before any Asio header: awaitable.hpp uses std::exchange without including it.
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <cerrno>
#include <cstdint>
#include <limits>

#include "ledger/error.hpp"

namespace costd {
namespace {

namespace net = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;
using Socket = net::local::stream_protocol::socket;

/// What sun_path holds, without its terminating zero.
constexpr std::size_t socket_path_bytes_max = 107;

void connect(Socket& socket, const std::string& path) {
  if (path.empty() || path.size() > socket_path_bytes_max) {
    throw Error(ErrorCode::config,
                fmt::format("the socket path \"{}\" has {} bytes; from 1 to {} are possible", path,
                            path.size(), socket_path_bytes_max));
  }
  error_code error;
  socket.connect(net::local::stream_protocol::endpoint(path), error);
  if (!error) return;
  if (error.value() == EACCES) {
    throw Error(ErrorCode::refused,
                fmt::format("no permission for the socket {}; ask to be in its group", path));
  }
  throw Error(ErrorCode::network,
              fmt::format("no costd answers on {}; start it, or name its socket with --socket or "
                          "COSTD_SOCKET",
                          path));
}

std::string lower(boost::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

ClientReply to_reply(http::response<http::string_body>&& response) {
  ClientReply reply;
  reply.status = static_cast<int>(response.result_int());
  for (const auto& field : response) {
    reply.headers[lower(field.name_string())] = std::string(field.value());
  }
  reply.content_type = reply.headers["content-type"];
  reply.body = std::move(response.body());
  return reply;
}

}  // namespace

ClientReply http_request(const std::string& socket_path, const std::string& method,
                         const std::string& target, const std::string& body) {
  net::io_context context;
  Socket socket(context);
  connect(socket, socket_path);

  http::request<http::string_body> request;
  request.method_string(method);
  request.target(target);
  request.version(11);
  request.set(http::field::host, "costd");
  request.set(http::field::connection, "close");
  if (!body.empty()) request.set(http::field::content_type, "application/json");
  request.body() = body;
  request.prepare_payload();

  // A server that refuses the request may answer and close before it has read all of it, so the
  // answer counts more than a failed write.
  error_code write_error;
  http::write(socket, request, write_error);
  http::response_parser<http::string_body> parser;
  // Not boost::none: Beast 1.74 compares with it as if it were a limit of nothing.
  parser.body_limit(std::numeric_limits<std::uint64_t>::max());
  boost::beast::flat_buffer buffer;
  error_code error;
  http::read(socket, buffer, parser, error);
  if (error) {
    throw Error(ErrorCode::network,
                fmt::format("costd on {} broke off its answer ({}); look at its log", socket_path,
                            error.message()));
  }
  return to_reply(parser.release());
}

std::string url_encode(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) {
      encoded.push_back(c);
    } else {
      encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return encoded;
}

}  // namespace costd
