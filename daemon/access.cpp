#include "daemon/access.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>

namespace costd {
namespace {

constexpr std::array named_roles{Role::viewer, Role::operator_, Role::admin};

bool has_member(const RoleMembers& members, const Peer& peer) {
  return members.uids.contains(peer.uid) || members.gids.contains(peer.gid) ||
         std::ranges::any_of(peer.groups,
                             [&](unsigned group) { return members.gids.contains(group); });
}

std::optional<Role> role_of(const Peer& peer, const std::optional<ControlRoles>& roles) {
  if (peer.uid == 0 || peer.uid == ::geteuid()) return Role::admin;
  if (!roles) return Role::operator_;
  if (has_member(roles->admin, peer)) return Role::admin;
  if (has_member(roles->operator_, peer)) return Role::operator_;
  if (has_member(roles->viewer, peer)) return Role::viewer;
  return std::nullopt;
}

}  // namespace

const char* name_of(Role role) {
  switch (role) {
    case Role::anyone:
      return "anyone";
    case Role::viewer:
      return "viewer";
    case Role::operator_:
      return "operator";
    case Role::admin:
      return "admin";
  }
  return "anyone";
}

std::optional<Role> parse_role(const std::string& name) {
  const auto* found = std::ranges::find(named_roles, name, [](Role role) { return name_of(role); });
  return found == named_roles.end() ? std::nullopt : std::optional(*found);
}

std::optional<Access> access_of_peer(const Peer& peer, const std::optional<ControlRoles>& roles) {
  const auto role = role_of(peer, roles);
  if (!role) return std::nullopt;
  return Access{*role, std::nullopt, {"uid", std::to_string(peer.uid)}};
}

}  // namespace costd
