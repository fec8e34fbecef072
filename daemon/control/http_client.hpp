#pragma once
// The client side of the control socket, for costctl: one blocking request at a time.

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace costd {

struct ClientReply {
  int status = 0;
  std::string content_type;
  std::string body;
  std::map<std::string, std::string> headers;  ///< names in lower case
};

/// Sends one request and reads the whole answer. Throws Error(network) if no daemon listens on the
/// socket ("no costd answers on ...; start it, or name its socket with --socket or COSTD_SOCKET").
ClientReply http_request(const std::string& socket_path, const std::string& method,
                         const std::string& target, const std::string& body = "");

/// Percent-encodes one component of a path or a query.
std::string url_encode(std::string_view text);

}  // namespace costd
