// What a site says about itself, and what compliance reports are made, as a site writes it.

#include <catch2/catch.hpp>

#include "tests/config/config_folder.hpp"

namespace costd {
namespace {

const std::string sources_text = "sources: [{ name: gateway, path: spool }]\n";

Settings load_evidence_text(const std::string& text) {
  const ConfigFolder folder;
  folder.write("evidence.yaml", text);
  return load_settings(
      folder.write("costd.yaml", sources_text + "compliance: { evidence: evidence.yaml }\n"),
      jobs_of_tests());
}

std::string complaint_about_evidence(const std::string& text) {
  const ConfigFolder folder;
  folder.write("evidence.yaml", text);
  const std::string file =
      folder.write("costd.yaml", sources_text + "compliance: { evidence: evidence.yaml }\n");
  return complaint_of(folder, [&] { load_settings(file, jobs_of_tests()); });
}

const std::vector<std::string> jobs_with_compliance{"ingest", "chargeback", "compliance"};

std::string complaint_about_schedule(const std::string& keys) {
  const ConfigFolder folder;
  const std::string file = folder.write(
      "costd.yaml", sources_text + "schedules: [{ name: a, cron: '* * * * *', " + keys + " }]\n");
  return complaint_of(folder, [&] { load_settings(file, jobs_with_compliance); });
}

}  // namespace

TEST_CASE("without the block there is no evidence, and SOC 2 is about security", "[config]") {
  const ConfigFolder folder;
  const Settings settings =
      load_settings(folder.write("costd.yaml", sources_text), jobs_of_tests());
  CHECK(settings.compliance.evidence_file.empty());
  CHECK(settings.compliance.evidence.empty());
  CHECK(settings.compliance.soc2_categories == std::vector<std::string>{"security"});
}

TEST_CASE("evidence is read by kind, in the form it is kept in", "[config]") {
  const auto evidence = load_evidence_text(R"(
policies:
  - { id: p2, tenant: acme, version: 02, dsl: "deny all" }
  - id: p3
    dsl: |
      deny all
    effective_at: 2026-10-01T10:00:00+02:00
organization:
  dpo: dpo@example.com
  representative: ""
  processor_for: [acme, beta]
)")
                            .compliance.evidence;
  REQUIRE(evidence.size() == 3);
  CHECK(evidence[0].kind == "organization");
  CHECK(evidence[0].id == "site");
  CHECK(evidence[0].fields == std::map<std::string, std::string>{{"dpo", "dpo@example.com"},
                                                                 {"processorFor", "acme, beta"}});
  CHECK(evidence[1].kind == "policies");
  CHECK(evidence[1].id == "p2");
  CHECK(evidence[1].tenant == "acme");
  CHECK(evidence[1].get("version") == "2");
  // printf 'deny all' | openssl dgst -sha256, and with a line end
  CHECK(evidence[1].get("dslSha256") ==
        "2afdff76168f80f0dd1af55edf681c3ea4c08ec2ac4e8533d20a10b172d29552");
  CHECK(evidence[2].get("dslSha256") ==
        "99c1b10c728d76e365eebaeb675e97f4bd5a570669da240c4fc28dcee799d0bf");
  CHECK(evidence[2].get("effectiveAt") == "2026-10-01T08:00:00Z");
  CHECK(evidence[2].origin == EvidenceRecord::Origin::file);
}

TEST_CASE("wrong evidence is refused with its place", "[config]") {
  const std::vector<BadFile> rows{
      {"policys: []\n", "1:1: unknown key 'policys'; did you mean 'policies'?"},
      {"policies: []\npolicies: []\n",
       "2:1: key 'policies' was given in line 1 already; remove one of the two"},
      {"policies: { id: a }\n", "1:11: 'policies' is a map; write a list, such as [a, b]"},
      {"organization: [a]\n",
       "1:15: 'organization' is a list; write keys and values, such as { key: value }"},
      {"organization: { id: site }\n",
       "1:17: unknown key 'id'; 'organization' may have name, address, contact, controller, "
       "joint_controller, representative, dpo, processor_for, host_id, security_measures, "
       "transport_security, encryption, pseudonymisation, breach_log, business_hours, "
       "business_days, review_schedule, risk_analysis"},
      {"policies:\n  - { name: a }\n", "2:5: an entry of 'policies' lacks 'id'; add it"},
      {"policies:\n  - { id: a }\n  - { id: a }\n",
       "3:11: 'id' is \"a\", which line 2 has already; choose another name or remove one"},
      {"policies:\n  - { id: a, created: 2026-10-01 }\n",
       "2:14: unknown key 'created'; did you mean 'created_at'?"},
      {"policies:\n  - { id: a, status: on }\n",
       "2:22: 'status' is \"on\", which is not known; write one of DRAFT, ACTIVE, INACTIVE, "
       "DISABLED, ARCHIVED"},
      {"api_keys:\n  - { id: a, scopes: chat }\n",
       "2:22: 'scopes' is a single value; write a list, such as [a, b]"},
      {"api_keys:\n  - { id: a, scopes: [\"chat, x\"] }\n",
       "2:23: an entry of 'scopes' is \"chat, x\", with a comma, which parts entries; write two "
       "entries, or none"},
      {"api_keys:\n  - { id: a, key_hash: 5e88 }\n",
       "2:24: 'key_hash' is not taken: costd keeps no key material; leave it out, the id and "
       "keyPrefix tell keys apart"},
      {"api_keys:\n  - { id: a, name: sk-proj-0123456789abcdefghij }\n",
       "2:20: 'name' looks like a key: costd keeps no key material; leave it out, the id and "
       "keyPrefix tell keys apart"},
      {"reviews:\n  - { id: a, what: ACCESS }\n", "2:5: reviews \"a\": at is missing; give it"},
      {"agreements:\n  - { id: a, kind_of: DPA, signed_at: 2026-10-02, valid_until: 2026-10-01 }\n",
       "2:5: agreements \"a\": validUntil 2026-10-01 is before signedAt 2026-10-02; correct one of "
       "the two"},
  };
  for (const BadFile& row : rows) {
    INFO(row.text);
    CHECK(complaint_about_evidence(row.text) == "evidence.yaml:" + row.complaint);
  }
}

TEST_CASE("a wrong compliance block is refused", "[config]") {
  const std::vector<BadFile> rows{
      {"compliance: { evidence: none.yaml }",
       "2:25: 'evidence' is \"none.yaml\", but no such file is there; correct the path or remove "
       "the line"},
      {"compliance: { soc2_categories: [security, speed] }",
       "2:43: an entry of 'soc2_categories' is \"speed\", which is not known; write one of "
       "security, availability, confidentiality, processing_integrity, privacy"},
      {"compliance: { soc2_categories: [privacy] }",
       "2:32: 'soc2_categories' lacks security, which every SOC 2 report has; add it"},
  };
  for (const BadFile& row : rows) {
    INFO(row.text);
    CHECK(complaint_about(sources_text + row.text) == "costd.yaml:" + row.complaint);
  }
}

TEST_CASE("the types of compliance reports go with their job", "[config]") {
  CHECK(complaint_about_schedule("jobs: [compliance], types: [soc2, gdpr]") == "no error");
  CHECK(complaint_about_schedule("jobs: [ingest]") == "no error");
  const std::vector<BadFile> rows{
      {"jobs: [compliance]",
       "2:49: the job compliance needs the types of its reports; add types: [soc2], or hipaa, "
       "gdpr"},
      {"jobs: [ingest], types: [soc2]",
       "2:66: 'types' is for the job compliance; remove it or add that to 'jobs'"},
      {"jobs: [compliance], types: []",
       "2:70: 'types' is an empty list; name at least one of soc2, hipaa, gdpr"},
      {"jobs: [compliance], types: [pci]",
       "2:71: an entry of 'types' is \"pci\", which is not known; write one of soc2, hipaa, gdpr"},
      {"jobs: [compliance], types: [soc2, soc2]",
       "2:77: an entry of 'types' is \"soc2\", which is in the list already; remove one of the "
       "two"},
  };
  for (const BadFile& row : rows) {
    INFO(row.text);
    CHECK(complaint_about_schedule(row.text) == "costd.yaml:" + row.complaint);
  }
}

TEST_CASE("a source of type audit is the gateway's log with its secret", "[config]") {
  const ConfigFolder folder;
  const Settings settings = load_settings(
      folder.write("costd.yaml",
                   "sources:\n"
                   "  - { name: gateway, path: spool }\n"
                   "  - { name: log, type: audit, path: audit, secret_file: s, settle: 5s }\n"),
      jobs_of_tests());
  CHECK_FALSE(settings.sources.at(0).is_audit());
  CHECK(settings.sources.at(1).is_audit());
  CHECK(settings.sources.at(1).secret_file == folder.path_of("s"));
  CHECK(settings.sources.at(1).settle == std::chrono::seconds(5));
}

}  // namespace costd
