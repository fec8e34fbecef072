#include <catch2/catch.hpp>

#include "daemon/signing_key.hpp"
#include "ledger/error.hpp"
#include "ledger/own_chain.hpp"
#include "ledger/sha256.hpp"
#include "ledger/store/audit_store.hpp"
#include "ledger/store/checkpoint_store.hpp"
#include "ledger/store/report_store.hpp"
#include "ledger/ulid.hpp"
#include "tests/daemon/queue_bench.hpp"
#include "tests/daemon/route_answer.hpp"

namespace costd {
namespace {

using test::at;

/// A service on a state directory with a key; its queue is not started.
struct AuditBench : test::QueueBench {
  std::unique_ptr<RunQueue> runs = make_queue();
  Scheduler scheduler{database, {}};
  Service service{Settings{}, database, *runs, scheduler, clock, clock.now()};

  AuditBench() {
    std::filesystem::create_directories(folder / "state/keys");
    service.signing_key = load_signing_key(database, folder / "state", clock.now());
  }

  test::RouteAnswer ask(const std::string& method, const std::string& path,
                        const nlohmann::json& body = nullptr,
                        const std::map<std::string, std::string>& query = {}, unsigned uid = 0) {
    return test::ask_route(service, method, "/v1/admin" + path, body, query, uid);
  }
  std::vector<AuditEvent> events() { return load_audit_events(database.snapshot(), 0, 100); }
  std::int64_t checkpoints() {
    const auto newest = find_newest_checkpoint(database.snapshot());
    return newest ? newest->number : 0;
  }
  std::string store_some_report() {
    StoredReport report;
    report.id = make_ulid(clock.now());
    report.tenant = "acme";
    report.period = {test::day("2026-10-01"), test::day("2026-10-05")};
    report.model_sha256 = std::string(64, 'a');
    ReportFile file{"csv", folder.write("report.csv", "a,b\n"), "statement.csv", 4,
                    sha256_hex("a,b\n")};
    report.files = {file};
    change([&](UnitOfWork& unit) { store_report(unit, report); });
    return report.id;
  }

 private:
  std::unique_ptr<RunQueue> make_queue() {
    job("ingest", test::nothing);
    return queue();
  }
};

}  // namespace

TEST_CASE("a verification is an event, and a checkpoint that covers it", "[audit]") {
  AuditBench bench;
  const auto answer = bench.ask("GET", "/audit/verify");
  CHECK(answer.body.at("result") == "PASS");
  CHECK(answer.body.at("events") == 1);
  CHECK(answer.body.at("checkpoints") == 0);
  CHECK(answer.body.at("keyId") == bench.service.signing_key->public_key().id());
  CHECK(answer.body.at("unanchoredEvents") == 1);
  const auto event = bench.events().back();
  CHECK(event.action == "audit.verify");
  CHECK(event.outcome == "done");
  CHECK(event.actor.text() == "uid:0");
  CHECK(event.reason == "PASS: 1 events, 0 checkpoints, 0 findings");
  CHECK(event.after_sha256 == answer.body.at("head"));
  CHECK(bench.checkpoints() == 1);
  const auto again = bench.ask("GET", "/audit/verify");
  CHECK(again.body.at("events") == 2);
  CHECK(again.body.at("checkpoints") == 1);
  CHECK(again.body.at("unanchoredEvents") == 0);
}

TEST_CASE("a verification that fails is an event, and vouches for nothing", "[audit]") {
  AuditBench bench;
  const auto wrong = std::string(64, 'f');
  const auto answer = bench.ask("GET", "/audit/verify", nullptr, {{"anchor", "9:" + wrong}});
  CHECK(answer.body.at("result") == "FAIL");
  CHECK(answer.body.at("findings").at(0).at("kind") == "TAIL_CUT");
  CHECK(bench.events().back().outcome == "failed");
  CHECK_THAT(bench.events().back().reason, Catch::StartsWith("FAIL: 1 events"));
  CHECK(bench.checkpoints() == 0);
}

TEST_CASE("a verification with another key fails", "[audit]") {
  AuditBench bench;
  bench.ask("GET", "/audit/verify");
  const std::string own = bench.service.signing_key->public_key().id();
  CHECK(bench.ask("GET", "/audit/verify", nullptr, {{"key", own}}).body.at("result") == "PASS");
  const auto other = bench.ask("GET", "/audit/verify", nullptr, {{"key", "00ff00ff00ff00ff"}});
  CHECK(other.body.at("result") == "FAIL");
  CHECK(other.body.at("findings").at(0).at("kind") == "SIGNATURE");
}

TEST_CASE("an export is an event, and all that was recorded up to it is signed", "[audit]") {
  AuditBench bench;
  const auto answer = bench.ask("GET", "/audit/export");
  CHECK(answer.body.at("events") == 2);
  CHECK(answer.body.at("checkpoints") == 1);
  CHECK(answer.body.at("installId") == bench.database.install_id());
  REQUIRE(bench.events().back().action == "audit.export");
  const auto rows = bench.ask("GET", "/audit/checkpoints").body;
  REQUIRE(rows.at("checkpoints").size() == 1);
  OwnChain chain;
  chain.add_line(nlohmann::json{{"key", answer.body.at("keys").at(0)}}.dump());
  chain.add_line(nlohmann::json{{"checkpoint", rows.at("checkpoints").at(0)}}.dump());
  const auto events = bench.ask("GET", "/audit/events").body.at("events");
  for (const auto& event : events) chain.add_line(event.dump());
  const ChainReport report = chain.judge(std::nullopt);
  for (const ChainFinding& finding : report.findings) UNSCOPED_INFO(finding.what);
  CHECK(report.result == ChainReport::Result::pass);
  CHECK(report.unanchored == 0);
}

TEST_CASE("an act that is denied is an event of its own", "[audit]") {
  AuditBench bench;
  const auto answer = bench.ask("POST", "/reload", nlohmann::json::object(), {}, 4'000'000);
  CHECK(answer.status == 403);
  const AuditEvent event = bench.events().back();
  CHECK(event.action == "access.denied");
  CHECK(event.outcome == "denied");
  CHECK(event.object == "POST /v1/admin/reload");
  CHECK(event.actor.text() == "uid:4000000");
  CHECK_THAT(event.reason, Catch::Contains("operator"));
  const auto before = bench.events().size();
  bench.ask("GET", "/no-such-thing", nullptr, {}, 4'000'000);
  CHECK(bench.events().size() == before);
}

TEST_CASE("what cannot be recorded is refused", "[audit]") {
  AuditBench bench;
  const std::string id = bench.store_some_report();
  const auto ask_for_file = [&] {
    HttpRequest request;
    request.method = "GET";
    request.path = "/v1/admin/chargeback-reports/" + id + "/files/csv";
    return dispatch(bench.service, all_routes(), request);
  };
  CHECK(ask_for_file().body == "a,b\n");
  CHECK(bench.events().back().action == "chargeback.download");
  const auto before = bench.events().size();
  bench.database.set_commit_hook([](CommitMoment) {
    throw Error(ErrorCode::database, "the disk is full; make room, then try again");
  });
  const HttpResponse refused = ask_for_file();
  CHECK(refused.status == 500);
  CHECK_THAT(refused.body, Catch::Contains("the disk is full") && !Catch::Contains("a,b"));
  for (const char* path : {"/audit/verify", "/audit/export"}) {
    CHECK(bench.ask("GET", path).status == 500);
  }
  CHECK(bench.ask("POST", "/reload", nlohmann::json::object(), {}, 4'000'000).status == 500);
  bench.database.set_commit_hook({});
  CHECK(bench.events().size() == before);
}

TEST_CASE("a run that somebody starts is an event", "[audit]") {
  AuditBench bench;
  const auto run =
      bench.ask("POST", "/runs", {{"job", "ingest"}, {"period", "2026-10"}, {"tenantId", "acme"}});
  REQUIRE(run.status == 202);
  const AuditEvent event = bench.events().back();
  CHECK(event.action == "run.submit");
  CHECK(event.object == run.body.at("id"));
  CHECK(event.tenant == "acme");
  CHECK(event.reason == "ingest period=2026-10");
}

TEST_CASE("audit events are listed by action, actor, tenant and time", "[audit]") {
  AuditBench bench;
  bench.ask("GET", "/audit/verify", nullptr, {}, 7);
  bench.clock.advance(std::chrono::hours(24));
  bench.ask("GET", "/audit/export");
  const auto seqs = [&](const std::map<std::string, std::string>& query) {
    const auto answer = bench.ask("GET", "/audit/events", nullptr, query).body;
    std::string all;
    for (const auto& event : answer.at("events")) all += event.at("seq").dump() + " ";
    CHECK(answer.at("total") == answer.at("events").size());
    return all;
  };
  CHECK(seqs({}) == "1 2 3 ");
  CHECK(seqs({{"action", "audit.verify"}}) == "2 ");
  CHECK(seqs({{"actor", "uid:7"}}) == "2 ");
  CHECK(seqs({{"tenantId", "acme"}}).empty());
  CHECK(seqs({{"from", "2026-10-06"}}) == "3 ");
  CHECK(seqs({{"to", "2026-10-05T12:00:00Z"}}).empty());
  const auto bad = bench.ask("GET", "/audit/events", nullptr, {{"from", "yesterday"}});
  CHECK(bad.status == 400);
  CHECK_THAT(bad.message(), Catch::Contains("yesterday") && Catch::Contains("2026-10-01"));
}

}  // namespace costd
