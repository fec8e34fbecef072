#pragma once
// Between Beast's messages and plain values. For http_server.cpp only, which pays for Beast once.

#include <fmt/format.h>

#include <algorithm>
#include <boost/beast/http.hpp>
#include <optional>
#include <string>

#include "daemon/control/http_answer.hpp"
#include "daemon/control/http_server.hpp"
#include "daemon/control/http_target.hpp"
#include "ledger/error.hpp"

namespace costd {

namespace http = boost::beast::http;
using Parser = http::request_parser<http::buffer_body>;
using Response = http::response<http::string_body>;

inline constexpr std::ptrdiff_t header_fields_max = 64;

inline HttpResponse parse_failure(const boost::system::error_code& error,
                                  const HttpLimits& limits) {
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

inline bool is_parse_failure(const boost::system::error_code& error) {
  return error && error.category() == http::make_error_code(http::error::bad_method).category() &&
         error != http::error::end_of_stream && error != http::error::partial_message;
}

/// Beast takes the pair in some orders and spellings; smuggling needs two readers that disagree.
inline std::optional<HttpResponse> header_failure(const Parser& parser) {
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

inline char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Everything but the body. Throws Error(usage) for a target that is none.
inline HttpRequest to_request(const Parser& parser, const Peer& peer) {
  const auto& fields = parser.get();
  HttpTarget target =
      parse_http_target(std::string_view(fields.target().data(), fields.target().size()));
  HttpRequest request;
  request.method = std::string(fields.method_string());
  request.path = std::move(target.path);
  request.query = std::move(target.query);
  for (const auto& field : fields) {
    std::string name(field.name_string());
    std::ranges::transform(name, name.begin(), to_lower);
    const auto [known, is_new] = request.headers.try_emplace(name, field.value());
    if (!is_new) known->second += ", " + std::string(field.value());
  }
  request.peer = peer;
  return request;
}

enum class After { keep_open, close };

inline Response to_wire(HttpResponse from, After after) {
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

}  // namespace costd
