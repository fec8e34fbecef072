#pragma once
// Who asks, and what they may: decided once for each request.

#include <optional>
#include <string>

#include "config/settings.hpp"
#include "daemon/control/http.hpp"
#include "ledger/audit_event.hpp"

namespace costd {

/// Each may do what those before it may. `anyone` needs neither a token nor a user that is known.
enum class Role { anyone, viewer, operator_, admin };
const char* name_of(Role role);  ///< "operator"
std::optional<Role> parse_role(const std::string& name);

struct Access {
  Role role = Role::viewer;
  std::optional<std::string> tenant{};  ///< sees this one and nothing else; nothing = everything
  Actor actor{};                        ///< as the audit chain names it
};

/// Of a peer of the Unix socket: root and costd's own user are admins. Of the others those that the
/// roles name, by user or any group, have the highest of their roles, and the rest nothing. Where
/// no roles are set, everyone who may open the socket is an operator.
std::optional<Access> access_of_peer(const Peer& peer, const std::optional<ControlRoles>& roles);

}  // namespace costd
