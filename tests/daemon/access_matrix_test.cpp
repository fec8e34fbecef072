// Every route, by every role, for the platform and for a tenant, about its own things and those of
// another: who gets what, and that nobody hears of others.

#include <catch2/catch.hpp>
#include <cstring>
#include <set>
#include <sstream>

#include "tests/daemon/access_samples.hpp"

namespace costd {
namespace {

using nlohmann::json;
using test::AccessWorld;
using test::foreign_tenant;
using test::Maker;
using test::own_tenant;
using test::Sample;
using test::samples;
using test::unknown_tenant;

std::string name_of(const Route& route) {
  return route.method + " " + route.path;
}

/// The pages of the console ask these routes as their visitor, and have no figures of their own.
std::vector<Route> api_routes() {
  std::vector<Route> routes = all_routes();
  std::erase_if(routes, [](const Route& route) { return route.path.starts_with("/console"); });
  return routes;
}

HttpRequest request_of(const Route& route, const Sample& sample) {
  HttpRequest request;
  request.method = route.method;
  request.path = route.path;
  for (const auto& [part, value] : {std::pair{"{format}", std::string("csv")},
                                    std::pair{"{kind}", sample.id}, std::pair{"{month}", sample.id},
                                    std::pair{"{name}", sample.id}, std::pair{"{id}", sample.id}}) {
    const auto found = request.path.find(part);
    if (found != std::string::npos) request.path.replace(found, std::strlen(part), value);
  }
  request.query = sample.query;
  request.body = sample.body;
  request.headers = sample.headers;
  return request;
}

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  if (what.empty()) return text;
  for (auto found = text.find(what); found != std::string::npos; found = text.find(what, found)) {
    text.replace(found, what.size(), with);
    found += with.size();
  }
  return text;
}

/// Status, headers and body, with what was asked for left out.
std::string said(const HttpResponse& response, const std::string& asked_for) {
  std::string text = response.content_type;
  for (const auto& [name, value] : response.headers) text += "\n" + name + ": " + value;
  return std::to_string(response.status) + " " +
         replaced(text + "\n\n" + response.body, asked_for, "(id)");
}

std::vector<std::string> segments_of(const std::string& path) {
  std::vector<std::string> segments;
  std::istringstream stream(path);
  for (std::string segment; std::getline(stream, segment, '/');) segments.push_back(segment);
  return segments;
}

bool matches(const std::string& pattern, const std::string& path) {
  return std::ranges::equal(segments_of(pattern), segments_of(path),
                            [](const std::string& wanted, const std::string& given) {
                              return wanted == given || wanted.starts_with('{');
                            });
}

/// What the answer should be where the route is not there for whoever asks.
std::string absence_of(const HttpRequest& request, const Access& access) {
  const bool has_other_method = std::ranges::any_of(all_routes(), [&](const Route& other) {
    return matches(other.path, request.path) && is_there(other, access);
  });
  return has_other_method
             ? "405 " + request.method + " is not possible on " + request.path
             : "404 there is no " + request.path + "; GET /v1/admin lists what there is";
}

Access access_of(Role role, std::optional<std::string> tenant) {
  return {role, std::move(tenant), {"token", "t1"}};
}

const std::vector<Role> roles{Role::viewer, Role::operator_, Role::admin};

}  // namespace

TEST_CASE("every route has a sample request", "[access]") {
  std::set<std::string> known;
  for (const Route& route : api_routes()) {
    CAPTURE(name_of(route));
    CHECK(samples().contains(name_of(route)));
    known.insert(name_of(route));
  }
  for (const auto& [name, maker] : samples()) {
    CAPTURE(name);
    CHECK(known.contains(name));
  }
}

TEST_CASE("a route keeps tenants apart by a rule that it can follow", "[access]") {
  for (const Route& route : api_routes()) {
    CAPTURE(name_of(route));
    const bool has_guard = route.tenant.guard != nullptr;
    CHECK(has_guard == (route.tenant.use == TenantUse::of_path_id));
    const bool takes_tenant = std::ranges::find(route.query, "tenantId") != route.query.end();
    if (route.tenant.use == TenantUse::filtered_by_query) CHECK(takes_tenant);
    // Only safe methods are left to a filter of the query.
    CHECK((route.method == "GET" || route.tenant.use != TenantUse::filtered_by_query));
  }
}

TEST_CASE("the platform's users may do what their role may", "[access]") {
  AccessWorld world;
  for (const Route& route : api_routes()) {
    for (const Role role : roles) {
      CAPTURE(name_of(route), costd::name_of(role));
      const Sample sample = samples().at(name_of(route))(world, own_tenant);
      const HttpResponse response =
          world.ask(access_of(role, std::nullopt), request_of(route, sample));
      INFO(response.body.substr(0, 300));
      CHECK(response.status == (role < route.role ? 403 : sample.status));
    }
  }
}

TEST_CASE("a tenant's users have their own things, and what is the platform's is not there",
          "[access]") {
  AccessWorld world;
  for (const Route& route : api_routes()) {
    for (const Role role : roles) {
      CAPTURE(name_of(route), costd::name_of(role));
      const Access access = access_of(role, own_tenant);
      const Sample sample = samples().at(name_of(route))(world, own_tenant);
      const HttpRequest request = request_of(route, sample);
      const HttpResponse response = world.ask(access, request);
      const std::string answer = said(response, "");
      INFO(answer.substr(0, 500));
      CHECK(answer.find("canary") == std::string::npos);
      if (!is_there(route, access)) {
        CHECK(std::to_string(response.status) + " " +
                  json::parse(response.body).at("error").at("message").get<std::string>() ==
              absence_of(request, access));
      } else {
        CHECK(response.status == (role < route.role ? 403 : sample.status));
      }
    }
  }
}

TEST_CASE("what is another tenant's answers byte for byte like what is not there", "[access]") {
  AccessWorld world;
  for (const Route& route : api_routes()) {
    for (const Role role : roles) {
      CAPTURE(name_of(route), costd::name_of(role));
      const Access access = access_of(role, own_tenant);
      const Maker& maker = samples().at(name_of(route));
      const Sample foreign = maker(world, foreign_tenant);
      const Sample absent = maker(world, "");
      const auto answer = [&](const Sample& sample, const std::string& tenant) {
        const std::string text = said(world.ask(access, request_of(route, sample)), sample.id);
        return replaced(text, tenant, "(tenant)");
      };
      const std::string of_foreign = answer(foreign, foreign_tenant);
      INFO(of_foreign.substr(0, 500));
      CHECK(of_foreign.find("canary") == std::string::npos);
      if (route.tenant.use == TenantUse::open) continue;
      CHECK(of_foreign == answer(absent, unknown_tenant));
    }
  }
}

TEST_CASE("without a filter a tenant's users get theirs alone", "[access]") {
  AccessWorld world;
  for (const Route& route : api_routes()) {
    if (route.tenant.use != TenantUse::filtered_by_query) continue;
    const Sample sample = samples().at(name_of(route))(world, own_tenant);
    // Every other value of each parameter that widens a question.
    for (const char* by : {"", "total", "tenant", "provider", "model", "tenant-model"}) {
      CAPTURE(name_of(route), by);
      HttpRequest request = request_of(route, sample);
      if (request.query.contains("by")) request.query["by"] = by;
      for (const char* tenant : {"(none)", ""}) {
        request.query.erase("tenantId");
        if (*tenant == '\0') request.query["tenantId"] = "";
        const HttpResponse response = world.ask(access_of(Role::viewer, own_tenant), request);
        INFO(response.body.substr(0, 500));
        CHECK(response.status == 200);
        CHECK(said(response, "").find("canary") == std::string::npos);
      }
    }
  }
}

TEST_CASE("what keeps a month open is told to its tenant, but not what is of others", "[access]") {
  AccessWorld world;
  Settings settings = world.settings();
  SourceSettings silent;
  silent.name = "source-canary";
  settings.sources.push_back(silent);
  world.service.settings.replace(settings);
  HttpRequest request;
  request.method = "GET";
  request.path = "/v1/admin/periods";
  request.query = {{"month", "2026-09"}, {"tenantId", own_tenant}};
  const auto obstacles = [&](const Access& access) {
    const HttpResponse response = world.ask(access, request);
    INFO(response.body);
    const bool is_bound = access.tenant.has_value();
    CHECK((response.body.find("canary") == std::string::npos) == is_bound);
    return json::parse(response.body).at(0).at("obstacles");
  };
  REQUIRE(obstacles(access_of(Role::viewer, std::nullopt)).size() == 1);
  const json seen = obstacles(access_of(Role::viewer, own_tenant));
  REQUIRE(seen.size() == 1);
  CHECK(seen[0].at("gate") == "sources");
  CHECK(seen[0].at("what") == "something of the platform is in the way");
  CHECK(seen[0].at("amount").is_null());

  HttpRequest waive;
  waive.method = "POST";
  waive.path = "/v1/admin/periods/2026-09/waive";
  waive.body = json{{"reason", "canary"}, {"tenantId", own_tenant}}.dump();
  CHECK(world.ask(access_of(Role::operator_, std::nullopt), waive).status == 202);
  CHECK(obstacles(access_of(Role::viewer, own_tenant))[0].at("waived") == true);
}

TEST_CASE("a tenant's operators write their own caps, within the platform's", "[access]") {
  AccessWorld world;
  const Access access = access_of(Role::operator_, own_tenant);
  const auto ask = [&](const std::string& method, const std::string& path, const json& body) {
    HttpRequest request;
    request.method = method;
    request.path = "/v1/admin/budgets" + path;
    request.body = body.dump();
    const HttpResponse response = world.ask(access, request);
    return std::pair{response.status, json::parse(response.body)};
  };
  const auto message = [](const auto& answer) {
    return answer.second.at("error").at("message").template get<std::string>();
  };
  const json cap{{"name", "mine"}, {"period", "MONTHLY"}, {"limitUsd", "0.5"}};
  const auto added = ask("POST", "", cap);
  REQUIRE(added.first == 201);
  CHECK(added.second.at("tenantId") == own_tenant);
  CHECK(added.second.at("managedBy") == "TENANT");
  const std::string id = "/" + added.second.at("id").get<std::string>();

  json high = cap;
  high["name"] = "high";
  high["limitUsd"] = "2";
  CHECK(ask("POST", "", high).first == 403);  // the global cap is 1 USD
  json platform = cap;
  platform["name"] = "other";
  platform["managedBy"] = "PLATFORM";
  CHECK(message(ask("POST", "", platform)) ==
        "managedBy is TENANT for caps that a tenant writes; leave it out");
  platform.erase("managedBy");
  platform["tenantId"] = "";
  CHECK(ask("POST", "", platform).first == 400);

  CHECK(ask("PATCH", id, {{"version", 1}, {"limitUsd", "0.4"}}).first == 200);
  CHECK(ask("PATCH", id, {{"version", 2}, {"tenantId", foreign_tenant}}).first == 400);
  CHECK(ask("PATCH", id, {{"version", 2}, {"managedBy", "PLATFORM"}}).first == 403);
  CHECK(
      ask("PUT", id, {{"version", 2}, {"name", "mine"}, {"period", "MONTHLY"}, {"limitUsd", "0.3"}})
          .second.at("managedBy") == "TENANT");
  CHECK(ask("DELETE", id, nullptr).first == 200);

  const std::string of_platform = "/" + world.add_cap(own_tenant, "platform", ManagedBy::platform);
  CHECK(ask("GET", of_platform + "/usage", nullptr).first == 200);
  for (const auto& [method, body] : {std::pair{"PATCH", json{{"version", 1}, {"enabled", false}}},
                                     std::pair{"DELETE", json()}}) {
    const auto refused = ask(method, of_platform, body);
    CHECK(refused.first == 403);
    CHECK_THAT(message(refused), Catch::Contains("is the platform's, which alone may change it"));
  }
  // A name that another tenant has is taken, and no more is said of it.
  const std::string taken = "cap canary " + std::to_string(world.made + 1);
  world.add_cap(foreign_tenant, "canary", ManagedBy::tenant);
  json same = cap;
  same["name"] = taken;
  CHECK(message(ask("POST", "", same)) == "name \"" + taken + "\" is taken; choose another name");
}

}  // namespace costd
