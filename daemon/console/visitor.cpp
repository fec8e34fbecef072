#include "daemon/console/visitor.hpp"

#include <string_view>

#include "daemon/console/console.hpp"

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

std::optional<Visitor> find_visitor(Service& service, const RouteCall& call) {
  const Role role = role_of(call.request.peer);
  return Visitor{service.console->sessions.of_peer(call.request.peer.uid), role,
                 call.actor().text(), name_of(role)};
}

}  // namespace costd
