#pragma once
// From a request to the access of whoever sent it, or to the answer that turns them away.

#include <map>
#include <mutex>
#include <string>
#include <variant>

#include "daemon/access.hpp"
#include "daemon/control/http.hpp"

namespace costd {

struct Service;

/// Counts what was turned away, so that nobody can fill the audit chain or try tokens for long.
/// Thread-safe.
class FailedAccess {
 public:
  struct Outcome {
    /// How many there were for the reason since its last audit event, with this one; 0 = there was
    /// such an event within the minute, and this one waits for the next.
    std::int64_t to_audit = 0;
    bool too_many = false;  ///< more than ten within a minute, of all reasons together
  };
  Outcome add(const std::string& reason, Instant now);
  /// By reason, since the start.
  std::map<std::string, std::int64_t> counts() const;

 private:
  struct Reason {
    std::int64_t count = 0;
    std::int64_t audited = 0;
    Instant audited_at{};
  };
  mutable std::mutex mutex_;
  std::map<std::string, Reason> reasons_;
  Instant minute_began_{};
  int in_minute_ = 0;
};

/// By the peer on the Unix socket; over TCP by the bearer token, else by what the service's
/// `session_access` makes of the request. A failure is counted, and becomes an audit event.
std::variant<Access, HttpResponse> identify(Service& service, const HttpRequest& request);

/// The path as its bytes can stand in a text, whatever they are.
std::string shown_path(const std::string& path);

}  // namespace costd
