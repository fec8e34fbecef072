#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "ledger/store/audit_store.hpp"
#include "ledger/store/evidence_store.hpp"
#include "ledger/store/tenant_store.hpp"
#include "tests/daemon/route_answer.hpp"
#include "tests/support/quiet_log.hpp"
#include "tests/support/test_database.hpp"

namespace costd {
namespace {

using nlohmann::json;
using test::at;
using test::day;

Settings settings_with_files() {
  Settings settings;
  settings.tenants_file = "/etc/costd/tenants.yaml";
  settings.compliance.evidence_file = "/etc/costd/evidence.yaml";
  return settings;
}

/// t-file stands in the tenants file, t-seen only has usage; one policy stands in the evidence
/// file.
struct EvidenceRoutes : test::TestDatabase {
  test::QuietLog quiet;
  ManualClock clock{at("2026-10-20T12:00:00Z")};
  RunQueue runs{database, {}, clock};
  Scheduler scheduler{database, {}};
  Service service{settings_with_files(), database, runs, scheduler, clock, clock.now()};

  EvidenceRoutes() {
    add_usage(test::a_series("t-seen"), day("2026-10-19"), test::input_and_output(0, 1));
    change([](UnitOfWork& unit) {
      store_tenants(unit, {{"t-file", "In the file", "eu", "", {{"pii.mode", "block"}}, {}}});
      store_evidence(unit, {"policies", "of-file", "t-file", {{"status", "ACTIVE"}}});
    });
  }

  using Answer = test::RouteAnswer;
  Answer ask(const std::string& method, const std::string& path, const json& body = nullptr,
             const std::map<std::string, std::string>& query = {}, unsigned uid = 0) {
    return test::ask_route(service, method, "/v1/admin" + path, body, query, uid);
  }
  std::vector<std::string> ids(const std::string& kind, const std::string& tenant) {
    std::vector<std::string> ids;
    for (const json& row : ask("GET", "/evidence/" + kind, nullptr, {{"tenantId", tenant}}).body) {
      ids.push_back(row.at("id"));
    }
    return ids;
  }
  std::vector<AuditEvent> events() { return load_audit_events(database.snapshot(), 0, 100); }
};

}  // namespace

TEST_CASE("the kinds of evidence are listed with their fields", "[evidence]") {
  EvidenceRoutes bench;
  const json kinds = bench.ask("GET", "/evidence").body;
  CHECK(kinds.size() == evidence_kinds().size());
  CHECK(kinds[1].at("kind") == "api-keys");
  CHECK(kinds[1].at("records") == 0);
  CHECK(kinds[3].at("records") == 1);
  CHECK(kinds[1].at("fields").dump().find("keyHash") == std::string::npos);
  CHECK(kinds[1].at("fields")[3] ==
        json::parse(R"({"name":"status","kind":"choice","choices":["ACTIVE","REVOKED","EXPIRED"],
                        "required":false})"));
}

TEST_CASE("a record that is set comes back as it is kept, with what is missing", "[evidence]") {
  EvidenceRoutes bench;
  const auto set = bench.ask("PUT", "/evidence/consents/c1",
                             {{"tenantId", "t-seen"},
                              {"activity", "chat"},
                              {"given", 12},
                              {"withdrawn", "007"},
                              {"version", nullptr}});
  CHECK(set.status == 201);
  CHECK(set.body == json::parse(R"({"id":"c1","tenantId":"t-seen","activity":"chat","given":12,
      "withdrawn":7,"origin":"api","recordedAt":"2026-10-20T12:00:00Z",
      "notProvided":["version","asOf"]})"));
  CHECK(bench.ask("GET", "/evidence/consents").body == json::array({set.body}));
  const auto key = bench.ask("PUT", "/evidence/api-keys/key_1",
                             {{"scopes", {"chat", "embeddings"}}, {"status", "active"}});
  CHECK(key.body.at("scopes") == json::array({"chat", "embeddings"}));
  CHECK(key.body.at("status") == "ACTIVE");
}

TEST_CASE("PUT gives the whole record, PATCH what changes", "[evidence]") {
  EvidenceRoutes bench;
  CHECK(bench.ask("PATCH", "/evidence/api-keys/k", {{"name", "CI"}, {"tier", "gold"}}).status ==
        201);
  const auto patched = bench.ask("PATCH", "/evidence/api-keys/k", {{"tier", ""}, {"name", "CD"}});
  CHECK(patched.status == 200);
  CHECK(patched.body.at("name") == "CD");
  CHECK_FALSE(patched.body.contains("tier"));
  const auto put = bench.ask("PUT", "/evidence/api-keys/k", {{"tier", "silver"}});
  CHECK(put.body.at("tier") == "silver");
  CHECK_FALSE(put.body.contains("name"));
  // An answer may be sent back as it came, and then changes nothing.
  CHECK(bench.ask("PUT", "/evidence/api-keys/k", put.body).body == put.body);
  CHECK(bench.events().size() == 3);
}

TEST_CASE("a new text of a policy has a new hash", "[evidence]") {
  EvidenceRoutes bench;
  const auto first = bench.ask("PATCH", "/evidence/policies/p", {{"dsl", "deny all"}});
  CHECK_FALSE(first.body.contains("dsl"));
  const auto second = bench.ask("PATCH", "/evidence/policies/p", {{"dsl", "deny all\n"}});
  // printf 'deny all\n' | openssl dgst -sha256
  CHECK(second.body.at("dslSha256") ==
        "99c1b10c728d76e365eebaeb675e97f4bd5a570669da240c4fc28dcee799d0bf");
}

TEST_CASE("a tenant's list has its own records and the site's, no other's", "[evidence]") {
  EvidenceRoutes bench;
  bench.ask("PUT", "/evidence/policies/of-site", {{"name", "x"}});
  bench.ask("PUT", "/evidence/policies/of-seen", {{"name", "x"}, {"tenantId", "t-seen"}});
  CHECK(bench.ids("policies", "t-seen") == std::vector<std::string>{"of-seen", "of-site"});
  CHECK(bench.ids("policies", "t-file") == std::vector<std::string>{"of-file", "of-site"});
}

TEST_CASE("each change of evidence is an event with the hashes before and after", "[evidence]") {
  EvidenceRoutes bench;
  bench.ask("PUT", "/evidence/reviews/r", {{"what", "LOG"}, {"at", "2026-10-01"}});
  bench.ask("PATCH", "/evidence/reviews/r", {{"findings", "none"}, {"tenantId", "t-seen"}});
  bench.ask("PATCH", "/evidence/reviews/r", {{"findings", "none"}});
  CHECK(bench.ask("DELETE", "/evidence/reviews/r").body.at("deleted") == true);
  CHECK(bench.ask("DELETE", "/evidence/reviews/r").status == 404);
  const auto events = bench.events();
  REQUIRE(events.size() == 3);
  // printf '{"fields":{"at":"2026-10-01","what":"LOG"},"id":"r","kind":"reviews","tenant":""}' |
  // openssl dgst -sha256
  const std::string first = "8012667c46150960e100ad2bc073dc1d5665cd3ef2624c6c717a95019be89883";
  CHECK(events[0].action == "evidence.set");
  CHECK(events[0].object == "reviews/r");
  CHECK(events[0].actor.text() == "uid:0");
  CHECK(events[0].before_sha256.empty());
  CHECK(events[0].after_sha256 == first);
  CHECK(events[1].before_sha256 == first);
  CHECK(events[1].tenant == "t-seen");
  CHECK(events[1].reason == "changed: tenantId, findings");
  CHECK(events[2].action == "evidence.delete");
  CHECK(events[2].before_sha256 == events[1].after_sha256);
  CHECK(events[2].after_sha256.empty());
}

TEST_CASE("a record of the evidence file is refused, naming the file", "[evidence]") {
  EvidenceRoutes bench;
  for (const char* method : {"PUT", "PATCH", "DELETE"}) {
    INFO(method);
    const auto answer = bench.ask(method, "/evidence/policies/of-file", json::object());
    CHECK(answer.status == 403);
    CHECK(answer.message() ==
          "policies \"of-file\" stands in /etc/costd/evidence.yaml; change it there, then: costctl "
          "reload");
  }
  CHECK(bench.events().empty());
}

TEST_CASE("wrong evidence over the socket changes nothing and says why", "[evidence]") {
  EvidenceRoutes bench;
  struct Row {
    const char* path;
    json body;
    const char* message;
  };
  const std::vector<Row> rows{
      {"/evidence/keys/k", json::object(), "there is no kind of evidence \"keys\"; the kinds are"},
      {"/evidence/policies/p", {{"tenantId", "nobody"}}, "tenantId \"nobody\" is not a tenant"},
      {"/evidence/policies/p", {{"tenantId", 5}, {"name", "x"}}, "tenantId \"5\" is not a tenant"},
      {"/evidence/policies/p",
       {{"colour", "blue"}},
       "policies \"p\": there is no field \"colour\""},
      {"/evidence/policies/p", {{"id", "q"}}, "id is \"q\" in the body and \"p\" in the path"},
      {"/evidence/policies/p",
       {{"name", {{"a", 1}}}},
       "name is neither a text, a whole number nor"},
      {"/evidence/policies/p", {{"name", 1.5}}, "name is neither a text, a whole number nor"},
      {"/evidence/api-keys/k", {{"scopes", {"a, b"}}}, "scopes holds an entry that is no text or"},
      {"/evidence/api-keys/k", {{"scopes", {1}}}, "scopes holds an entry that is no text or"},
      {"/evidence/api-keys/k", {{"keyHash", "5e88"}}, "api-keys \"k\": keyHash is not taken"},
      {"/evidence/organization/acme", {{"dpo", "x"}}, "organization \"acme\": there is one record"},
      {"/evidence/reviews/r", {{"what", "LOG"}}, "reviews \"r\": at is missing; give it"},
  };
  for (const Row& row : rows) {
    INFO(row.path << " " << row.body);
    const auto answer = bench.ask("PUT", row.path, row.body);
    CHECK(answer.status == 400);
    CHECK_THAT(answer.message(), Catch::StartsWith(row.message));
  }
  CHECK(bench.events().empty());
}

TEST_CASE("tenants that are in no file can be described, and change in part", "[tenant]") {
  EvidenceRoutes bench;
  const auto set = bench.ask("PUT", "/tenants/t-new",
                             {{"name", "New"},
                              {"region", "eu"},
                              {"metadata", {{"pii.mode", "block"}, {"note", "x"}}},
                              {"settings", {{"pii", {{"mode", "redact"}, {"scope", "all"}}}}}});
  CHECK(set.status == 201);
  CHECK(set.body.at("origin") == "api");
  CHECK(set.body.at("effectiveMetadata") ==
        json{{"note", "x"}, {"pii.mode", "redact"}, {"pii.scope", "all"}});
  const auto changed = bench.ask("PATCH", "/tenants/t-new",
                                 {{"region", nullptr},
                                  {"metadata", {{"note", nullptr}}},
                                  {"settings", {{"pii", {{"scope", nullptr}}}}}});
  CHECK(changed.status == 200);
  CHECK(changed.body.at("name") == "New");
  CHECK(changed.body.at("region") == "");
  CHECK(changed.body.at("metadata") == json{{"pii.mode", "block"}});
  CHECK(changed.body.at("settings") == json{{"pii", {{"mode", "redact"}}}});
  const auto bare =
      bench.ask("PATCH", "/tenants/t-new", {{"settings", {{"pii", {{"mode", nullptr}}}}}});
  // The area goes with its last pair, or it would go on hiding the metadata.
  CHECK(bare.body.at("settings") == json::object());
  CHECK(bare.body.at("effectiveMetadata") == json{{"pii.mode", "block"}});
  CHECK(bench.ask("PUT", "/tenants/t-seen", {{"region", "us"}}).status == 201);
  CHECK(bench.ask("GET", "/tenants/t-seen").body.at("region") == "us");
}

TEST_CASE("a change of a tenant is one event, and the same again is none", "[tenant]") {
  EvidenceRoutes bench;
  bench.ask("PUT", "/tenants/t-seen", {{"region", "us"}});
  bench.ask("PUT", "/tenants/t-seen", {{"region", "us"}});
  bench.ask("PATCH", "/tenants/t-seen", {{"name", "Seen"}});
  const auto events = bench.events();
  REQUIRE(events.size() == 2);
  CHECK(events[0].action == "tenants.set");
  CHECK(events[0].tenant == "t-seen");
  CHECK(events[0].before_sha256.empty());
  CHECK(events[1].before_sha256 == events[0].after_sha256);
  CHECK(events[1].after_sha256 != events[0].after_sha256);
}

TEST_CASE("what was said of a tenant can be taken away, not what it used", "[tenant]") {
  EvidenceRoutes bench;
  bench.ask("PUT", "/tenants/t-new", {{"region", "us"}});
  bench.ask("PUT", "/tenants/t-seen", {{"region", "us"}});
  const auto deleted = bench.ask("DELETE", "/tenants/t-new");
  CHECK(deleted.status == 200);
  CHECK(deleted.body.at("region") == "us");
  CHECK(deleted.body.at("deleted") == true);
  CHECK(bench.ask("GET", "/tenants/t-new").status == 404);
  CHECK(bench.ask("DELETE", "/tenants/t-seen").status == 200);
  CHECK(bench.ask("GET", "/tenants/t-seen").body.at("origin") == "usage");
  for (const char* gone : {"t-new", "t-seen", "t-never"}) {
    CHECK(bench.ask("DELETE", std::string("/tenants/") + gone).status == 404);
  }
  CHECK(bench.ask("DELETE", "/tenants/t-file").status == 403);
  bench.ask("PUT", "/tenants/t-held", {{"metadata", {{"legal_hold", "true"}}}});
  CHECK(bench.ask("DELETE", "/tenants/t-held").status == 409);
  CHECK(bench.ask("GET", "/tenants/t-held").body.at("origin") == "api");
  CHECK(bench.ask("GET", "/tenants/t-file").status == 200);
  const auto events = bench.events();
  REQUIRE(events.size() == 5);
  CHECK(events[2].action == "tenants.delete");
  CHECK(events[2].object == "t-new");
  CHECK(events[2].before_sha256 == events[0].after_sha256);
  CHECK(events[2].after_sha256.empty());
}

TEST_CASE("tenants of the file and wrong members are refused", "[tenant]") {
  EvidenceRoutes bench;
  const auto of_file = bench.ask("PUT", "/tenants/t-file", {{"region", "us"}});
  CHECK(of_file.status == 403);
  CHECK(of_file.message() ==
        "tenant \"t-file\" stands in /etc/costd/tenants.yaml; change it there, then: costctl "
        "reload");
  struct Row {
    json body;
    const char* message;
  };
  const std::vector<Row> rows{
      {{{"timeZone", "UTC"}},
       "\"timeZone\" cannot be set; a tenant has name, region, metadata, settings"},
      {{{"name", 5}}, "name is no text; write it in quotes"},
      {{{"name", "a\nb"}},
       "name has a line end or control character; write it in one line without"},
      {{{"metadata", "x"}}, "metadata is no object; write keys and their texts"},
      {{{"metadata", {{"a", {1}}}}}, "metadata.a is no text; write it in quotes"},
      {{{"metadata", {{"legal_hold", "yes"}}}},
       "metadata.legal_hold is neither true nor false; write one of the two"},
      {{{"metadata", {{"cost.anomaly-threshold-pct", "30"}}}},
       "metadata.cost.anomaly-threshold-pct holds only in the tenants file; add the tenant there"},
      {{{"settings", {{"pie", json::object()}}}},
       "there is no area of settings \"pie\"; the areas are pii, guardrail, agentic, approval, "
       "governance"},
      {{{"settings", {{"pii", "redact"}}}},
       "settings.pii is no object; write keys and their texts"},
  };
  for (const Row& row : rows) {
    const auto answer = bench.ask("PUT", "/tenants/t-new", row.body);
    CHECK(answer.status == 400);
    CHECK(answer.message() == row.message);
  }
  CHECK(bench.ask("PUT", "/tenants/" + std::string(201, 'x'), json::object()).status == 400);
  CHECK(bench.events().empty());
  CHECK(bench.ask("GET", "/tenants/t-new").status == 404);
}

}  // namespace costd
