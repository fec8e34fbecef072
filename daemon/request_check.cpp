#include "daemon/request_check.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "daemon/access_token.hpp"
#include "daemon/control/http_answer.hpp"

namespace costd {
namespace {

std::string header_of(const HttpRequest& request, const char* name) {
  const auto found = request.headers.find(name);
  return found == request.headers.end() ? "" : found->second;
}

std::string in_lower_case(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

/// "costs.example.com:8443" -> "costs.example.com"; the text as it is where it ends in no port.
std::string without_port(const std::string& host) {
  const std::size_t colon = host.rfind(':');
  if (colon == std::string::npos || colon + 1 == host.size()) return host;
  const bool is_port = host.find_first_not_of("0123456789", colon + 1) == std::string::npos;
  return is_port ? host.substr(0, colon) : host;
}

/// A name that a page elsewhere has made point to this machine is not among them.
bool is_own_host(const std::string& host, const ControlSettings& control) {
  const std::string port = control.tcp ? fmt::format(":{}", control.tcp->port) : "";
  for (const char* name : {"127.0.0.1", "localhost", "[::1]"}) {
    if (host == name + port || (port == ":80" && host == name)) return true;
  }
  if (control.tcp && host == control.tcp->text()) return true;
  return std::ranges::any_of(control.allowed_hosts, [&](const std::string& allowed) {
    return allowed == host || allowed == without_port(host);
  });
}

std::optional<HttpResponse> check_host(const std::string& host, const ControlSettings& control) {
  if (host.empty() || host.find(',') != std::string::npos) {
    return error_response(400, "bad_request", "send one Host header");
  }
  if (is_own_host(host, control)) return std::nullopt;
  return error_response(421, "misdirected",
                        "this host name is not one of costd's; use 127.0.0.1 with its port, or add "
                        "the name to control.allowed_hosts");
}

std::optional<HttpResponse> check_site(const HttpRequest& request, const std::string& host) {
  const std::string origin = in_lower_case(header_of(request, "origin"));
  const bool is_own = origin == "http://" + host || origin == "https://" + host;
  if (!origin.empty() && !is_own && !is_safe_method(request.method)) {
    return error_response(403, "refused", "a page of another site may change nothing here");
  }
  const bool is_link =
      is_safe_method(request.method) && header_of(request, "sec-fetch-mode") == "navigate";
  if (header_of(request, "sec-fetch-site") == "cross-site" && !is_link) {
    return error_response(403, "refused", "a page of another site may ask nothing here");
  }
  return std::nullopt;
}

std::optional<HttpResponse> check_address(const HttpRequest& request) {
  const auto holds_token = [](const auto& pair) {
    return pair.first == "access_token" || looks_like_token(pair.second);
  };
  if (std::ranges::none_of(request.query, holds_token)) return std::nullopt;
  return error_response(400, "usage",
                        "a token in the address is written into logs and histories; revoke it, and "
                        "send a new one as Authorization: Bearer TOKEN");
}

}  // namespace

bool is_safe_method(const std::string& method) {
  return method == "GET" || method == "HEAD" || method == "OPTIONS";
}

std::optional<HttpResponse> check_request(const HttpRequest& request,
                                          const ControlSettings& control) {
  if (request.peer.via == Peer::Via::tcp) {
    const std::string host = in_lower_case(header_of(request, "host"));
    if (auto refusal = check_host(host, control)) return refusal;
    if (auto refusal = check_site(request, host)) return refusal;
  }
  return check_address(request);
}

}  // namespace costd
