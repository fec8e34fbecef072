#include "jobs/compliance/compliance_job.hpp"

#include <catch2/catch.hpp>

#include "ledger/error.hpp"
#include "ledger/store/audit_store.hpp"
#include "ledger/store/outbox_store.hpp"
#include "ledger/store/token_store.hpp"
#include "tests/jobs/compliance_bench.hpp"

namespace costd {
namespace {

using test::a_month_of_events;
using test::ComplianceBench;
using test::count_of;
using test::Lines;
using test::rows;
using Json = nlohmann::json;

std::vector<std::string> section_ids(const Json& model) {
  std::vector<std::string> ids;
  for (const char* part : {"sections", "appendix"}) {
    for (const auto& section : model.at(part)) ids.push_back(section.at("id"));
  }
  return ids;
}

std::string fact(const Json& model, const std::string& section, const std::string& title,
                 const std::string& label) {
  const Json facts = ComplianceBench::block(model, section, "facts", title);
  for (const auto& each : facts.value("values", Json::array())) {
    if (each.at("label") == label) return each.at("value");
  }
  return "(no " + label + ")";
}

}  // namespace

TEST_CASE("each kind of report has its sections in the order of the specification",
          "[compliance]") {
  ComplianceBench bench;
  bench.take_log(a_month_of_events());
  CHECK(section_ids(bench.model_of(bench.one("soc2"))) ==
        std::vector<std::string>{"audit-integrity", "access-control", "policy-enforcement",
                                 "data-residency", "token-usage", "event-count"});
  CHECK(section_ids(bench.model_of(bench.one("hipaa"))) ==
        std::vector<std::string>{"access-log", "authorization-log", "policy-violations",
                                 "access-patterns", "audit-integrity", "review-attestation",
                                 "event-count"});
  CHECK(section_ids(bench.model_of(bench.one("gdpr"))) ==
        std::vector<std::string>{"processing-activities", "tenant-data-residency", "consent-policy",
                                 "data-retention", "audit-integrity", "event-count"});
}

TEST_CASE("counts in are counts in the report and what was left out, with its reason",
          "[compliance]") {
  ComplianceBench bench;
  Lines log = a_month_of_events();
  log.insert(log.begin() + 4, "no event");
  bench.take_log(log);
  // Ten lines: eight of October or around it that are events of acme, globex and the platform.
  const Json all = bench.model_of(bench.one("soc2"));
  const Json counts = rows(all, "evidence", "Counts: in = in this report + excluded");
  CHECK(counts[0][1] == "10");  // in the source
  CHECK(counts[1][1] == "7");   // e1 to e7
  CHECK(counts[2][1] == "2");   // e0, e8
  CHECK(counts[3][1] == "0");
  CHECK(counts[5][1] == "1");  // unreadable
  const Json acme = bench.model_of(bench.one("soc2", "acme"));
  const Json of_acme = rows(acme, "evidence", "Counts: in = in this report + excluded");
  CHECK(of_acme[0][1] == "10");
  CHECK(of_acme[1][1] == "4");  // e1, e3, e4, e7
  CHECK(of_acme[2][1] == "2");
  CHECK(of_acme[3][1] == "3");  // e2, e5, e6
  CHECK(of_acme[5][1] == "1");
}

TEST_CASE("events are counted by type and outcome, and each is a row of a file", "[compliance]") {
  ComplianceBench bench;
  bench.take_log(a_month_of_events());
  const StoredReport report = bench.one("soc2");
  const Json model = bench.model_of(report);
  Json gateway = Json::array();
  for (const auto& row : rows(model, "event-count", "By type")) {
    if (row[0] == "gateway") gateway.push_back(row);
  }
  CHECK(gateway == Json{{"gateway", "GATEWAY_RESPONSE", "2", "1", "1", "4"},
                        {"gateway", "PII_DETECTED", "1", "0", "0", "1"},
                        {"gateway", "POLICY_DENIED", "0", "1", "0", "1"},
                        {"gateway", "PROVIDER_CREDENTIAL_ROTATED", "1", "0", "0", "1"}});
  const std::string csv = bench.file_of(report, "gateway-events.csv");
  CHECK(csv.starts_with(
      "timestamp,tenantId,eventType,outcome,apiKey,status,eventId,chain,seq\r\n"
      "2026-10-01T00:00:00Z,acme,GATEWAY_RESPONSE,done,key_acme…0001,200,e1,audit,2\r\n"));
  CHECK(std::ranges::count(csv, '\n') == 8);
  const std::string by_day = bench.file_of(report, "events-by-type.csv");
  CHECK(by_day.find("2026-10-02,gateway,POLICY_DENIED,0,0,0,0\r\n") != std::string::npos);
}

TEST_CASE("days are those of the tenant's zone", "[compliance]") {
  ComplianceBench bench;
  bench.change([](UnitOfWork& unit) {
    store_billing_zone(unit, "acme", "Asia/Tokyo", test::day("2026-01-01"));
  });
  bench.take_log(a_month_of_events());
  // In Tokyo October begins on 30 September at 15:00 UTC, so that e0 is in and e7 is out.
  const Json model = bench.model_of(bench.one("soc2", "acme"));
  CHECK(model.at("timeZone") == "Asia/Tokyo");
  CHECK(fact(model, "evidence", "What was asked for", "Filter: instants") ==
        "2026-09-30T15:00:00Z (included) to 2026-10-31T15:00:00Z (not included)");
  const Json counts = rows(model, "evidence", "Counts: in = in this report + excluded");
  CHECK(counts[1][1] == "4");  // e0, e1, e3, e4
}

TEST_CASE("the access log names keys masked, calls and what came of them", "[compliance]") {
  ComplianceBench bench;
  bench.take_log(a_month_of_events());
  const StoredReport report = bench.one("hipaa", "acme");
  const Json model = bench.model_of(report);
  CHECK(rows(model, "access-log", "Users: API keys that called in the period") ==
        Json{{"key_acme…0002", "Acme", "2", "1", "1", "0", "2026-10-06 23:30", "2026-10-31 23:59"},
             {"key_acme…0001", "Acme", "1", "0", "0", "150", "2026-10-01 00:00",
              "2026-10-01 00:00"}});
  CHECK(bench.file_of(report, "access-log.csv").find("m-large at openai") != std::string::npos);
  const std::string decisions = bench.file_of(report, "authorization-log.csv");
  // A reason that begins like a formula is guarded; quotes are doubled.
  CHECK(decisions.find("key_acme…0002,DENY,pol-1,r-9,denied,"
                       "\"'=model \"\"m-secret\"\" is not allowed\"") != std::string::npos);
  CHECK(rows(model, "policy-violations", "By type") ==
        Json{{"POLICY_DENIED", "1", "2026-10-05 10:00", "2026-10-05 10:00"}});
  const Json patterns = rows(model, "access-patterns", "API keys");
  CHECK(patterns[0][7] == "mostly at night; not seen before the period");
  CHECK(patterns[1][7] == "mostly at night");
}

TEST_CASE("a report of one tenant has nothing of another's in any section or file",
          "[compliance]") {
  ComplianceBench bench;
  bench.take_log(a_month_of_events());
  bench.add_usage(test::a_series("globex", "globex-model", "key_globex_main_0077"),
                  test::day("2026-10-05"), {.input_uncached = 10, .output = 5});
  bench.add_usage(test::a_series("acme"), test::day("2026-10-05"),
                  {.input_uncached = 10, .output = 5});
  bench.change([&](UnitOfWork& unit) {
    for (const EvidenceKind& kind : evidence_kinds()) {
      EvidenceRecord record;
      record.kind = std::string(kind.name);
      record.id = "globex-" + record.kind;
      record.tenant = "globex";
      for (const EvidenceField& field : kind.fields) {
        record.fields[std::string(field.name)] =
            field.kind == EvidenceField::Kind::instant ? "2026-10-05T00:00:00Z" : "of globex";
      }
      store_evidence(unit, record);
    }
    unit.audit({.at = test::at("2026-10-10T00:00:00Z"),
                .actor = {"uid", "globex-uid"},
                .action = "budgets.add",
                .object = "globex-budget",
                .tenant = "globex"});
  });
  for (const char* type : {"soc2", "hipaa", "gdpr"}) {
    const StoredReport report = bench.one(type, "acme");
    CHECK(report.model.find("lobex") == std::string::npos);
    for (const ReportFile& file : report.files) {
      if (file.format == "pdf") continue;
      INFO(file.format);
      CHECK(bench.file_of(report, file.format).find("lobex") == std::string::npos);
    }
    // The report of all has it, so the check can fail.
    CHECK(bench.one(type).model.find("lobex") != std::string::npos);
  }
}

TEST_CASE("a period without events is vacuous, and the report says so", "[compliance]") {
  ComplianceBench bench;
  bench.take_log(a_month_of_events());
  const Json model = bench.model_of(bench.report(
      bench.generate("gdpr", "", {{"from", "2025-10-01"}, {"to", "2025-11-01"}}).outputs.at(0)));
  CHECK(model.at("notices")[0].at("notice") == "The period has no gateway events: vacuous");
  CHECK(rows(model, "event-count", "By type").empty());
}

TEST_CASE("without any log the report stands, is incomplete and says so", "[compliance]") {
  ComplianceBench bench;
  const StoredReport empty = bench.one("soc2");
  CHECK(empty.status == "INCOMPLETE");
  bench.options.logs = {};
  const StoredReport none = bench.one("soc2");
  CHECK(none.status == "INCOMPLETE");
  CHECK(bench.model_of(none).at("notices")[0].at("notice") ==
        "No audit log of a gateway is configured");
}

TEST_CASE("timestamps in the future are counted and named", "[compliance]") {
  ComplianceBench bench;
  bench.now = test::at("2026-10-06T00:00:00Z");
  bench.take_log(a_month_of_events());
  const Json model = bench.model_of(bench.one("soc2"));
  // e4 to e8 are later than the report.
  CHECK(ComplianceBench::block(model, "evidence", "notice",
                               "5 events have a time after this report was made")
            .contains("text"));
  CHECK(model.at("notices")[0].at("notice") == "The period is not over");
}

TEST_CASE("what the site does not say is printed as not provided", "[compliance]") {
  ComplianceBench bench;
  bench.take_log(a_month_of_events());
  bench.add_usage(test::a_series("globex"), test::day("2026-10-05"),
                  {.input_uncached = 10, .output = 5});
  const Json model = bench.model_of(bench.one("gdpr"));
  CHECK(fact(model, "processing-activities", "The site", "Data protection officer") ==
        "NOT PROVIDED");
  const Json residency = rows(model, "tenant-data-residency", "Tenants, providers and regions");
  REQUIRE(residency.size() == 1);
  CHECK(residency[0][0] == "Globex");
  CHECK(residency[0][1] == "NOT PROVIDED");  // a tenant without region
  CHECK(residency[0][5] == "NOT PROVIDED");
}

TEST_CASE("a provider outside of the regions that a tenant allows is a violation", "[compliance]") {
  ComplianceBench bench;
  bench.change([](UnitOfWork& unit) {
    store_evidence(unit,
                   {"providers",
                    "openai",
                    "",
                    {{"regions", "us-east-1, eu-central-1"}, {"basis", "SCC"}, {"country", "US"}}});
    store_evidence(unit, {"residency-rules", "eu", "", {{"allowedRegions", "eu-central-1"}}});
    store_evidence(
        unit,
        {"residency-rules", "globex", "globex", {{"allowedRegions", "us-east-1, eu-central-1"}}});
  });
  for (const char* tenant : {"acme", "globex"}) {
    bench.add_usage(test::a_series(tenant), test::day("2026-10-05"),
                    {.input_uncached = 10, .output = 5}, 3);
  }
  const Json model = bench.model_of(bench.one("soc2"));
  const Json residency = rows(model, "data-residency", "Tenants, providers and regions");
  REQUIRE(residency.size() == 2);
  CHECK(residency[0][7] == "NOT ALLOWED");
  CHECK(residency[1][7] == "ALLOWED");
  CHECK(fact(model, "data-residency", "", "Against a rule") == "3");
}

TEST_CASE("a key that was let in after it was revoked stands out, one that was refused does not",
          "[compliance]") {
  ComplianceBench bench;
  bench.take_log(a_month_of_events());
  bench.change([](UnitOfWork& unit) {
    for (const auto& [key, revoked] : {std::pair{"key_acme_of_old_0001", "2026-09-30"},
                                       std::pair{"key_acme_of_new_0002", "2026-10-06"}}) {
      EvidenceRecord record;
      record.kind = "api-keys";
      record.id = key;
      record.tenant = "acme";
      record.fields = {{"status", "REVOKED"}, {"revokedAt", revoked}};
      store_evidence(unit, record);
    }
  });
  // The old one called on 1 October with 200; the new one after the 6th with 401 and 500 alone.
  const Json keys = rows(bench.model_of(bench.one("soc2")), "access-control",
                         "API keys: the site's register beside the gateway's log");
  REQUIRE(keys.size() == 3);
  CHECK(keys[0][2] == "REVOKED");
  CHECK(keys[1][2] == "USED AFTER REVOCATION");
  CHECK(keys[2][2] == "NOT IN THE REGISTER");
}

TEST_CASE("tokens of costd's API are in the report of whom they are bound to", "[compliance]") {
  ComplianceBench bench;
  bench.change([](UnitOfWork& unit) {
    for (const char* tenant : {"acme", "globex"}) {
      AccessToken token;
      token.id = std::string("id-") + tenant;
      token.hash = std::string("hash-") + tenant;
      token.name = std::string("token of ") + tenant;
      token.role = "viewer";
      token.tenant = tenant;
      token.created_at = test::at("2026-09-01T00:00:00Z");
      insert_token(unit, token);
    }
  });
  const char* const table = "Tokens of costd's API that held in the period";
  CHECK(rows(bench.model_of(bench.one("soc2")), "access-control", table).size() == 2);
  const Json own = rows(bench.model_of(bench.one("soc2", "acme")), "access-control", table);
  REQUIRE(own.size() == 1);
  CHECK(own[0][0] == "token of acme");
  CHECK(own[0][7] == "never");
}

TEST_CASE("a run makes each of its reports once, however often it goes on", "[compliance]") {
  ComplianceBench bench;
  bench.take_log(a_month_of_events());
  const RunParameters parameters{
      {"types", "hipaa,gdpr"}, {"tenant", "each"}, {"from", "2026-10-01"}, {"to", "2026-11-01"}};
  CHECK(count_of(bench.run(*make_compliance_job(bench.options), parameters), "reports") == 4);
  const JobResult again = bench.run(*make_compliance_job(bench.options), parameters);
  CHECK(count_of(again, "reports") == 0);
  CHECK(again.outputs.size() == 4);
  const auto events = load_audit_events(bench.database.snapshot(), 0, 100);
  CHECK(std::ranges::count(events, "compliance.generate", &AuditEvent::action) == 4);
}

TEST_CASE("the recipients of a run get the report with the heads of the chains", "[compliance]") {
  ComplianceBench bench;
  bench.take_log(a_month_of_events());
  bench.options.mail = {.from = "costd@example.com",
                        .attach = {},
                        .templates_dir = bench.options.templates_dir,
                        .outbox_dir = bench.folder / "outbox"};
  const JobResult result = bench.generate("soc2", "",
                                          {{"from", "2026-10-01"},
                                           {"to", "2026-11-01"},
                                           {"recipients", "audit@example.com, b@example.com"}});
  CHECK(count_of(result, "mails") == 2);
  const auto mails = load_outbox(bench.database.snapshot(), 10);
  REQUIRE(mails.size() == 2);
  CHECK(mails[0].subject == "SOC 2 Type II evidence: All tenants, 1–31 Oct 2026, chains PASS");
  std::ifstream input(mails[0].payload_path);
  const std::string message{std::istreambuf_iterator<char>(input), {}};
  CHECK(message.find("soc2-2026-10-all-tenants-r1.pdf") != std::string::npos);
}

TEST_CASE("the same inputs give the same bytes, but for the report's and the site's ids",
          "[compliance]") {
  ComplianceBench one;
  ComplianceBench other;
  for (ComplianceBench* bench : {&one, &other}) bench->take_log(a_month_of_events());
  for (const char* type : {"soc2", "hipaa", "gdpr"}) {
    const StoredReport first = one.one(type);
    const StoredReport second = other.one(type);
    const auto neutral = [](const StoredReport& report, const ComplianceBench& bench) {
      std::string text = report.model;
      for (const std::string& id : {report.id, bench.database.install_id()}) {
        for (auto at = text.find(id); at != std::string::npos; at = text.find(id, at)) {
          text.replace(at, id.size(), "(id)");
        }
      }
      return text;
    };
    if (std::string(type) == "soc2") CHECK(neutral(first, one) == neutral(second, other));
    REQUIRE(first.files.size() == second.files.size());
    for (std::size_t n = 0; n < first.files.size(); ++n) {
      const std::string& format = first.files[n].format;
      // What names reports of before, or when costd acted, is each site's own.
      if (format == "pdf" || format == "chains.csv" || format == "record-access.csv") continue;
      INFO(type << " " << format);
      CHECK(first.files[n].sha256 == second.files[n].sha256);
    }
  }
}

TEST_CASE("a wish that makes no sense is refused with what to do", "[compliance]") {
  ComplianceBench bench;
  CHECK_THROWS_WITH(bench.generate("soc2", "", {}), Catch::Contains("--period"));
  CHECK_THROWS_WITH(bench.generate("soc3"), Catch::Contains("soc2, hipaa, gdpr"));
  CHECK_THROWS_WITH(bench.generate(""), Catch::Contains("soc2, hipaa or gdpr"));
  CHECK_THROWS_WITH(bench.generate("soc2", "nobody"), Catch::Contains("tenants list"));
  CHECK_THROWS_WITH(bench.generate("soc2", "", {{"from", "2026-11-01"}, {"to", "2026-10-01"}}),
                    Catch::Contains("is not before"));
}

}  // namespace costd
