#pragma once
// A service without a socket, asked over the Unix socket as some user, or over TCP with a token.

#include <nlohmann/json.hpp>

#include "daemon/routes.hpp"
#include "ledger/store/audit_store.hpp"
#include "tests/support/quiet_log.hpp"
#include "tests/support/test_database.hpp"

namespace costd::test {

class IdleJob : public Job {
 public:
  std::string name() const override { return "ingest"; }
  JobResult run(JobContext&) override { return {}; }
};

inline JobCatalogue one_idle_job() {
  JobCatalogue jobs;
  jobs["ingest"] = std::make_unique<IdleJob>();
  return jobs;
}

inline Settings settings_with_tcp() {
  Settings settings;
  settings.control.tcp = TcpSettings{"127.0.0.1", 8080};
  settings.control.allowed_hosts = {"costs.example.com"};
  return settings;
}

/// The queue is not started: runs stay queued.
struct AccessBench : TestDatabase {
  QuietLog quiet;
  ManualClock clock{at("2026-10-05T12:00:00Z")};
  RunQueue runs{database, one_idle_job(), clock};
  Scheduler scheduler{database, {}};
  Service service{settings_with_tcp(), database, runs, scheduler, clock, clock.now()};
  std::vector<Route> routes = all_routes();

  static HttpRequest request(const std::string& method, const std::string& path) {
    HttpRequest made;
    made.method = method;
    made.path = path;
    return made;
  }

  HttpResponse ask_as(unsigned uid, HttpRequest asked) {
    asked.peer.uid = uid;
    return dispatch(service, routes, asked);
  }
  HttpResponse ask_as(unsigned uid, const std::string& method, const std::string& path) {
    return ask_as(uid, request(method, path));
  }

  static HttpRequest over_tcp(HttpRequest asked, const std::string& token) {
    asked.peer.via = Peer::Via::tcp;
    asked.peer.address = "127.0.0.1";
    asked.headers.try_emplace("host", "127.0.0.1:8080");
    if (!token.empty()) asked.headers["authorization"] = "Bearer " + token;
    return asked;
  }
  HttpResponse ask_with(const std::string& token, const HttpRequest& asked) {
    return dispatch(service, routes, over_tcp(asked, token));
  }
  HttpResponse ask_with(const std::string& token, const std::string& method,
                        const std::string& path) {
    return ask_with(token, request(method, path));
  }

  /// What POST /v1/admin/tokens answers to root.
  nlohmann::json add_token(const nlohmann::json& body) {
    HttpRequest asked = request("POST", "/v1/admin/tokens");
    asked.body = body.dump();
    const HttpResponse response = ask_as(0, asked);
    if (response.status != 201) throw std::runtime_error(response.body);
    return nlohmann::json::parse(response.body);
  }
  std::string token_of(const std::string& role) {
    return add_token({{"name", "a " + role}, {"role", role}}).at("token");
  }

  std::vector<AuditEvent> events() { return load_audit_events(database.snapshot(), 0, 1000); }
};

inline nlohmann::json json_of(const HttpResponse& response) {
  return nlohmann::json::parse(response.body);
}

inline std::string message_of(const HttpResponse& response) {
  return json_of(response).at("error").at("message");
}

}  // namespace costd::test
