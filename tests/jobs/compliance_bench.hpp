#pragma once
// A site with an audit log, and its compliance reports as people get them.

#include <nlohmann/json.hpp>

#include "jobs/compliance/compliance_job.hpp"
#include "ledger/store/evidence_store.hpp"
#include "ledger/store/report_store.hpp"
#include "ledger/store/tenant_store.hpp"
#include "tests/ledger/gateway_log.hpp"
#include "tests/support/job_bench.hpp"

namespace costd::test {

struct ComplianceBench : JobBench {
  ComplianceOptions options{.reports_dir = folder / "reports",
                            .templates_dir = COSTD_SOURCE_DIR "/templates",
                            .logs = {{"audit", secret}}};

  ComplianceBench() {
    now = at("2026-11-05T08:00:00Z");
    change([&](UnitOfWork& unit) {
      store_tenants(unit, {{"acme", "Acme", "eu-central-1", "", {}, {}, {}},
                           {"globex", "Globex", "", "", {}, {}, {}}});
      unit.audit({.at = at("2026-10-01T00:00:00Z"),
                  .actor = {"system", "costd"},
                  .action = "tenants.configure",
                  .object = "tenants.yaml"});
    });
  }

  /// Puts the lines into the audit spool as a file, and takes it in.
  JobResult take_log(const Lines& lines, const std::string& name = "audit.jsonl") {
    std::string text;
    for (const std::string& line : lines) text += line + "\n";
    return take_bytes(text, name);
  }
  JobResult take_bytes(const std::string& text, const std::string& name = "audit.jsonl") {
    put(name, text);
    IngestOptions ingest;
    ingest.audit_logs = {{"audit", spool()}};
    return run(*make_ingest_job(ingest));
  }

  JobResult generate(const std::string& types, const std::string& tenant = "",
                     const RunParameters& more = {{"from", "2026-10-01"}, {"to", "2026-11-01"}}) {
    RunParameters parameters = more;
    parameters["types"] = types;
    if (!tenant.empty()) parameters["tenant"] = tenant;
    run_id += "X";  // each a run of its own
    return run(*make_compliance_job(options), parameters);
  }

  StoredReport report(const std::string& id) {
    return find_report(database.snapshot(), id).value();
  }
  /// The report of a run that makes one.
  StoredReport one(const std::string& type, const std::string& tenant = "") {
    return report(generate(type, tenant).outputs.at(0));
  }
  static nlohmann::json model_of(const StoredReport& report) {
    return nlohmann::json::parse(report.model);
  }
  static std::string file_of(const StoredReport& report, const std::string& format) {
    for (const ReportFile& file : report.files) {
      if (file.format != format) continue;
      std::ifstream input(file.path, std::ios::binary);
      return {std::istreambuf_iterator<char>(input), {}};
    }
    return "(there is no " + format + ")";
  }
  /// The first block of the section that has the member with that value: {"table", "Chains"}.
  static nlohmann::json block(const nlohmann::json& model, const std::string& section,
                              const std::string& member, const std::string& value) {
    auto sections = model.at("sections");
    for (const auto& more : model.at("appendix")) sections.push_back(more);
    sections.push_back(model.at("evidence"));
    for (const auto& each : sections) {
      if (each.at("id") != section) continue;
      for (const auto& block : each.at("blocks")) {
        if (block.contains(member) && block.at(member) == value) return block;
      }
    }
    return {{"rows", nlohmann::json::array()}, {"missing", section + "/" + value}};
  }
};

/// The rows of that table, or none where it is not there.
inline nlohmann::json rows(const nlohmann::json& model, const std::string& section,
                           const std::string& table) {
  return ComplianceBench::block(model, section, "table", table).at("rows");
}

/// Nine events of October of two tenants and the platform, and one before it.
inline Lines a_month_of_events() {
  LogWriter log;
  return {
      log.event(
          "e0", "2026-09-30T23:59:59Z", "acme", "GATEWAY_RESPONSE",
          R"({"api_key":"key_acme_of_old_0001","model":"m","provider":"openai","status":200})"),
      log.event("e1", "2026-10-01T00:00:00Z", "acme", "GATEWAY_RESPONSE",
                R"({"api_key":"key_acme_of_old_0001","latency_ms":12,"model":"m-large",)"
                R"("provider":"openai",)"
                R"("status":200,"tokens_total":150})"),
      log.event("e2", "2026-10-05T09:30:00Z", "globex", "GATEWAY_RESPONSE",
                R"({"api_key":"key_globex_main_0077","model":"m-small",)"
                R"("provider":"mistral","status":200,)"
                R"("tokens_total":40})"),
      log.event("e3", "2026-10-05T10:00:00.5Z", "acme", "POLICY_DENIED",
                R"({"api_key":"key_acme_of_new_0002","policy_decision":"DENY","policy_id":"pol-1",)"
                R"("policy_rule_id":"r-9","reason":"=model \"m-secret\" is not allowed"})"),
      log.event(
          "e4", "2026-10-06T23:30:00Z", "acme", "GATEWAY_RESPONSE",
          R"({"api_key":"key_acme_of_new_0002","error_code":"unauthorized","model":"m-large",)"
          R"("provider":"openai","status":401})"),
      log.event(
          "e5", "2026-10-07T12:00:00Z", "globex", "PII_DETECTED",
          R"({"api_key":"key_globex_main_0077","categories":["EMAIL"],"entity_types":["PERSON"]})"),
      log.event("e6", "2026-10-08T12:00:00Z", "", "PROVIDER_CREDENTIAL_ROTATED",
                R"({"provider":"openai"})"),
      log.event("e7", "2026-10-31T23:59:59.999999Z", "acme", "GATEWAY_RESPONSE",
                R"({"api_key":"key_acme_of_new_0002","model":"m-large",)"
                R"("provider":"openai","status":500})"),
      log.event("e8", "2026-11-01T00:00:00Z", "acme", "GATEWAY_RESPONSE",
                R"({"api_key":"key_acme_of_new_0002","model":"m-large",)"
                R"("provider":"openai","status":200})"),
  };
}

}  // namespace costd::test
