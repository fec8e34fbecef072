#pragma once
// Who looks at the console: a signed-in browser, or a peer of the Unix socket.

#include <optional>
#include <string>

#include "daemon/access.hpp"
#include "daemon/console/session_store.hpp"
#include "daemon/routes.hpp"

namespace costd {

struct Visitor {
  Session session;
  Access access;
  /// Two visitors of one scope see the same pages.
  std::string scope() const;
};

/// Nothing where somebody must sign in first.
std::optional<Visitor> find_visitor(Service& service, const RouteCall& call);

/// What the cookie of the request stands for: the session's token, as it is now. A request that may
/// change something must repeat the session's csrf in a header, which no other site can make a
/// browser send.
std::optional<Access> access_of_session(Service& service, const HttpRequest& request);

inline constexpr const char* session_cookie = "costd_session";
inline constexpr const char* csrf_header = "x-csrf";
/// The value of the request's cookie of that name, or "".
std::string cookie_of(const HttpRequest& request, const std::string& name);

}  // namespace costd
