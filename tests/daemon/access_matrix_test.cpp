// Every route, by every role, for the platform and for a tenant, about its own things and those of
// another: who gets what, and that nobody hears of others.

#include <catch2/catch.hpp>
#include <cstring>
#include <set>
#include <sstream>

#include "tests/daemon/access_world.hpp"

namespace costd {
namespace {

using nlohmann::json;
using test::AccessWorld;
using test::foreign_tenant;
using test::own_tenant;
using test::unknown_tenant;

/// A request that a route takes, about something of the tenant, and what it answers if it may.
struct Sample {
  int status = 200;
  std::string id{};  ///< stands for {id}, {month}, {name}, {kind}; made for this request
  std::map<std::string, std::string> query{};
  std::string body{};
  std::map<std::string, std::string> headers{};
};

/// With "" for the tenant the sample is about something that is not there.
using Maker = std::function<Sample(AccessWorld&, const std::string& tenant)>;

std::string mark_of(const std::string& tenant) {
  return tenant == own_tenant ? "plain" : "canary";
}

Maker plain(int status = 200, const std::string& id = "", const json& body = nullptr,
            const std::map<std::string, std::string>& query = {}) {
  return [=](AccessWorld&, const std::string&) {
    return Sample{status, id, query, body.is_null() ? "" : body.dump()};
  };
}

/// With the tenant in the query.
Maker filtered(const std::map<std::string, std::string>& query = {}, const std::string& id = "") {
  return [=](AccessWorld&, const std::string& tenant) {
    Sample sample{200, id, query};
    sample.query["tenantId"] = tenant.empty() ? unknown_tenant : tenant;
    return sample;
  };
}

Maker report(const std::string& kind, const std::map<std::string, std::string>& query = {}) {
  return [=](AccessWorld& world, const std::string& tenant) {
    const std::string id =
        tenant.empty() ? world.fresh_id() : world.add_report(tenant, kind, mark_of(tenant));
    return Sample{200, id, query};
  };
}

Maker cap(const json& body = nullptr) {
  return [=](AccessWorld& world, const std::string& tenant) {
    const std::string id = tenant.empty()
                               ? world.fresh_id()
                               : world.add_cap(tenant, mark_of(tenant), ManagedBy::tenant);
    json sent = body;
    if (!sent.is_null()) sent["version"] = 1;
    if (sent.contains("name")) sent["name"] = "put " + std::to_string(++world.made);
    return Sample{200, id, {}, sent.is_null() ? "" : sent.dump()};
  };
}

Maker queued_run(int status) {
  return [=](AccessWorld& world, const std::string&) {
    RunRequest request;
    request.actor = {"uid", "0"};
    request.jobs = {"ingest"};
    request.parameters = {{"n", std::to_string(++world.made)}};
    return Sample{status, world.runs.submit(request).id, {{"reason", "r"}}};
  };
}

Maker message(std::map<std::string, std::string> query = {}) {
  return [=](AccessWorld& world, const std::string&) {
    return Sample{200, world.add_outbox_message(), query};
  };
}

Maker new_cap() {
  return [](AccessWorld& world, const std::string& tenant) {
    const json body{{"name", "new " + std::to_string(++world.made)},
                    {"tenantId", tenant.empty() ? unknown_tenant : tenant},
                    {"period", "MONTHLY"},
                    {"limitUsd", "0.5"}};
    return Sample{201, "", {}, body.dump()};
  };
}

Sample post_of_usage(AccessWorld&, const std::string&) {
  Sample sample{202, "", {{"source", "gateway"}}};
  sample.headers["content-type"] = "application/x-ndjson";
  sample.body = test::json_line(test::a_usage_record());
  return sample;
}

Sample price_to_delete(AccessWorld& world, const std::string&) {
  const std::string model = fmt::format("model-{}*", ++world.made);
  HttpRequest request;
  request.method = "POST";
  request.path = "/v1/admin/pricing";
  request.body =
      json{{"model", model}, {"effective", "2026-01-01"}, {"input", "1"}, {"output", "1"}}.dump();
  const json added = json::parse(world.ask({Role::admin, {}, {"uid", "0"}}, request).body);
  return {200, added.at("id").dump(), {}};
}

Sample token_to_revoke(AccessWorld& world, const std::string&) {
  AccessToken token;
  token.id = world.fresh_id();
  token.hash = token.id;
  token.role = "viewer";
  world.change([&](UnitOfWork& unit) { insert_token(unit, token); });
  return {200, token.id};
}

Sample tenant_by_id(AccessWorld&, const std::string& tenant) {
  return {200, tenant.empty() ? unknown_tenant : tenant, {}, R"({"region":"EU"})"};
}

/// A sample for every route: a new route needs one here, and is then asked in every way below.
const std::map<std::string, Maker>& samples() {
  const std::string report_body = R"({"from":"2026-09-01","to":"2026-10-01"})";
  const json price{{"model", "m-x*"}, {"effective", "2026-02-01"}, {"input", "1"}, {"output", "1"}};
  static const std::map<std::string, Maker> all{
      {"GET /healthz", plain()},
      {"GET /readyz", plain()},
      {"GET /metrics", plain()},
      {"GET /v1/openapi.json", plain()},
      {"GET /v1/admin", plain()},
      {"GET /v1/admin/status", plain()},
      {"GET /v1/admin/sources", plain()},
      {"GET /v1/admin/quarantine", plain()},
      {"POST /v1/admin/reload", plain()},
      {"GET /v1/admin/clock", plain()},
      {"POST /v1/admin/clock/confirm", plain(409)},
      {"POST /v1/admin/runs", plain(202, "", {{"job", "ingest"}})},
      {"GET /v1/admin/runs", plain()},
      {"GET /v1/admin/runs/{id}", queued_run(200)},
      {"POST /v1/admin/runs/{id}/cancel", queued_run(202)},
      {"POST /v1/admin/runs/{id}/retry", queued_run(409)},
      {"POST /v1/admin/runs/{id}/discard", queued_run(409)},
      {"GET /v1/admin/schedules", plain()},
      {"POST /v1/admin/schedules/{name}/pause", plain(200, "nightly")},
      {"POST /v1/admin/schedules/{name}/resume", plain(200, "nightly")},
      {"GET /v1/admin/schedules/{name}/next", plain(200, "nightly")},
      {"GET /v1/admin/schedules/{name}/prev", plain(200, "nightly")},
      {"GET /v1/admin/schedules/{name}/explain", plain(200, "nightly")},
      {"GET /v1/admin/token-usage", filtered()},
      {"GET /v1/admin/token-usage/summary", filtered()},
      {"POST /v1/admin/token-usage", post_of_usage},
      {"GET /v1/admin/costs", filtered()},
      {"GET /v1/admin/costs/summary", filtered({{"groupBy", "model"}})},
      {"GET /v1/admin/pricing", plain()},
      {"POST /v1/admin/pricing", plain(200, "", price, {{"dryRun", "true"}})},
      {"DELETE /v1/admin/pricing/{id}", price_to_delete},
      {"GET /v1/admin/pricing/explain", plain(200, "", nullptr, {{"model", "model-plain"}})},
      {"POST /v1/admin/pricing/import",
       [](AccessWorld&, const std::string&) {
         return Sample{200,
                       "",
                       {{"dryRun", "true"}},
                       "prices:\n  - { model: m-y, input: 1, output: 1, effective: 2026-01-01 }\n"};
       }},
      {"GET /v1/admin/forecasts", filtered({{"by", "tenant"}})},
      {"GET /v1/admin/anomalies", filtered()},
      {"GET /v1/admin/budgets", filtered()},
      {"POST /v1/admin/budgets", new_cap()},
      {"GET /v1/admin/budgets/decision", filtered()},
      {"PUT /v1/admin/budgets/{id}",
       cap({{"name", "put"}, {"period", "DAILY"}, {"limitUsd", "1"}})},
      {"PATCH /v1/admin/budgets/{id}", cap({{"enabled", false}})},
      {"DELETE /v1/admin/budgets/{id}", cap()},
      {"GET /v1/admin/budgets/{id}/usage", cap()},
      {"POST /v1/admin/chargeback-reports", plain(202, "", json::parse(report_body))},
      {"GET /v1/admin/chargeback-reports", filtered()},
      {"GET /v1/admin/chargeback-reports/{id}", report("chargeback")},
      {"GET /v1/admin/chargeback-reports/{id}/files/{format}", report("chargeback")},
      {"DELETE /v1/admin/chargeback-reports/{id}", report("chargeback", {{"reason", "r"}})},
      {"POST /v1/admin/compliance-reports",
       plain(202, "", {{"type", "soc2"}, {"from", "2026-09-01"}, {"to", "2026-10-01"}})},
      {"GET /v1/admin/compliance-reports", filtered()},
      {"GET /v1/admin/compliance-reports/{id}", report("soc2")},
      {"GET /v1/admin/compliance-reports/{id}/files/{format}", report("soc2")},
      {"DELETE /v1/admin/compliance-reports/{id}", report("soc2", {{"reason", "r"}})},
      {"GET /v1/admin/periods", filtered()},
      {"POST /v1/admin/periods/{month}/close", plain(202, "2026-09")},
      {"POST /v1/admin/periods/{month}/waive",
       [](AccessWorld&, const std::string&) {
         return Sample{409, "2026-09", {}, R"({"reason":"r"})"};
       }},
      {"GET /v1/admin/audit/events", plain()},
      {"GET /v1/admin/audit/verify", plain()},
      {"GET /v1/admin/audit/checkpoints", plain()},
      {"GET /v1/admin/audit/export", plain()},
      {"GET /v1/admin/tenants", filtered()},
      {"GET /v1/admin/tenants/{id}", tenant_by_id},
      {"PUT /v1/admin/tenants/{id}", tenant_by_id},
      {"PATCH /v1/admin/tenants/{id}", tenant_by_id},
      {"GET /v1/admin/evidence", plain()},
      {"GET /v1/admin/evidence/{kind}", filtered({}, "organization")},
      {"PUT /v1/admin/evidence/{kind}/{id}", plain(400, "organization", json::object())},
      {"PATCH /v1/admin/evidence/{kind}/{id}", plain(400, "organization", json::object())},
      {"DELETE /v1/admin/evidence/{kind}/{id}", plain(404, "organization")},
      {"GET /v1/admin/alerts", filtered()},
      {"GET /v1/admin/outbox", plain()},
      {"GET /v1/admin/outbox/{id}", message()},
      {"POST /v1/admin/outbox/{id}/retry", message()},
      {"POST /v1/admin/outbox/{id}/confirm", message({{"reason", "r"}})},
      {"POST /v1/admin/outbox/{id}/discard", message({{"reason", "r"}})},
      {"POST /v1/admin/tokens", plain(201, "", {{"name", "n"}, {"role", "viewer"}})},
      {"GET /v1/admin/tokens", plain()},
      {"DELETE /v1/admin/tokens/{id}", token_to_revoke},
  };
  return all;
}

std::string name_of(const Route& route) {
  return route.method + " " + route.path;
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
  std::string text = std::to_string(response.status) + " " + response.content_type;
  for (const auto& [name, value] : response.headers) text += "\n" + name + ": " + value;
  return replaced(text + "\n\n" + response.body, asked_for, "(id)");
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
  for (const Route& route : all_routes()) {
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
  for (const Route& route : all_routes()) {
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
  for (const Route& route : all_routes()) {
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
  for (const Route& route : all_routes()) {
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
  for (const Route& route : all_routes()) {
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
  for (const Route& route : all_routes()) {
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
