#pragma once
// Requests and answers of the control socket as plain values; nothing here knows Asio.

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>

namespace costd {

struct Peer {
  unsigned uid = 0;
  unsigned gid = 0;
  int pid = 0;
};

struct HttpRequest {
  std::string method;                        ///< "GET", "POST", "DELETE", "PUT"
  std::string path;                          ///< decoded, without the query
  std::map<std::string, std::string> query;  ///< decoded; a repeated name is refused with 400
  std::string body;
  Peer peer;
};

struct HttpResponse {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::map<std::string, std::string> headers;  ///< further ones (Content-Disposition, Location)
  /// Set by a handler that waits for news: ask again until this much time has passed since the
  /// first call, then send this answer as it is.
  std::optional<std::chrono::milliseconds> ask_again_for;
};

/// Called on a worker thread, never on the event loop. Exceptions become 500.
using HttpHandler = std::function<HttpResponse(const HttpRequest&)>;

}  // namespace costd
