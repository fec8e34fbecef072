// Who may ask over the Unix socket, and whether and where costd listens on TCP.

#include <unistd.h>

#include <catch2/catch.hpp>

#include "tests/config/config_folder.hpp"

namespace costd {
namespace {

const std::string good = "sources: [{ name: gateway, path: spool }]\n";

ControlSettings control_of(const std::string& text) {
  const ConfigFolder folder;
  return load_settings(folder.write("costd.yaml", good + text), jobs_of_tests()).control;
}

}  // namespace

TEST_CASE("without a word about it there is no TCP, and the socket's file decides", "[config]") {
  for (const char* text : {"", "control: { socket: s }"}) {
    const ControlSettings control = control_of(text);
    CHECK_FALSE(control.tcp);
    CHECK_FALSE(control.roles);
    CHECK(control.allowed_hosts.empty());
  }
}

TEST_CASE("roles take users and groups by name and by number", "[config]") {
  const ControlSettings control = control_of(
      "control:\n"
      "  roles:\n"
      "    viewer: { uids: [1001, 65534], gids: [100] }\n"
      "    operator: { gids: [root, 4294967294] }\n"
      "    admin: { uids: [root] }\n");
  REQUIRE(control.roles);
  CHECK(control.roles->viewer.uids == std::set<unsigned>{1001, 65534});
  CHECK(control.roles->viewer.gids == std::set<unsigned>{100});
  CHECK(control.roles->operator_.uids.empty());
  CHECK(control.roles->operator_.gids == std::set<unsigned>{0, 4294967294});
  CHECK(control.roles->admin.uids == std::set<unsigned>{0});
}

TEST_CASE("roles without members let nobody in but root and costd's own user", "[config]") {
  const ControlSettings control = control_of("control: { roles: {} }");
  REQUIRE(control.roles);
  CHECK(control.roles->viewer.uids.empty());
}

TEST_CASE("TCP is a loopback address and a port", "[config]") {
  const ControlSettings four = control_of("control: { tcp: \"127.0.0.1:8080\" }");
  CHECK(four.tcp->address == "127.0.0.1");
  CHECK(four.tcp->port == 8080);
  CHECK(four.tcp->text() == "127.0.0.1:8080");
  const ControlSettings six = control_of("control: { tcp: \"[::1]:65535\" }");
  CHECK(six.tcp->address == "::1");
  CHECK(six.tcp->port == 65535);
  CHECK(six.tcp->text() == "[::1]:65535");
}

TEST_CASE("names of hosts are kept in lower case", "[config]") {
  CHECK(
      control_of("control: { allowed_hosts: [Costs.Example.com, \"costs:8443\"] }").allowed_hosts ==
      std::vector<std::string>{"costs.example.com", "costs:8443"});
}

TEST_CASE("a place to listen that others can reach is refused, and so is none", "[config]") {
  const std::string reachable =
      ", reachable from other machines, where tokens would travel in the clear; write "
      "127.0.0.1:PORT and let a reverse proxy on this machine do TLS";
  const std::string none = ", no address with a port; write it like 127.0.0.1:8080 or [::1]:8080";
  const std::vector<std::pair<std::string, std::string>> rows{{"0.0.0.0:8080", reachable},
                                                              {"192.168.1.5:80", reachable},
                                                              {"[::]:8080", reachable},
                                                              {"[fe80::1]:80", reachable},
                                                              {"128.0.0.1:80", reachable},
                                                              {"8080", none},
                                                              {":8080", none},
                                                              {"127.0.0.1", none},
                                                              {"127.0.0.1:0", none},
                                                              {"127.0.0.1:65536", none},
                                                              {"127.0.0.1:http", none},
                                                              {"localhost:8080", none},
                                                              {"127.1:80", none},
                                                              {"::1:8080", none},
                                                              {"[127.0.0.1]:80", none}};
  for (const auto& [text, complaint] : rows) {
    INFO(text);
    const std::string said = complaint_about(good + "control: { tcp: \"" + text + "\" }");
    CHECK(said == "costd.yaml:2:17: 'tcp' is \"" + text + "\"" + complaint);
  }
}

TEST_CASE("members and hosts that cannot be are refused where they stand", "[config]") {
  const std::vector<BadFile> rows{
      {"control: { roles: { viewer: { uids: [nobody-of-this-name] } } }",
       "2:38: an entry of 'uids' is \"nobody-of-this-name\", no user of this machine; write a name "
       "or number that it has"},
      {"control: { roles: { viewer: { gids: [-1] } } }",
       "2:38: an entry of 'gids' is \"-1\", no group of this machine; write a name or number that "
       "it has"},
      {"control: { roles: { viewer: { uids: [4294967295] } } }",
       "2:38: an entry of 'uids' is \"4294967295\", no user of this machine; write a name or "
       "number that it has"},
      {"control: { roles: { owner: { uids: [0] } } }",
       "2:21: unknown key 'owner'; 'roles' may have viewer, operator, admin"},
      {"control: { allowed_hosts: [\"https://costs.example.com\"] }",
       "2:28: an entry of 'allowed_hosts' is \"https://costs.example.com\", no name of a host; "
       "write it as browsers send it, like costs.example.com"},
  };
  for (const BadFile& row : rows) {
    INFO(row.text);
    CHECK(complaint_about(good + row.text) == "costd.yaml:" + row.complaint);
  }
}

}  // namespace costd
