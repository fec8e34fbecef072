#include "ledger/evidence_record.hpp"

#include <catch2/catch.hpp>
#include <set>

#include "ledger/error.hpp"

namespace costd {
namespace {

using Fields = std::map<std::string, std::string>;

EvidenceRecord a_record(const std::string& kind, Fields fields, const std::string& id = "one") {
  EvidenceRecord record;
  record.kind = kind;
  record.id = id;
  record.fields = std::move(fields);
  return record;
}

std::string complaint_of(const EvidenceRecord& record) {
  try {
    checked(record);
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::usage);
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("kinds and their fields have names of their own", "[evidence]") {
  std::set<std::string_view> kinds;
  for (const EvidenceKind& kind : evidence_kinds()) {
    INFO(kind.name);
    CHECK(kinds.insert(kind.name).second);
    CHECK_FALSE(kind.help.empty());
    std::set<std::string_view> fields;
    for (const EvidenceField& field : kind.fields) {
      INFO(field.name);
      CHECK(fields.insert(field.name).second);
      CHECK((field.kind != EvidenceField::Kind::choice || !field.choices.empty()));
      // What the answers of the socket say of a record besides its fields.
      CHECK_FALSE(std::set<std::string_view>{"id", "tenantId", "origin", "recordedAt"}.contains(
          field.name));
    }
    for (const auto& [first, second] : kind.in_order) {
      REQUIRE(kind.find(first) != nullptr);
      REQUIRE(kind.find(second) != nullptr);
      CHECK(kind.find(second)->kind == EvidenceField::Kind::instant);
    }
  }
  CHECK(evidence_kinds().front().name == "organization");
}

TEST_CASE("every column of the reports that costd cannot know has its field", "[evidence]") {
  const std::vector<std::pair<const char*, std::vector<const char*>>> rows{
      {"organization",
       {"controller", "jointController", "representative", "dpo", "contact", "processorFor",
        "hostId", "securityMeasures", "breachLog", "encryption", "pseudonymisation",
        "transportSecurity", "businessHours", "reviewSchedule"}},
      {"api-keys",
       {"name", "keyPrefix", "scopes", "status", "expiresAt", "revokedAt", "createdAt", "updatedAt",
        "tier", "approvedBy"}},
      {"principals",
       {"role", "createdAt", "changedAt", "revokedAt", "approvedBy", "lastUsedAt", "terminationAt",
        "emergencyAccess"}},
      {"policies", {"version", "status", "effectiveAt", "retiredAt", "approvedBy", "dslSha256"}},
      {"overrides", {"approvedBy"}},
      {"changes", {"ticket", "approvedBy"}},
      {"processing-activities",
       {"controller", "purposes", "subjects", "dataCategories", "recipients", "thirdCountries",
        "safeguards", "erasureLimits", "measures", "lawfulBasis"}},
      {"providers", {"regions", "country", "basis", "document"}},
      {"residency-rules", {"allowedRegions"}},
      {"agreements", {"counterparty", "reference", "signedAt", "validUntil"}},
      {"consents", {"version", "given", "withdrawn", "asOf"}},
      {"retention-rules", {"limit", "basis", "legalHold", "deletionsOverdue", "backupLag"}},
      {"erasures", {"requestedAt", "dueAt", "doneAt", "reference"}},
      {"reviews", {"at", "reviewer", "findings", "followUp", "nextDue"}},
      {"incidents", {"detectedAt", "notifiedAt", "closedAt", "disposition", "reference"}},
      {"logging-changes", {"state", "at"}},
      {"key-rotations", {"rotatedAt"}},
  };
  CHECK(rows.size() == evidence_kinds().size());
  for (const auto& [kind, fields] : rows) {
    for (const char* field : fields) {
      INFO(kind << "." << field);
      CHECK(evidence_kind(kind).find(field) != nullptr);
    }
  }
}

TEST_CASE("a kind that there is not is answered with those there are", "[evidence]") {
  CHECK_THROWS_WITH(evidence_kind("keys"),
                    Catch::StartsWith("there is no kind of evidence \"keys\"; the kinds are "
                                      "organization, api-keys, "));
}

TEST_CASE("names are the same in YAML, with underscores", "[evidence]") {
  CHECK(yaml_name("createdAt") == "created_at");
  CHECK(yaml_name("dslSha256") == "dsl_sha256");
  CHECK(yaml_name("api-keys") == "api_keys");
  CHECK(yaml_name("dpo") == "dpo");
}

TEST_CASE("values are kept in one form, however they were written", "[evidence]") {
  struct Row {
    const char* kind;
    const char* field;
    const char* written;
    const char* kept;
  };
  const std::vector<Row> rows{
      {"api-keys", "name", " CI ", "CI"},
      {"api-keys", "name", "  ", ""},
      {"api-keys", "status", "active", "ACTIVE"},
      {"api-keys", "scopes", "chat,embeddings ,  x", "chat, embeddings, x"},
      {"api-keys", "createdAt", "2026-10-01T10:00:00+02:00", "2026-10-01T08:00:00Z"},
      {"api-keys", "createdAt", "2026-10-01", "2026-10-01"},
      {"policies", "version", "007", "7"},
      {"policies", "version", "0", "0"},
      {"organization", "businessHours", "07:00 - 19:30", "07:00-19:30"},
      {"organization", "businessDays", "mon, tue", "MON, TUE"},
      {"organization", "hostId", "", ""},
  };
  for (const Row& row : rows) {
    INFO(row.field << " = " << row.written);
    const std::string id = std::string(row.kind) == "organization" ? "site" : "one";
    const auto record = checked(a_record(row.kind, {{row.field, row.written}}, id));
    CHECK(record.get(row.field) == row.kept);
    CHECK(record.fields.contains(row.field) == (std::string(row.kept) != ""));
  }
}

TEST_CASE("the entries of a list can be had one by one", "[evidence]") {
  const auto record = checked(a_record("api-keys", {{"scopes", "chat, embeddings"}}));
  CHECK(record.list("scopes") == std::vector<std::string>{"chat", "embeddings"});
  CHECK(record.list("tier").empty());
}

TEST_CASE("a version of a policy is that of the policy it names, or of its id", "[evidence]") {
  CHECK(checked(a_record("policies", {})).get("policyId") == "one");
  CHECK(checked(a_record("policies", {{"policyId", "pii"}})).get("policyId") == "pii");
  CHECK(checked(a_record("providers", {{"provider", ""}}, "openai")).get("provider") == "openai");
  CHECK(checked(a_record("overrides", {{"policyId", "pii"}, {"startsAt", "2026-10-01"}}))
            .get("policyId") == "pii");
}

TEST_CASE("of a policy's text only its SHA-256 is kept", "[evidence]") {
  // printf 'deny all\n' | openssl dgst -sha256
  const auto record = checked(a_record("policies", {{"dsl", "deny all\n"}}));
  CHECK_FALSE(record.fields.contains("dsl"));
  CHECK(record.get("dslSha256") ==
        "99c1b10c728d76e365eebaeb675e97f4bd5a570669da240c4fc28dcee799d0bf");
  CHECK(checked(record) == record);
  CHECK(complaint_of(a_record("policies", {{"dsl", "x"}, {"dslSha256", std::string(64, 'a')}})) ==
        "policies \"one\": dslSha256 is not the SHA-256 of the text given with it; leave it out, "
        "it follows from that");
}

TEST_CASE("wrong evidence is refused with the field, what is wrong and the remedy", "[evidence]") {
  struct Row {
    EvidenceRecord record;
    const char* complaint;
  };
  const std::vector<Row> rows{
      {a_record("api-keys", {{"colour", "blue"}}),
       "there is no field \"colour\"; the fields are name, keyPrefix, scopes, status, tier, "
       "createdAt, updatedAt, expiresAt, revokedAt, terminationAt, lastUsedAt, approvedBy, "
       "revocationApprovedBy"},
      {a_record("api-keys", {{"status", "on"}}),
       "status is \"on\", which is not known; write one of ACTIVE, REVOKED, EXPIRED"},
      {a_record("api-keys", {{"createdAt", "yesterday"}}),
       "createdAt is \"yesterday\", which is no instant; write one such as 2026-10-01T08:30:00Z, "
       "or a date"},
      {a_record("api-keys", {{"createdAt", "2026-10-01T08:30:00"}}),
       "createdAt is \"2026-10-01T08:30:00\", which is no instant; write one such as "
       "2026-10-01T08:30:00Z, or a date"},
      {a_record("api-keys", {{"scopes", "a,,b"}}),
       "scopes is \"a,,b\", a list with a blank entry; remove one of the commas"},
      {a_record("api-keys", {{"scopes", "a, a"}}),
       "scopes is \"a, a\", a list that holds an entry twice; remove one of the two"},
      {a_record("api-keys", {{"createdAt", "2026-10-02"}, {"revokedAt", "2026-10-01T00:00:00Z"}}),
       "revokedAt 2026-10-01T00:00:00Z is before createdAt 2026-10-02; correct one of the two"},
      {a_record("api-keys", {{"name", "a\nb"}}),
       "name is \"a?b\", with a line end or control character; write it in one line without"},
      {a_record("api-keys", {{"name", std::string(4001, 'x')}}),
       "name has 4001 bytes, the limit is 4000; shorten it"},
      {a_record("policies", {{"version", "-1"}}),
       "version is \"-1\", not a whole number from 0; write one such as 12"},
      {a_record("policies", {{"dslSha256", "abc"}}),
       "dslSha256 is \"abc\", which is no SHA-256; write its 64 digits of lower-case hex"},
      {a_record("retention-rules", {{"category", "prompts"}, {"limit", "3 months"}}),
       "limit is \"3 months\", not whole days; write them such as 400d"},
      {a_record("retention-rules", {{"limit", "90d"}}), "category is missing; give it"},
      {a_record("consents", {{"activity", ""}}), "activity is missing; give it"},
      {a_record("reviews", {{"what", "ACCESS"}, {"at", "2026-10-01"}}, "a/b"),
       "the id has a slash, a control character or a blank at an end; write it without"},
      {a_record("reviews", {}, ""), "the id is missing; give each record one of its own"},
      {a_record("reviews", {}, std::string(201, 'x')),
       "the id has 201 bytes; at most 200 are possible"},
      {a_record("organization", {}, "acme"),
       "there is one record of organization, with the id \"site\" and no tenant; write it to site"},
      {a_record("organization", {{"businessHours", "19:00-07:00"}}, "site"),
       "businessHours is \"19:00-07:00\", which are no hours of a day; write them such as "
       "07:00-19:00"},
      {a_record("organization", {{"businessDays", "MON, FUN"}}, "site"),
       "businessDays is \"MON, FUN\", which is not known; write one of MON, TUE, WED, THU, FRI, "
       "SAT, SUN"},
  };
  for (const Row& row : rows) {
    const std::string id = row.record.id.substr(0, 60) + (row.record.id.size() > 60 ? "..." : "");
    CHECK(complaint_of(row.record) == row.record.kind + " \"" + id + "\": " + row.complaint);
  }
}

TEST_CASE("keys and their hashes are refused, and no message shows them", "[evidence]") {
  const std::string key = "sk-proj-0123456789abcdefghij";
  const std::string remedy =
      "costd keeps no key material; leave it out, the id and keyPrefix tell keys apart";
  CHECK(complaint_of(a_record("api-keys", {{"keyHash", "5e88"}})) ==
        "api-keys \"one\": keyHash is not taken: " + remedy);
  CHECK(complaint_of(a_record("api-keys", {{"name", "old " + key}})) ==
        "api-keys \"one\": name looks like a key: " + remedy);
  CHECK(complaint_of(a_record("api-keys", {}, key)) ==
        "api-keys: an id looks like a key; " + remedy);
  CHECK(complaint_of(a_record("api-keys", {{"keyPrefix", "dv_0123456789abcd"}})) ==
        "api-keys \"one\": keyPrefix is longer than 16 characters, as long as a key may be; write "
        "its first few characters");
  CHECK(complaint_of(a_record("api-keys", {{"keyPrefix", "sk-proj-01"}})) == "no error");
}

TEST_CASE("the canonical text is of what the record says alone", "[evidence]") {
  EvidenceRecord record = a_record("api-keys", {{"tier", "gold"}, {"name", "CI"}});
  const std::string text =
      R"({"fields":{"name":"CI","tier":"gold"},"id":"one","kind":"api-keys","tenant":""})";
  CHECK(canonical_text(record) == text);
  record.origin = EvidenceRecord::Origin::api;
  record.updated_at = from_micros(1);
  CHECK(canonical_text(record) == text);
}

}  // namespace costd
