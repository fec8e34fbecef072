#include "daemon/routes.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <set>

#include "ledger/error.hpp"
#include "ledger/store/run_store.hpp"
#include "tests/support/quiet_log.hpp"
#include "tests/support/test_database.hpp"

namespace costd {
namespace {

using test::at;

class IdleJob : public Job {
 public:
  std::string name() const override { return "ingest"; }
  JobResult run(JobContext&) override { return {}; }
};

JobCatalogue one_idle_job() {
  JobCatalogue jobs;
  jobs["ingest"] = std::make_unique<IdleJob>();
  return jobs;
}

/// A service whose queue is not started: runs stay queued.
struct ServiceBench : test::TestDatabase {
  test::QuietLog quiet;
  ManualClock clock{at("2026-10-05T12:00:00Z")};
  RunQueue runs{database, one_idle_job(), clock};
  Scheduler scheduler{database, {}};
  Service service{Settings{}, database, runs, scheduler, clock, clock.now()};
  std::vector<Route> routes = all_routes();
  unsigned uid = 0;

  HttpResponse ask(const std::string& method, const std::string& path, const std::string& body = "",
                   const std::map<std::string, std::string>& query = {}) {
    HttpRequest request;
    request.method = method;
    request.path = path;
    request.body = body;
    request.query = query;
    request.peer.uid = uid;
    return dispatch(service, routes, request);
  }
};

std::string code_of(const HttpResponse& response) {
  return nlohmann::json::parse(response.body).at("error").at("code");
}

std::string message_of(const HttpResponse& response) {
  return nlohmann::json::parse(response.body).at("error").at("message");
}

}  // namespace

TEST_CASE("a method and path stand for one route, with a line of help", "[routes]") {
  std::set<std::string> seen;
  for (const Route& route : all_routes()) {
    CAPTURE(route.method, route.path);
    CHECK(seen.insert(route.method + " " + route.path).second);
    const bool is_for_machines = route.path == "/healthz" || route.path == "/readyz" ||
                                 route.path == "/metrics" || route.path == "/v1/openapi.json";
    const bool is_for_people = route.path.starts_with("/console");
    CHECK((is_for_machines || is_for_people || route.path.starts_with("/v1/admin")));
    CHECK_FALSE(route.help.empty());
    // Whoever may only look changes nothing.
    CHECK((route.method == "GET" || route.role != Role::viewer));
  }
}

TEST_CASE("an unknown path is not found, a known one with another method not allowed", "[routes]") {
  ServiceBench bench;
  CHECK(bench.ask("GET", "/v1/admin/unicorns").status == 404);
  CHECK(bench.ask("GET", "/").status == 404);
  CHECK(bench.ask("GET", "/v1/admin/runs/").status == 404);
  CHECK(bench.ask("DELETE", "/v1/admin/runs").status == 405);
  CHECK(bench.ask("get", "/v1/admin/runs").status == 405);
  CHECK_THAT(message_of(bench.ask("GET", "/v1/admin/unicorns")),
             Catch::Contains("/v1/admin/unicorns"));
}

TEST_CASE("every route answers an empty ledger with JSON", "[routes]") {
  ServiceBench bench;
  for (const Route& route : all_routes()) {
    const bool is_json = route.path != "/metrics" && !route.path.starts_with("/console");
    if (route.method != "GET" || !is_json) continue;
    std::string path = route.path;
    for (auto open = path.find('{'); open != std::string::npos; open = path.find('{')) {
      path.replace(open, path.find('}') - open + 1, "absent");
    }
    CAPTURE(route.path);
    const HttpResponse response = bench.ask("GET", path);
    CHECK((response.status == 200 || response.status == 400 || response.status == 404));
    CHECK_NOTHROW(nlohmann::json::parse(response.body));
  }
}

TEST_CASE("a route is for its role and those above", "[routes]") {
  ServiceBench bench;
  bench.routes = {{"POST", "/v1/admin/all", Role::admin,
                   [](Service&, const RouteCall&) { return HttpResponse{}; }, "help"},
                  {"POST", "/v1/admin/some", Role::operator_,
                   [](Service&, const RouteCall&) { return HttpResponse{}; }, "help"}};
  bench.uid = 4'000'000;
  CHECK(bench.ask("POST", "/v1/admin/some").status == 200);
  const HttpResponse refused = bench.ask("POST", "/v1/admin/all");
  CHECK(refused.status == 403);
  CHECK(code_of(refused) == "refused");
  CHECK_THAT(message_of(refused), Catch::Contains("admin"));
  bench.uid = 0;
  CHECK(bench.ask("POST", "/v1/admin/all").status == 200);
}

TEST_CASE("errors become answers with their code", "[routes]") {
  struct Row {
    ErrorCode code;
    int status;
  };
  const auto row = GENERATE(values<Row>({{ErrorCode::usage, 400},
                                         {ErrorCode::data, 400},
                                         {ErrorCode::config, 400},
                                         {ErrorCode::not_found, 404},
                                         {ErrorCode::conflict, 409},
                                         {ErrorCode::refused, 403},
                                         {ErrorCode::io, 500},
                                         {ErrorCode::database, 500}}));
  ServiceBench bench;
  bench.routes = {{"GET", "/v1/admin/x", Role::viewer,
                   [&](Service&, const RouteCall&) -> HttpResponse {
                     throw Error(row.code, "what was wrong; what to do");
                   },
                   "help"}};
  const HttpResponse response = bench.ask("GET", "/v1/admin/x");
  CHECK(response.status == row.status);
  CHECK(code_of(response) == name_of(row.code));
  CHECK(message_of(response) == "what was wrong; what to do");
}

TEST_CASE("a named part of a path reaches the handler decoded and whole", "[routes]") {
  ServiceBench bench;
  std::string seen;
  bench.routes = {{"GET", "/v1/admin/tenants/{id}/x", Role::viewer,
                   [&](Service&, const RouteCall& call) {
                     seen = call.path.at("id");
                     return HttpResponse{};
                   },
                   "help"}};
  bench.ask("GET", "/v1/admin/tenants/t one\xc3\xbc/x");
  CHECK(seen == "t one\xc3\xbc");
}

TEST_CASE("the status asks for a restart once the machine has other time-zone rules", "[routes]") {
  ServiceBench bench;
  const auto status = [&] {
    return nlohmann::json::parse(bench.ask("GET", "/v1/admin/status").body);
  };
  CHECK(status().at("problems").empty());
  bench.service.tzdata = "2019z";
  CHECK(status().at("tzdata") == "2019z");
  REQUIRE(status().at("problems").size() == 1);
  const std::string said = status().at("problems")[0].at("message");
  CHECK_THAT(said, Catch::Contains("2019z") && Catch::Contains(installed_time_zone_version()) &&
                       Catch::Contains("restart costd"));
}

TEST_CASE("a run is started, shown and cancelled once", "[routes]") {
  ServiceBench bench;
  const HttpResponse started = bench.ask("POST", "/v1/admin/runs", R"({"job":"ingest"})");
  CHECK(started.status == 202);
  const std::string id = nlohmann::json::parse(started.body).at("id");
  CHECK(bench.ask("GET", "/v1/admin/runs/" + id).status == 200);
  CHECK(bench.ask("POST", "/v1/admin/runs/" + id + "/cancel").status == 202);
  CHECK(bench.ask("POST", "/v1/admin/runs/" + id + "/cancel").status == 409);
  CHECK(bench.ask("GET", "/v1/admin/runs/absent").status == 404);
  CHECK(bench.ask("POST", "/v1/admin/runs", R"({"job":"dance"})").status == 400);
  CHECK(bench.ask("POST", "/v1/admin/runs", R"({})").status == 400);
  CHECK(bench.ask("POST", "/v1/admin/runs", "no json").status == 400);
}

TEST_CASE("waiting for news of a run asks again only while there are none", "[routes]") {
  ServiceBench bench;
  const auto run =
      nlohmann::json::parse(bench.ask("POST", "/v1/admin/runs", R"({"job":"ingest"})").body);
  const std::string path = "/v1/admin/runs/" + run.at("id").get<std::string>();
  const std::string revision = run.at("revision").dump();
  CHECK(bench.ask("GET", path, "", {{"wait", "5"}, {"after", revision}}).ask_again_for ==
        std::chrono::seconds(5));
  CHECK_FALSE(bench.ask("GET", path, "", {{"wait", "5"}, {"after", "0"}}).ask_again_for);
  CHECK_FALSE(bench.ask("GET", path).ask_again_for);
}

TEST_CASE("a limit beyond the page and a word for a number are refused", "[routes]") {
  ServiceBench bench;
  for (const char* limit : {"1001", "-1", "ten", "1.5", "99999999999999999999"}) {
    CAPTURE(limit);
    const HttpResponse response = bench.ask("GET", "/v1/admin/runs", "", {{"limit", limit}});
    CHECK(response.status == 400);
    CHECK_THAT(message_of(response), Catch::Contains("limit"));
  }
}

}  // namespace costd
