// Who may do what: users of the Unix socket, and tokens over TCP.

#include "daemon/access.hpp"

#include <catch2/catch.hpp>

#include "daemon/access_token.hpp"
#include "ledger/sha256.hpp"
#include "tests/daemon/access_bench.hpp"

namespace costd {
namespace {

using test::AccessBench;
using test::at;
using test::json_of;
using test::message_of;

constexpr unsigned somebody = 4'000'000;

Peer user(unsigned uid, unsigned gid, std::vector<unsigned> groups = {}) {
  Peer peer;
  peer.uid = uid;
  peer.gid = gid;
  peer.groups = std::move(groups);
  return peer;
}

std::string role_of(const Peer& peer, const std::optional<ControlRoles>& roles) {
  const auto access = access_of_peer(peer, roles);
  return access ? name_of(access->role) : "nothing";
}

}  // namespace

TEST_CASE("without roles whoever may open the socket is an operator, and root an admin",
          "[access]") {
  CHECK(role_of(user(0, 0), std::nullopt) == "admin");
  CHECK(role_of(user(somebody, 5), std::nullopt) == "operator");
  CHECK(access_of_peer(user(somebody, 5), std::nullopt)->actor.text() == "uid:4000000");
}

TEST_CASE("with roles everybody has the highest that names them, and others nothing", "[access]") {
  ControlRoles roles;
  roles.viewer = {{11}, {100}};
  roles.operator_ = {{12}, {200}};
  roles.admin = {{13}, {300}};
  struct Row {
    Peer peer;
    std::string role;
  };
  const std::vector<Row> rows{
      {user(0, 0), "admin"},
      {user(11, 1), "viewer"},
      {user(12, 1), "operator"},
      {user(13, 1), "admin"},
      {user(somebody, 100), "viewer"},
      {user(somebody, 1, {7, 200}), "operator"},
      {user(somebody, 300, {100, 200}), "admin"},
      {user(11, 200), "operator"},
      {user(somebody, 1, {7}), "nothing"},
      {user(static_cast<unsigned>(-1), static_cast<unsigned>(-1)), "nothing"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.peer.uid, row.peer.gid);
    CHECK(role_of(row.peer, roles) == row.role);
  }
  CHECK(role_of(user(somebody, 1), ControlRoles{}) == "nothing");
  CHECK(role_of(user(0, 0), ControlRoles{}) == "admin");
}

TEST_CASE("a user without a role is told so, and the chain tells it once a minute", "[access]") {
  AccessBench bench;
  Settings settings = test::settings_with_tcp();
  settings.control.roles = ControlRoles{};
  bench.service.settings.replace(settings);
  for (int n = 0; n < 3; ++n) {
    const HttpResponse refused = bench.ask_as(somebody, "GET", "/v1/admin/status");
    CHECK(refused.status == 403);
    CHECK_THAT(message_of(refused), Catch::Contains("uid 4000000 has no role"));
  }
  REQUIRE(bench.events().size() == 1);
  CHECK(bench.events()[0].action == "access.failed");
  CHECK(bench.events()[0].actor.text() == "uid:4000000");
  CHECK(bench.events()[0].object == "GET /v1/admin/status");
  CHECK(bench.events()[0].outcome == "denied");
  bench.clock.advance(std::chrono::minutes(1));
  bench.ask_as(somebody, "GET", "/v1/admin/status");
  REQUIRE(bench.events().size() == 2);
  CHECK(bench.events()[1].reason == "uid 4000000 has no role; 3 since the last event");
  CHECK(bench.ask_as(0, "GET", "/v1/admin/status").status == 200);
}

TEST_CASE("a token is 256 random bits behind a prefix", "[access]") {
  const std::string token = make_token();
  CHECK(token.size() == 6 + 43);
  CHECK(looks_like_token(token));
  CHECK(make_token() != token);
  CHECK_FALSE(looks_like_token(token.substr(1)));
  CHECK_FALSE(looks_like_token(token + "A"));
  CHECK_FALSE(looks_like_token(token.substr(0, 48) + "="));
  CHECK_FALSE(looks_like_token(""));
}

TEST_CASE("a token is shown once, and only its hash is kept", "[access]") {
  AccessBench bench;
  const auto added = bench.add_token({{"name", "finance"}, {"role", "viewer"}});
  const std::string text = added.at("token");
  const auto stored = find_token(bench.database.snapshot(), added.at("id"));
  REQUIRE(stored);
  CHECK(stored->hash == sha256_hex(text));
  const HttpResponse listed = bench.ask_as(0, "GET", "/v1/admin/tokens");
  CHECK(listed.body.find(text) == std::string::npos);
  CHECK(listed.body.find(stored->hash) == std::string::npos);
  CHECK(json_of(listed)[0].at("state") == "VALID");
  CHECK(json_of(listed)[0].at("expiresAt").is_null());
  CHECK(json_of(listed)[0].at("lastUsedAt").is_null());
  const AuditEvent event = bench.events().back();
  CHECK(event.action == "tokens.add");
  CHECK(event.object == added.at("id"));
  CHECK(event.reason == "viewer \"finance\"");
  CHECK(to_hashed_json(event).dump().find(text) == std::string::npos);
}

TEST_CASE("a token stands for its role, over TCP only by its value", "[access]") {
  AccessBench bench;
  const std::string viewer = bench.token_of("viewer");
  const std::string admin = bench.token_of("admin");
  CHECK(bench.ask_with(viewer, "GET", "/v1/admin/status").status == 200);
  CHECK(bench.ask_with(viewer, "GET", "/v1/admin/tokens").status == 403);
  CHECK(bench.ask_with(admin, "GET", "/v1/admin/tokens").status == 200);
  CHECK(access_of_token(bench.service, viewer)->role == Role::viewer);
  CHECK(access_of_token(bench.service, admin)->actor.kind == "token");
  CHECK_FALSE(access_of_token(bench.service, make_token()));
  CHECK_FALSE(access_of_token(bench.service, ""));
  // The scheme's name may be written in any case, and no other is known.
  HttpRequest asked = AccessBench::over_tcp(AccessBench::request("GET", "/v1/admin/status"), "");
  asked.headers["authorization"] = "bEARER " + viewer;
  CHECK(dispatch(bench.service, bench.routes, asked).status == 200);
  for (const std::string& header :
       {"Basic " + viewer, viewer, std::string("Bearer"), "Bearer  " + viewer,
        "Bearer " + viewer + ", Bearer " + admin}) {
    asked.headers["authorization"] = header;
    CHECK(dispatch(bench.service, bench.routes, asked).status == 401);
  }
}

TEST_CASE("without a valid token nothing is said, not even what there is", "[access]") {
  AccessBench bench;
  for (const char* path : {"/v1/admin/status", "/v1/admin/unicorns", "/"}) {
    const HttpResponse refused = bench.ask_with("", "GET", path);
    CHECK(refused.status == 401);
    CHECK(refused.headers.at("WWW-Authenticate") == "Bearer realm=\"costd\"");
    CHECK_THAT(message_of(refused), Catch::StartsWith("no token; "));
  }
  const HttpResponse unknown = bench.ask_with(make_token(), "GET", "/v1/admin/status");
  CHECK(unknown.status == 401);
  CHECK_THAT(message_of(unknown), Catch::StartsWith("unknown token; "));
}

TEST_CASE("a token holds until it expires or is revoked, and no longer", "[access]") {
  AccessBench bench;
  const auto added = bench.add_token({{"name", "a"}, {"role", "viewer"}, {"expires", "90d"}});
  const std::string token = added.at("token");
  CHECK(added.at("expiresAt") == "2027-01-03T12:00:00Z");
  bench.clock.set(at("2027-01-03T11:59:59Z"));
  CHECK(bench.ask_with(token, "GET", "/v1/admin/status").status == 200);
  bench.clock.set(at("2027-01-03T12:00:00Z"));
  const HttpResponse expired = bench.ask_with(token, "GET", "/v1/admin/status");
  CHECK(expired.status == 401);
  CHECK_THAT(message_of(expired), Catch::StartsWith("expired token; "));
  CHECK(bench.events().back().actor.text() == "token:" + added.at("id").get<std::string>());

  const auto other = bench.add_token({{"name", "b"}, {"role", "viewer"}});
  const std::string path = "/v1/admin/tokens/" + other.at("id").get<std::string>();
  CHECK(bench.ask_with(other.at("token"), "GET", "/v1/admin/status").status == 200);
  CHECK(json_of(bench.ask_as(0, "DELETE", path)).at("state") == "REVOKED");
  CHECK(bench.events().back().action == "tokens.revoke");
  CHECK_THAT(message_of(bench.ask_with(other.at("token"), "GET", "/v1/admin/status")),
             Catch::StartsWith("revoked token; "));
  CHECK(bench.ask_as(0, "DELETE", path).status == 409);
  CHECK(bench.ask_as(0, "DELETE", "/v1/admin/tokens/absent").status == 404);
}

TEST_CASE("the last use of a token is noted once a minute", "[access]") {
  AccessBench bench;
  const auto added = bench.add_token({{"name", "a"}, {"role", "viewer"}});
  const auto last_used = [&] {
    return format_instant(find_token(bench.database.snapshot(), added.at("id"))->last_used_at);
  };
  const auto use = [&] { bench.ask_with(added.at("token"), "GET", "/v1/admin/clock"); };
  use();
  CHECK(last_used() == "2026-10-05T12:00:00Z");
  bench.clock.advance(std::chrono::seconds(59));
  use();
  CHECK(last_used() == "2026-10-05T12:00:00Z");
  bench.clock.advance(std::chrono::seconds(1));
  use();
  CHECK(last_used() == "2026-10-05T12:01:00Z");
}

TEST_CASE("a token that cannot be is refused with the reason", "[access]") {
  AccessBench bench;
  const std::vector<std::pair<nlohmann::json, std::string>> rows{
      {{{"role", "viewer"}}, "name is missing"},
      {{{"name", "a\nb"}, {"role", "viewer"}}, "control character"},
      {{{"name", std::string(101, 'a')}, {"role", "viewer"}}, "over 100 bytes"},
      {{{"name", "a"}, {"role", "owner"}}, "none of viewer, operator, admin"},
      {{{"name", "a"}, {"role", "anyone"}}, "none of viewer, operator, admin"},
      {{{"name", "a"}}, "none of viewer, operator, admin"},
      {{{"name", "a"}, {"role", "viewer"}, {"expires", "0d"}}, "no duration; write it like 90d"},
      {{{"name", "a"}, {"role", "viewer"}, {"expires", "soon"}}, "no duration; write it like 90d"},
      {{{"name", "a"}, {"role", "viewer"}, {"tenantId", "nobody"}}, "not a tenant"},
      {{{"name", "a"}, {"role", "admin"}, {"tenantId", "acme"}}, "of the whole platform"},
      {{{"name", "a"}, {"role", "viewer"}, {"colour", "red"}}, "no member of a token"},
  };
  for (const auto& [body, said] : rows) {
    HttpRequest asked = AccessBench::request("POST", "/v1/admin/tokens");
    asked.body = body.dump();
    CAPTURE(asked.body);
    const HttpResponse refused = bench.ask_as(0, asked);
    CHECK(refused.status == 400);
    CHECK_THAT(message_of(refused), Catch::Contains(said));
  }
  CHECK(load_tokens(bench.database.snapshot()).empty());
  CHECK(bench.events().empty());
}

TEST_CASE("guesses are counted, slowed down, and told once a minute for a reason", "[access]") {
  AccessBench bench;
  const std::string good = bench.token_of("viewer");
  const std::size_t before = bench.events().size();
  for (int n = 1; n <= 25; ++n) {
    CAPTURE(n);
    CHECK(bench.ask_with(make_token(), "GET", "/v1/admin/status").status == (n <= 10 ? 401 : 429));
  }
  CHECK(bench.events().size() == before + 1);
  // Whoever has a token is not kept out by those who have none.
  CHECK(bench.ask_with(good, "GET", "/v1/admin/status").status == 200);
  CHECK(bench.ask_with("", "GET", "/v1/admin/status").headers.at("Retry-After") == "60");
  CHECK(bench.events().size() == before + 2);
  CHECK(bench.events().back().reason == "no token");
  CHECK(bench.events().back().actor.text() == "tcp:127.0.0.1");
  bench.clock.advance(std::chrono::minutes(1));
  CHECK(bench.ask_with(make_token(), "GET", "/v1/admin/status").status == 401);
  CHECK(bench.events().back().reason == "unknown token; 25 since the last event");
  CHECK(bench.service.failed_access.counts() ==
        std::map<std::string, std::int64_t>{{"no token", 1}, {"unknown token", 26}});
}

TEST_CASE("a session may stand in for a token, never beside one", "[access]") {
  AccessBench bench;
  bench.service.session_access = [](const HttpRequest& request) -> std::optional<Access> {
    if (!request.headers.contains("cookie")) return std::nullopt;
    return Access{Role::viewer, std::nullopt, {"session", "s1"}};
  };
  HttpRequest asked = AccessBench::request("GET", "/v1/admin/status");
  CHECK(bench.ask_with("", asked).status == 401);
  asked.headers["cookie"] = "session=1";
  CHECK(bench.ask_with("", asked).status == 200);
  CHECK(bench.ask_with(make_token(), asked).status == 401);
}

TEST_CASE("a body from a stranger is not read", "[access]") {
  AccessBench bench;
  HttpRequest asked = AccessBench::request("POST", "/v1/admin/runs");
  const BodyPlan plan =
      plan_body(bench.service, bench.routes, AccessBench::over_tcp(asked, make_token()));
  REQUIRE(plan.refusal);
  CHECK(plan.refusal->status == 401);
  const std::string token = bench.token_of("operator");
  CHECK_FALSE(plan_body(bench.service, bench.routes, AccessBench::over_tcp(asked, token)).refusal);
}

}  // namespace costd
