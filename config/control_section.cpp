#include <arpa/inet.h>
#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>

#include <algorithm>

#include "config/sections.hpp"
#include "config/words.hpp"

namespace costd {
namespace {

/// The highest number stands for "no user" in system calls.
constexpr std::int64_t id_max = 4'294'967'294;

bool is_loopback(const std::string& address) {
  in_addr four{};
  if (::inet_pton(AF_INET, address.c_str(), &four) == 1) return (ntohl(four.s_addr) >> 24) == 127;
  in6_addr six{};
  return ::inet_pton(AF_INET6, address.c_str(), &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

bool is_address(const std::string& address) {
  in6_addr any{};
  return ::inet_pton(AF_INET, address.c_str(), &any) == 1 ||
         ::inet_pton(AF_INET6, address.c_str(), &any) == 1;
}

TcpSettings read_tcp(const YamlValue& value) {
  const std::string text = value.text();
  const std::size_t colon = text.rfind(':');
  const bool has_brackets = text.starts_with('[') && colon > 0 && text[colon - 1] == ']';
  // 0, which is no port either, where none is written.
  const std::int64_t port =
      colon == std::string::npos ? 0 : parse_integer_setting(text.substr(colon + 1)).value_or(0);
  std::string address = colon == std::string::npos ? text : text.substr(0, colon);
  if (has_brackets) address = address.substr(1, address.size() - 2);
  const bool is_six = address.find(':') != std::string::npos;
  if (!is_address(address) || is_six != has_brackets || port < 1 || port > port_max) {
    value.fail_as_written("no address with a port; write it like 127.0.0.1:8080 or [::1]:8080");
  }
  if (!is_loopback(address)) {
    value.fail_as_written(
        "reachable from other machines, where tokens would travel in the clear; write "
        "127.0.0.1:PORT and let a reverse proxy on this machine do TLS");
  }
  return {address, static_cast<unsigned short>(port)};
}

std::string read_host(const YamlValue& value) {
  std::string host = value.text();
  const bool is_name = std::ranges::all_of(host, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-._:[]").find(c) != std::string_view::npos;
  });
  if (!is_name || host.size() > 255) {
    value.fail_as_written(
        "no name of a host; write it as browsers send it, like costs.example.com");
  }
  for (char& c : host) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return host;
}

std::optional<unsigned> find_user(const std::string& name) {
  const passwd* user = ::getpwnam(name.c_str());
  return user == nullptr ? std::nullopt : std::optional(user->pw_uid);
}

std::optional<unsigned> find_group(const std::string& name) {
  const group* found = ::getgrnam(name.c_str());
  return found == nullptr ? std::nullopt : std::optional(found->gr_gid);
}

/// Numbers, or names that `find` knows.
std::set<unsigned> read_ids(const YamlMap& members, const char* key, const char* kind,
                            std::optional<unsigned> (*find)(const std::string&)) {
  std::set<unsigned> ids;
  const auto list = members.find(key);
  if (!list) return ids;
  for (const YamlValue& entry : list->items()) {
    const std::string text = entry.text();
    std::optional<unsigned> id;
    if (const auto number = parse_integer_setting(text)) {
      if (*number >= 0 && *number <= id_max) id = static_cast<unsigned>(*number);
    } else {
      id = find(text);
    }
    if (!id) {
      entry.fail_as_written(
          fmt::format("no {} of this machine; write a name or number that it has", kind));
    }
    ids.insert(*id);
  }
  return ids;
}

RoleMembers read_members(const YamlMap& roles, const char* role) {
  const auto block = roles.find(role);
  if (!block) return {};
  const YamlMap members = block->map({"uids", "gids"});
  return {read_ids(members, "uids", "user", find_user),
          read_ids(members, "gids", "group", find_group)};
}

}  // namespace

std::string TcpSettings::text() const {
  return address.find(':') == std::string::npos ? fmt::format("{}:{}", address, port)
                                                : fmt::format("[{}]:{}", address, port);
}

Names control_keys() {
  return {"socket", "roles", "tcp", "allowed_hosts"};
}

ControlSettings read_control(const YamlValue& block) {
  const YamlMap control = block.map(control_keys());
  ControlSettings settings;
  if (const auto tcp = control.find("tcp")) settings.tcp = read_tcp(*tcp);
  if (const auto hosts = control.find("allowed_hosts")) {
    for (const YamlValue& host : hosts->items()) settings.allowed_hosts.push_back(read_host(host));
  }
  if (const auto block_of_roles = control.find("roles")) {
    const YamlMap roles = block_of_roles->map({"viewer", "operator", "admin"});
    settings.roles = ControlRoles{read_members(roles, "viewer"), read_members(roles, "operator"),
                                  read_members(roles, "admin")};
  }
  return settings;
}

}  // namespace costd
