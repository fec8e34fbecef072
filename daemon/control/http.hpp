#pragma once
// Requests and answers of the control socket as plain values; nothing here knows Asio.

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace costd {

/// Who is at the other end, as the kernel says.
struct Peer {
  unsigned uid = 0;
  unsigned gid = 0;
  int pid = 0;
  std::vector<unsigned> groups{};  ///< the supplementary ones
  /// Over TCP nobody is known by the kernel: the numbers above mean nothing then.
  enum class Via { unix_socket, tcp } via = Via::unix_socket;
  std::string address{};  ///< over TCP
};

struct HttpRequest {
  std::string method;                        ///< "GET", "POST", "DELETE", "PUT"
  std::string path;                          ///< decoded, without the query
  std::map<std::string, std::string> query;  ///< decoded; a repeated name is refused with 400
  /// Names in lower case; values of a repeated name in their order, with ", " between them.
  std::map<std::string, std::string> headers{};
  std::string body;
  Peer peer;
};

/// What follows the body of an answer, a piece a call, each asked for on a worker thread when the
/// one before has been sent; "" is the end. An exception cuts the connection, so that the peer
/// knows that it has not got everything (but for one that speaks HTTP/1.0 over a Unix socket).
using NextPiece = std::function<std::string()>;

struct HttpResponse {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  NextPiece next_piece{};  ///< of an answer too large for memory, whose body is its first piece
  std::map<std::string, std::string> headers;  ///< further ones (Content-Disposition, Location)
  /// Set by a handler that waits for news: ask again until this much time has passed since the
  /// first call, then send this answer as it is.
  std::optional<std::chrono::milliseconds> ask_again_for;
};

/// Called on a worker thread, never on the event loop. Exceptions become 500.
using HttpHandler = std::function<HttpResponse(const HttpRequest&)>;

/// Takes the body of one request piece by piece and gives the answer, all on worker threads, one
/// call at a time; the next piece is read when the last one was taken. Destroyed on a worker, too:
/// without a `finish` nothing may be left of it. Exceptions become the answer.
class Upload {
 public:
  virtual ~Upload() = default;
  virtual void write(std::string_view piece) = 0;
  virtual HttpResponse finish() = 0;
};

/// What becomes of a body that is about to come.
struct BodyPlan {
  std::unique_ptr<Upload> upload;       ///< takes it; null: it is kept in memory for the handler
  std::optional<HttpResponse> refusal;  ///< the answer instead, and the body is not read
};

/// Called on a worker thread with a request whose body has not been read. Exceptions refuse it.
using BodyPlanner = std::function<BodyPlan(const HttpRequest&)>;

}  // namespace costd
