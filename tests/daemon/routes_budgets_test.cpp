#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "ledger/sha256.hpp"
#include "ledger/store/audit_store.hpp"
#include "ledger/store/budget_store.hpp"
#include "tests/daemon/route_answer.hpp"
#include "tests/support/budget_builders.hpp"
#include "tests/support/quiet_log.hpp"
#include "tests/support/test_database.hpp"

namespace costd {
namespace {

using nlohmann::json;
using test::a_cap;
using test::at;
using test::day;

/// A service over a database in which t-one has spent 90 USD in October.
struct BudgetRoutes : test::TestDatabase {
  test::QuietLog quiet;
  ManualClock clock{at("2026-10-20T12:00:00Z")};
  RunQueue runs{database, {}, clock};
  Scheduler scheduler{database, {}};
  Service service{Settings{}, database, runs, scheduler, clock, clock.now()};

  BudgetRoutes() {
    add_usage(test::a_series("t-one"), day("2026-10-19"), test::input_and_output(0, 1));
    change([](UnitOfWork& unit) {
      DailyCharge charge{load_daily_usage(unit, day("2026-10-19")).at(0).key, {}};
      charge.charge.state = ChargeState::priced;
      charge.charge.amounts.output_picos = 90 * picos_per_usd;
      replace_daily_charges(unit, day("2026-10-19"), {charge});
    });
  }

  using Answer = test::RouteAnswer;
  Answer ask(const std::string& method, const std::string& path, const json& body = nullptr,
             const std::map<std::string, std::string>& query = {}) {
    return test::ask_route(service, method, "/v1/admin/budgets" + path, body, query);
  }
  Answer add(const json& changes = json::object()) {
    json body{{"name", "month"}, {"tenantId", "t-one"}, {"period", "MONTHLY"}, {"limitUsd", "100"}};
    body.update(changes);
    return ask("POST", "", body);
  }
  std::vector<AuditEvent> events() { return load_audit_events(database.snapshot(), 0, 100); }
};

}  // namespace

TEST_CASE("an added budget has its figures at once", "[budget]") {
  BudgetRoutes bench;
  const auto added = bench.add();
  CHECK(added.status == 201);
  const std::string id = added.body.at("id");
  const auto usage = bench.ask("GET", "/" + id + "/usage").body;
  CHECK(usage.at("limitUsd") == "100.000000000000");
  CHECK(usage.at("softLimitPct") == 80);
  CHECK(usage.at("version") == 1);
  CHECK(usage.at("managedBy") == "PLATFORM");
  CHECK(usage.at("origin") == "api");
  CHECK(usage.at("usage").at("currentSpend") == "90.000000000000");
  CHECK(usage.at("usage").at("remaining") == "10.000000000000");
  CHECK(usage.at("usage").at("utilisationPct") == "90.0");
  CHECK(usage.at("usage").at("colour") == "amber");
  // One complete day of history with 90: 90 more for the 20th and each of 11 days after it.
  CHECK(usage.at("usage").at("projectedSpend") == "1170.000000000000");
  CHECK(usage.at("usage").at("crossesOn") == "2026-10-20");
  CHECK(usage.at("usage").at("confidence") == "low");
  CHECK(usage.at("usage").at("periodEndAt") == "2026-11-01T00:00:00Z");
  CHECK(usage.at("aboveCeiling").is_null());
  CHECK(usage.at("tightest").at("leastRemaining").at("id") == id);
}

TEST_CASE("the list is by tenant and counts what is enabled", "[budget]") {
  BudgetRoutes bench;
  bench.add();
  bench.add({{"name", "off"}, {"enabled", false}, {"period", "DAY"}});
  bench.add({{"name", "global"}, {"tenantId", ""}, {"limitUsd", 500}});
  const auto all = bench.ask("GET", "").body;
  CHECK(all.at("summary") == json{{"total", 3}, {"enabled", 2}, {"disabled", 1}});
  CHECK(all.at("budgets").at(0).at("name") == "global");
  CHECK(all.at("budgets").at(2).at("period") == "DAILY");
  CHECK(bench.ask("GET", "", nullptr, {{"tenantId", "t-one"}}).body.at("summary").at("total") == 2);
  CHECK(bench.ask("GET", "", nullptr, {{"tenantId", ""}}).body.at("summary").at("total") == 1);
  const auto page = bench.ask("GET", "", nullptr, {{"limit", "1"}, {"offset", "2"}}).body;
  CHECK(page.at("budgets").size() == 1);
  CHECK(page.at("budgets").at(0).at("name") == "off");
  CHECK(page.at("summary").at("total") == 3);
  CHECK(bench.ask("GET", "", nullptr, {{"limit", "1001"}}).status == 400);
}

TEST_CASE("a wrong budget is refused by its field and nothing changes", "[budget]") {
  struct Row {
    json changes;
    int status;
    const char* says;
  };
  const std::vector<Row> rows{
      {{{"period", "YEARLY"}}, 400, "period \"YEARLY\""},
      {{{"limitUsd", "-1"}}, 400, "limitUsd -1"},
      {{{"limitUsd", 0}}, 400, "limitUsd 0"},
      {{{"limitUsd", "1e30"}}, 400, "limitUsd \"1e30\""},
      {{{"limitUsd", 1e30}}, 400, "limitUsd is neither text nor a whole number"},
      {{{"limitUsd", nullptr}}, 400, "limitUsd is neither"},
      {{{"softLimitPct", 0}}, 400, "softLimitPct 0"},
      {{{"softLimitPct", 101}}, 400, "softLimitPct 101"},
      {{{"softLimitPct", "80"}}, 400, "softLimitPct is no whole number"},
      {{{"tenantId", "nobody"}}, 400, "tenantId \"nobody\" is neither"},
      {{{"tenantId", ""}, {"apiKey", "key_1"}}, 400, "apiKey stands without tenantId"},
      {{{"tenantId", ""}, {"managedBy", "TENANT"}}, 400, "managedBy TENANT"},
      {{{"managedBy", "ME"}}, 400, "managedBy \"ME\""},
      {{{"enabled", "yes"}}, 400, "enabled is neither true nor false"},
      {{{"name", ""}}, 400, "name is missing"},
      {{{"name", "Ceiling"}}, 409, "name \"Ceiling\" is that of budget ID-Ceiling"},
      {{{"limit", 5}}, 400, "member \"limit\""},
      {{{"version", 1}}, 400, "version is not for a new budget"},
      {{{"managedBy", "TENANT"}, {"limitUsd", "95.01"}}, 403, "ceiling \"Ceiling\" (ID-Ceiling)"},
  };
  BudgetRoutes bench;
  bench.change([](UnitOfWork& unit) {
    insert_cap(unit, a_cap("Ceiling").up_to("95"), {"uid:0", at("2026-10-01T00:00:00Z")});
  });
  const auto before = load_caps(bench.database.snapshot());
  for (const Row& row : rows) {
    const auto answer = bench.add(row.changes);
    INFO(row.changes.dump() << " " << answer.body.dump());
    CHECK(answer.status == row.status);
    CHECK_THAT(answer.message(), Catch::Contains(row.says));
  }
  CHECK(load_caps(bench.database.snapshot()) == before);
  CHECK(bench.events().empty());
  CHECK(bench.ask("POST", "", json::array()).status == 400);
  CHECK(bench.add({{"managedBy", "TENANT"}, {"limitUsd", "95"}}).status == 201);
}

TEST_CASE("an edit takes the version it is made to, and raises it", "[budget]") {
  BudgetRoutes bench;
  const std::string path = "/" + bench.add().body.at("id").get<std::string>();
  const auto edited = bench.ask("PATCH", path, {{"version", 1}, {"limitUsd", "200"}});
  CHECK(edited.status == 200);
  CHECK(edited.body.at("version") == 2);
  CHECK(edited.body.at("usage").at("colour") == "green");
  const auto stale = bench.ask("PATCH", path, {{"version", 1}, {"limitUsd", "300"}});
  CHECK(stale.status == 409);
  CHECK_THAT(stale.message(), Catch::Contains("which is 2") &&
                                  Catch::Contains("limitUsd 100.000000000000 -> 200.000000000000"));
  CHECK(bench.ask("PATCH", path, {{"version", 2}, {"limitUsd", "200.00"}}).body.at("version") == 2);
  CHECK(bench.ask("PATCH", path, {{"limitUsd", "300"}}).status == 400);
  CHECK(bench.ask("PATCH", "/absent", {{"version", 1}}).status == 404);
  // The whole: what is left out has its default.
  const auto replaced = bench.ask(
      "PUT", path, {{"version", 2}, {"name", "all"}, {"period", "WEEK"}, {"limitUsd", "7"}});
  CHECK(replaced.status == 200);
  CHECK(replaced.body.at("tenantId") == "");
  CHECK(replaced.body.at("version") == 3);
  CHECK(bench.ask("PUT", path, {{"version", 3}, {"name", "all"}}).status == 400);
}

TEST_CASE("a ceiling may be lowered below a tenant's cap, which is then shown", "[budget]") {
  BudgetRoutes bench;
  const std::string ceiling = bench.add({{"name", "ceiling"}}).body.at("id");
  const std::string own = bench.add({{"name", "own"}, {"managedBy", "TENANT"}}).body.at("id");
  CHECK(bench.ask("PATCH", "/" + ceiling, {{"version", 1}, {"limitUsd", "60"}}).status == 200);
  const auto shown = bench.ask("GET", "/" + own + "/usage").body;
  CHECK(shown.at("aboveCeiling").at("id") == ceiling);
  CHECK(shown.at("aboveCeiling").at("limitUsd") == "60.000000000000");
  // It may be edited only down to the ceiling.
  CHECK(bench.ask("PATCH", "/" + own, {{"version", 1}, {"softLimitPct", 70}}).status == 403);
  CHECK(bench.ask("PATCH", "/" + own, {{"version", 1}, {"limitUsd", "60"}}).status == 200);
}

TEST_CASE("caps of the configuration are read-only, with the remedy", "[budget]") {
  BudgetRoutes bench;
  bench.change([](UnitOfWork& unit) {
    store_configured_caps(unit, {a_cap("file")}, at("2026-10-01T00:00:00Z"));
  });
  for (const char* method : {"PATCH", "DELETE"}) {
    const auto answer = bench.ask(method, "/ID-file", {{"version", 1}, {"limitUsd", "5"}});
    CHECK(answer.status == 403);
    CHECK_THAT(answer.message(), Catch::Contains("under budgets:"));
  }
  CHECK(load_caps(bench.database.snapshot()).front().limit == Money::from_usd(100));
}

TEST_CASE("each change of a budget is audited with the hashes before and after", "[budget]") {
  BudgetRoutes bench;
  const std::string path = "/" + bench.add().body.at("id").get<std::string>();
  const BudgetCap first = load_caps(bench.database.snapshot()).front();
  bench.ask("PATCH", path, {{"version", 1}, {"limitUsd", "200"}});
  const BudgetCap second = load_caps(bench.database.snapshot()).front();
  CHECK(bench.ask("DELETE", path, nullptr, {{"version", "1"}}).status == 409);
  CHECK(bench.ask("DELETE", path).status == 200);
  CHECK(bench.ask("GET", path + "/usage").status == 404);
  CHECK(bench.ask("DELETE", path).status == 404);
  const auto events = bench.events();
  REQUIRE(events.size() == 3);
  CHECK(events[0].action == "budgets.add");
  CHECK(events[0].before_sha256.empty());
  CHECK(events[0].after_sha256 == sha256_hex(canonical_text(first)));
  CHECK(events[1].action == "budgets.edit");
  CHECK(events[1].before_sha256 == sha256_hex(canonical_text(first)));
  CHECK(events[1].after_sha256 == sha256_hex(canonical_text(second)));
  CHECK_THAT(events[1].reason, Catch::Contains("limitUsd"));
  CHECK(events[2].action == "budgets.delete");
  CHECK(events[2].before_sha256 == sha256_hex(canonical_text(second)));
  CHECK(events[2].after_sha256.empty());
  CHECK(events[2].tenant == "t-one");
}

TEST_CASE("a decision names the governing cap and what it is as of", "[budget]") {
  BudgetRoutes bench;
  const std::string id = bench.add().body.at("id");
  const auto decide = [&](const std::string& tenant, const std::string& key = "") {
    return bench.ask("GET", "/decision", nullptr, {{"tenantId", tenant}, {"apiKey", key}});
  };
  const auto warned = decide("t-one", "key_one").body;
  CHECK(warned.at("decision") == "warn");
  CHECK(warned.at("governing").at("id") == id);
  CHECK(warned.at("tenantKnown") == true);
  CHECK(warned.at("computedAt") == "2026-10-20T12:00:00Z");
  const auto stranger = decide("nobody").body;
  CHECK(stranger.at("decision") == "allow");
  CHECK(stranger.at("governing").is_null());
  CHECK(stranger.at("tenantKnown") == false);
  CHECK(bench.ask("GET", "/decision").status == 400);
  bench.add({{"name", "key"}, {"apiKey", "key_one"}, {"limitUsd", "90"}});
  CHECK(decide("t-one", "key_one").body.at("decision") == "block");
  CHECK(decide("t-one", "key_two").body.at("decision") == "warn");
}

}  // namespace costd
