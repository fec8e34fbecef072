#include "daemon/console/visitor.hpp"

#include <string_view>

#include "daemon/access_token.hpp"
#include "daemon/console/console.hpp"
#include "daemon/request_check.hpp"

namespace costd {

std::string cookie_of(const HttpRequest& request, const std::string& name) {
  const auto header = request.headers.find("cookie");
  if (header == request.headers.end()) return "";
  std::string_view rest = header->second;
  while (!rest.empty()) {
    std::string_view pair = rest.substr(0, rest.find_first_of(";,"));
    rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
    while (pair.starts_with(' ')) pair.remove_prefix(1);
    if (pair.size() > name.size() && pair.starts_with(name) && pair[name.size()] == '=') {
      return std::string(pair.substr(name.size() + 1));
    }
  }
  return "";
}

std::string Visitor::scope() const {
  return std::string(name_of(access.role)) + " " + access.tenant.value_or("");
}

std::optional<Access> access_of_session(Service& service, const HttpRequest& request) {
  const std::string id = cookie_of(request, session_cookie);
  const auto session = service.console->sessions.find(id, service.clock.elapsed());
  if (!session || session->token.empty()) return std::nullopt;
  if (!is_safe_method(request.method)) {
    const auto given = request.headers.find(csrf_header);
    const bool is_own =
        given != request.headers.end() && is_same_secret(given->second, session->csrf);
    if (!is_own) return std::nullopt;
  }
  return access_of_token(service, session->token);
}

std::optional<Visitor> find_visitor(Service& service, const RouteCall& call) {
  SessionStore& sessions = service.console->sessions;
  const Peer& peer = call.request.peer;
  if (peer.via == Peer::Via::unix_socket) {
    auto access = access_of_peer(peer, service.settings.get()->control.roles);
    if (!access) return std::nullopt;
    return Visitor{sessions.of_peer(peer.uid), std::move(*access)};
  }
  auto session = sessions.find(cookie_of(call.request, session_cookie), service.clock.elapsed());
  if (!session || session->token.empty()) return std::nullopt;
  auto access = access_of_token(service, session->token);
  if (!access) return std::nullopt;
  return Visitor{std::move(*session), std::move(*access)};
}

}  // namespace costd
