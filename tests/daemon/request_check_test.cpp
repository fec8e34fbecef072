// Requests that a page of another site, or a name that points here, might send.

#include "daemon/request_check.hpp"

#include <catch2/catch.hpp>

#include "daemon/access_token.hpp"

namespace costd {
namespace {

using Headers = std::map<std::string, std::string>;

ControlSettings listening() {
  ControlSettings control;
  control.tcp = TcpSettings{"127.0.0.1", 8080};
  control.allowed_hosts = {"costs.example.com", "costs.example.org:8443"};
  return control;
}

/// The status it is refused with; 0 if it may go on.
int status_of(const std::string& method, const Headers& headers, Peer::Via via = Peer::Via::tcp,
              const Headers& query = {}) {
  HttpRequest request;
  request.method = method;
  request.path = "/v1/admin/runs";
  request.headers = headers;
  request.query = query;
  request.peer.via = via;
  const auto refusal = check_request(request, listening());
  return refusal ? refusal->status : 0;
}

}  // namespace

TEST_CASE("only a host name of costd's own is answered over TCP", "[access]") {
  const std::vector<std::pair<std::string, int>> rows{
      {"127.0.0.1:8080", 0},
      {"localhost:8080", 0},
      {"LOCALHOST:8080", 0},
      {"[::1]:8080", 0},
      {"costs.example.com", 0},
      {"Costs.Example.COM", 0},
      {"costs.example.com:443", 0},
      {"costs.example.org:8443", 0},
      {"costs.example.org", 421},
      {"costs.example.org:443", 421},
      {"127.0.0.1", 421},
      {"127.0.0.1:80", 421},
      {"localhost", 421},
      {"localhost:8080.evil.example", 421},
      {"localhost.evil.example:8080", 421},
      {"evil.example", 421},
      {"evil.example:8080", 421},
      {"costs.example.com.evil.example", 421},
      {"evilcosts.example.com", 421},
      {"costs.example.com@evil.example", 421},
      {"costs.example.com.", 421},
      {"costs.example.com:", 421},
      {"192.168.0.1:8080", 421},
      {"0.0.0.0:8080", 421},
      {"127.0.0.1:8080, evil.example", 400},
      {"", 400},
  };
  for (const auto& [host, status] : rows) {
    CAPTURE(host);
    CHECK(status_of("GET", {{"host", host}}) == status);
  }
  CHECK(status_of("GET", {}) == 400);
}

TEST_CASE("a page of another site changes nothing, and reads nothing", "[access]") {
  struct Row {
    std::string method;
    Headers headers;
    int status;
  };
  const std::string host = "127.0.0.1:8080";
  const std::vector<Row> rows{
      {"POST", {{"origin", "http://127.0.0.1:8080"}}, 0},
      {"POST", {{"origin", "http://localhost:8080"}}, 403},
      {"POST", {{"origin", "http://127.0.0.1:9090"}}, 403},
      {"POST", {{"origin", "http://evil.example"}}, 403},
      {"POST", {{"origin", "null"}}, 403},
      {"POST", {{"origin", "http://127.0.0.1:8080.evil.example"}}, 403},
      {"DELETE", {{"origin", "http://evil.example"}}, 403},
      {"PATCH", {{"origin", "http://evil.example"}}, 403},
      {"PUT", {{"origin", "file://"}}, 403},
      {"POST", {}, 0},
      {"GET", {{"origin", "http://evil.example"}}, 0},
      {"GET", {{"sec-fetch-site", "cross-site"}}, 403},
      {"GET", {{"sec-fetch-site", "cross-site"}, {"sec-fetch-mode", "cors"}}, 403},
      {"GET", {{"sec-fetch-site", "cross-site"}, {"sec-fetch-mode", "navigate"}}, 0},
      {"POST", {{"sec-fetch-site", "cross-site"}, {"sec-fetch-mode", "navigate"}}, 403},
      {"GET", {{"sec-fetch-site", "same-origin"}}, 0},
      {"GET", {{"sec-fetch-site", "none"}}, 0},
  };
  for (Row row : rows) {
    CAPTURE(row.method, row.headers);
    row.headers["host"] = host;
    CHECK(status_of(row.method, row.headers) == row.status);
  }
  // Behind a proxy the own host is the one that the browser knows.
  CHECK(status_of("POST",
                  {{"host", "costs.example.com"}, {"origin", "https://costs.example.com"}}) == 0);
}

TEST_CASE("the Unix socket, which no page can reach, takes any host and origin", "[access]") {
  CHECK(status_of("POST", {{"host", "x"}, {"origin", "http://evil.example"}},
                  Peer::Via::unix_socket) == 0);
  CHECK(status_of("GET", {}, Peer::Via::unix_socket) == 0);
}

TEST_CASE("a token in the address is refused wherever it is sent", "[access]") {
  const Headers host{{"host", "127.0.0.1:8080"}};
  for (const auto via : {Peer::Via::tcp, Peer::Via::unix_socket}) {
    CHECK(status_of("GET", host, via, {{"access_token", "x"}}) == 400);
    CHECK(status_of("GET", host, via, {{"t", make_token()}}) == 400);
    CHECK(status_of("GET", host, via, {{"model", "costd_small"}}) == 0);
  }
}

}  // namespace costd
