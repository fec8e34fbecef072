// The commands of costctl and the table of routes: each command names its route, asks it with
// parameters that it takes, and what programs can do, people can.

#include <algorithm>
#include <boost/algorithm/string/replace.hpp>
#include <catch2/catch.hpp>
#include <set>
#include <sstream>

#include "daemon/costctl_command.hpp"
#include "daemon/costctl_usage.hpp"
#include "daemon/routes.hpp"
#include "tests/daemon/canned_daemon.hpp"

namespace costd {
namespace {

const std::string api = "/v1/admin";

/// "GET /runs/{id}" -> its route, or null.
const Route* find_route_of(const std::vector<Route>& routes, std::string_view named) {
  const auto blank = named.find(' ');
  const std::string path = api + std::string(named.substr(blank + 1));
  const auto found = std::ranges::find_if(routes, [&](const Route& route) {
    return route.method == named.substr(0, blank) && route.path == path;
  });
  return found == routes.end() ? nullptr : &*found;
}

/// Whatever must be said and every option, each with the same value.
std::vector<std::string> fullest_line(const Command& command) {
  std::vector<std::string> line;
  std::istringstream words{std::string(command.words)};
  for (std::string word; words >> word;) line.push_back(word);
  for (const Parameter& parameter : parse_usage(command.arguments)) {
    const bool is_word =
        parameter.kind == Parameter::Kind::word || parameter.kind == Parameter::Kind::words;
    if (is_word && parameter.need == Parameter::Need::required) {
      line.emplace_back(parameter.name == "KIND" ? "policies" : "7");
    }
    if (is_word) continue;
    line.push_back("--" + parameter.name);
    if (parameter.kind == Parameter::Kind::option) line.emplace_back("7");
  }
  return line;
}

/// "GET /runs?limit=7&state=7" -> limit, state
std::set<std::string> query_names(const std::string& request) {
  std::set<std::string> names;
  for (auto at = request.find_first_of("?&"); at != std::string::npos;
       at = request.find('&', at + 1)) {
    names.insert(request.substr(at + 1, request.find('=', at) - at - 1));
  }
  return names;
}

}  // namespace

TEST_CASE("every command names a route that is there, and its help says it", "[costctl]") {
  const auto routes = all_routes();
  for (const Command& command : costctl_commands()) {
    if (command.route.empty()) continue;
    INFO(command.words << ": " << command.route);
    const Route* route = find_route_of(routes, command.route);
    REQUIRE(route != nullptr);
    CHECK_THAT(help_text(command), Catch::Contains(route->method + " " + route->path));
  }
}

TEST_CASE("a question of costctl goes to its route, with parameters that this takes", "[costctl]") {
  const auto routes = all_routes();
  for (const Command& command : costctl_commands()) {
    // These have options for files, not for the daemon.
    const bool has_files = command.words == "audit verify" || command.words == "audit export" ||
                           command.words.ends_with(" download");
    if (!command.route.starts_with("GET ") || has_files) continue;
    const CannedDaemon daemon;
    daemon.costctl(fullest_line(command));
    INFO(command.words << ": " << command.route);
    const Route* route = find_route_of(routes, command.route);
    REQUIRE(route != nullptr);
    REQUIRE(daemon.requests().size() == 1);
    const std::string request = daemon.requests().front();
    const std::string path = request.substr(0, request.find('?'));
    std::string wanted(command.route);
    boost::algorithm::replace_all(wanted, "{kind}", "policies");
    boost::algorithm::replace_all(wanted, "{id}", "7");
    boost::algorithm::replace_all(wanted, "{name}", "7");
    CHECK(path == wanted);
    for (const std::string& name : query_names(request)) {
      INFO(name);
      CHECK(std::ranges::find(route->query, name) != route->query.end());
    }
  }
}

TEST_CASE("what programs can ask, people can, but for a few", "[costctl]") {
  std::set<std::string> without;
  for (const Route& route : all_routes()) {
    if (route.path.starts_with(api)) without.insert(route.method + " " + route.path);
  }
  for (const Command& command : costctl_commands()) {
    if (const auto blank = command.route.find(' '); blank != std::string_view::npos) {
      without.erase(std::string(command.route.substr(0, blank)) + " " + api +
                    std::string(command.route.substr(blank + 1)));
    }
  }
  CHECK(without == std::set<std::string>{
                       "GET /v1/admin",                       // says what there is
                       "GET /v1/admin/sources",               // ingest asks it
                       "GET /v1/admin/quarantine",            // status says how many
                       "GET /v1/admin/audit/checkpoints",     // audit export writes them
                       "GET /v1/admin/budgets/{id}/usage",    // budgets status ID
                       "GET /v1/admin/anomalies/summary",     // of the console
                       "GET /v1/admin/costs/dimensions",      // of the console
                       "POST /v1/admin/token-usage",          // of gateways; ingest takes files
                       "PUT /v1/admin/budgets/{id}",          // edit changes what is named
                       "PUT /v1/admin/tenants/{id}",          // set changes what is named
                       "PUT /v1/admin/evidence/{kind}/{id}",  // set changes what is named
                   });
}

}  // namespace costd
