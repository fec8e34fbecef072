// What a compliance report says of the gateway's chain: whole, broken, unverified, cut, made anew.

#include <catch2/catch.hpp>

#include "ledger/store/compliance_queries.hpp"
#include "tests/jobs/compliance_bench.hpp"

namespace costd {
namespace {

using test::a_month_of_events;
using test::ComplianceBench;
using test::Lines;
using test::rows;
using Json = nlohmann::json;

}  // namespace

TEST_CASE("a broken chain is a report that says FAIL, and where", "[compliance]") {
  ComplianceBench bench;
  Lines log = a_month_of_events();
  log[3].replace(log[3].find("DENY\""), 5, "PASS\"");
  bench.take_log(log);
  const StoredReport report = bench.one("soc2");
  CHECK(report.status == "FAIL");
  const Json model = bench.model_of(report);
  CHECK(model.at("notices")[0].at("notice") == "An audit chain is broken");
  const Json findings = rows(model, "audit-integrity", "What is broken");
  REQUIRE(findings.size() == 1);
  CHECK(findings[0][0] == "audit");
  CHECK(findings[0][1] == "4");
  CHECK(findings[0][3] == "CONTENT");
}

TEST_CASE("a log under another secret, or without one, is not taken for verified", "[compliance]") {
  ComplianceBench bench;
  bench.take_log(a_month_of_events());
  bench.options.logs = {{"audit", std::string(32, 'x')}};
  const StoredReport foreign = bench.one("soc2");
  CHECK(foreign.status == "FAIL");
  CHECK(rows(bench.model_of(foreign), "audit-integrity", "What is broken")[0][3] == "FOREIGN");
  bench.options.logs = {{"audit", ""}};
  const StoredReport blind = bench.one("soc2");
  CHECK(blind.status == "INCOMPLETE");
  CHECK(ComplianceBench::block(bench.model_of(blind), "audit-integrity", "notice",
                               "The signatures of \"audit\" were not verified")
            .contains("text"));
}

TEST_CASE("a report proves that what the one before pinned is unchanged", "[compliance]") {
  ComplianceBench bench;
  const Lines log = a_month_of_events();
  bench.take_log({log.begin(), log.begin() + 6});
  const StoredReport first = bench.one("soc2");
  CHECK(rows(bench.model_of(first), "audit-integrity", "Chains")[0][7] == "no earlier report");
  const auto pins = load_newest_pins(bench.database.snapshot());
  REQUIRE(pins.size() >= 1);
  CHECK(pins[0].chain == "audit");
  CHECK(pins[0].events == 6);
  CHECK(pins[0].head == test::head_of(log[5]));
  bench.take_log(log);
  bench.now = test::at("2026-11-06T08:00:00Z");
  const StoredReport second = bench.one("hipaa", "acme");
  CHECK(second.status == "PASS");
  CHECK(rows(bench.model_of(second), "audit-integrity", "Chains")[0][7] ==
        "unchanged: 6 events of report " + first.id);
}

TEST_CASE("a chain that was made anew with the right secret shows against the pin",
          "[compliance]") {
  ComplianceBench bench;
  bench.take_log(a_month_of_events());
  bench.one("soc2");
  ComplianceBench forged;
  test::LogWriter log;
  Lines lines;
  for (int n = 1; n <= 12; ++n) lines.push_back(log.numbered(n));
  forged.take_log(lines);
  forged.change([&](UnitOfWork& unit) {
    StoredReport report;
    report.id = "01JAAAAAAAAAAAAAAAAAAAAAAA";
    report.kind = "soc2";
    store_report(unit, report);
    for (const StoredPin& pin : load_newest_pins(bench.database.snapshot())) {
      if (pin.chain == "audit") store_chain_pin(unit, report.id, pin.chain, pin.events, pin.head);
    }
  });
  const StoredReport report = forged.one("soc2");
  CHECK(report.status == "FAIL");
  const Json chain = rows(forged.model_of(report), "audit-integrity", "Chains")[0];
  CHECK(chain[7].get<std::string>().starts_with("NOT AS IT WAS"));
  CHECK(rows(forged.model_of(report), "audit-integrity", "What is broken")[0][3] == "FORK");
}

TEST_CASE("segments that came out of order are read in the order of the chain", "[compliance]") {
  ComplianceBench bench;
  const Lines log = a_month_of_events();
  bench.take_log({log.begin() + 6, log.end()}, "a.jsonl");
  bench.take_log({log.begin(), log.begin() + 3}, "b.jsonl");
  bench.take_log({log.begin() + 3, log.begin() + 6}, "c.jsonl");
  const StoredReport report = bench.one("soc2");
  CHECK(report.status == "PASS");
  const Json segments = rows(bench.model_of(report), "audit-integrity",
                             "Segments of the gateway's log, in the order they were read");
  CHECK(segments[0][1] == "b.jsonl");
  CHECK(segments[1][1] == "c.jsonl");
  CHECK(segments[2][1] == "a.jsonl");
}

TEST_CASE("two chains in one folder are two chains", "[compliance]") {
  ComplianceBench bench;
  const Lines log = a_month_of_events();
  bench.take_log(log, "one.jsonl");
  test::LogWriter other;
  bench.take_log({other.numbered(1), other.numbered(2)}, "two.jsonl");
  const StoredReport report = bench.one("soc2");
  CHECK(report.status == "PASS");
  const Json chains = rows(bench.model_of(report), "audit-integrity", "Chains");
  CHECK(chains[0][0] == "audit");
  CHECK(chains[0][2] == "9");
  CHECK(chains[1][0] == "audit #2");
  CHECK(chains[1][2] == "2");
  CHECK(chains[2][0] == "costd");
}

TEST_CASE("a log whose last line is cut is incomplete", "[compliance]") {
  ComplianceBench bench;
  std::string text;
  for (const std::string& line : a_month_of_events()) text += line + "\n";
  bench.take_bytes(text.substr(0, text.size() - 30));
  const StoredReport report = bench.one("soc2");
  CHECK(report.status == "INCOMPLETE");
  CHECK(rows(bench.model_of(report), "audit-integrity", "What is broken")[0][3] == "TORN_LINE");
}

}  // namespace costd
