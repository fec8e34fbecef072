#pragma once
// Who looks at the console: a signed-in browser, or a peer of the Unix socket.

#include <optional>
#include <string>

#include "daemon/console/session_store.hpp"
#include "daemon/routes.hpp"

namespace costd {

struct Visitor {
  Session session;
  Role role = Role::viewer;
  std::string name;   ///< as the header shows it
  std::string scope;  ///< two visitors of one scope see the same pages
};

/// Nothing where somebody must sign in first.
std::optional<Visitor> find_visitor(Service& service, const RouteCall& call);

inline constexpr const char* session_cookie = "costd_session";
/// The value of the request's cookie of that name, or "".
std::string cookie_of(const HttpRequest& request, const std::string& name);

}  // namespace costd
