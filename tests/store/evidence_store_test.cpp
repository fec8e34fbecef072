#include "ledger/store/evidence_store.hpp"

#include <catch2/catch.hpp>

#include "ledger/error.hpp"
#include "tests/support/test_database.hpp"

namespace costd {
namespace {

using test::at;
using RecordOrigin = EvidenceRecord::Origin;
using Names = std::vector<std::string>;

const Instant october = at("2026-10-05T12:00:00Z");
const Instant november = at("2026-11-05T12:00:00Z");

EvidenceRecord a_policy(const std::string& id, const std::string& tenant = "",
                        const std::string& status = "ACTIVE") {
  return {"policies", id, tenant, {{"status", status}}, RecordOrigin::file, october};
}

EvidenceRecord over_api(EvidenceRecord record) {
  record.origin = RecordOrigin::api;
  return record;
}

struct EvidenceTables : test::TestDatabase {
  void store(const EvidenceRecord& record) {
    change([&](UnitOfWork& unit) { store_evidence(unit, record); });
  }
  EvidenceChanges replace(const std::vector<EvidenceRecord>& records, Instant now = october) {
    EvidenceChanges changes;
    change([&](UnitOfWork& unit) { changes = replace_evidence_of_file(unit, records, now); });
    return changes;
  }
  Names ids(const std::string& kind, const std::optional<std::string>& tenant = std::nullopt) {
    Names ids;
    for (const EvidenceRecord& record : load_evidence(database.snapshot(), kind, tenant)) {
      ids.push_back(record.id);
    }
    return ids;
  }
};

}  // namespace

TEST_CASE("a stored record comes back as it was", "[store][evidence]") {
  EvidenceTables tables;
  EvidenceRecord record{"api-keys",        "key_1", "t-one", {{"name", "CI, \"quoted\" Ω"}},
                        RecordOrigin::api, october};
  tables.store(record);
  CHECK(find_evidence(tables.database.snapshot(), "api-keys", "key_1") == record);
  record.fields = {{"tier", "gold"}};
  record.updated_at = november;
  tables.store(record);
  CHECK(load_evidence(tables.database.snapshot(), "") == std::vector<EvidenceRecord>{record});
  CHECK_FALSE(find_evidence(tables.database.snapshot(), "policies", "key_1"));
}

TEST_CASE("a tenant's evidence is its own and the site's, never another's", "[store][evidence]") {
  EvidenceTables tables;
  tables.store(a_policy("of-one", "t-one"));
  tables.store(a_policy("of-site"));
  tables.store(a_policy("of-two", "t-two"));
  tables.store({"reviews", "q3", "t-two", {}, RecordOrigin::api, october});
  CHECK(tables.ids("policies") == Names{"of-one", "of-site", "of-two"});
  CHECK(tables.ids("policies", "t-one") == Names{"of-one", "of-site"});
  CHECK(tables.ids("", "t-two") == Names{"of-site", "of-two", "q3"});
  CHECK(tables.ids("", "") == Names{"of-site"});
  CHECK(tables.ids("consents").empty());
}

TEST_CASE("a deleted record is gone, and there is none to delete twice", "[store][evidence]") {
  EvidenceTables tables;
  tables.store(a_policy("p"));
  UnitOfWork unit = tables.database.begin();
  CHECK(delete_evidence(unit, "policies", "p"));
  CHECK_FALSE(delete_evidence(unit, "policies", "p"));
}

TEST_CASE("the file's records are replaced, and it is told what changed", "[store][evidence]") {
  EvidenceTables tables;
  CHECK(tables.replace({a_policy("a"), a_policy("b")}).added == Names{"policies/a", "policies/b"});
  CHECK(tables.replace({a_policy("b"), a_policy("a")}, november).empty());
  const auto changes =
      tables.replace({a_policy("a"), a_policy("b", "", "DRAFT"), a_policy("c")}, november);
  CHECK(changes.added == Names{"policies/c"});
  CHECK(changes.changed == Names{"policies/b"});
  CHECK(changes.removed.empty());
  CHECK(tables.replace({a_policy("c")}).removed == Names{"policies/a", "policies/b"});
  CHECK(tables.ids("") == Names{"c"});
}

TEST_CASE("what has not changed keeps the time it was stored at", "[store][evidence]") {
  EvidenceTables tables;
  tables.replace({a_policy("a"), a_policy("b")}, october);
  tables.replace({a_policy("a"), a_policy("b", "t-one")}, november);
  CHECK(find_evidence(tables.database.snapshot(), "policies", "a")->updated_at == october);
  CHECK(find_evidence(tables.database.snapshot(), "policies", "b")->updated_at == november);
}

TEST_CASE("records set over the API outlive the file, unless it names them", "[store][evidence]") {
  EvidenceTables tables;
  tables.store(over_api(a_policy("a")));
  tables.store(over_api(a_policy("b")));
  const auto changes = tables.replace({a_policy("b", "", "DRAFT")});
  CHECK(changes.taken_over == Names{"policies/b"});
  CHECK(changes.added.empty());
  CHECK(tables.replace({}).removed == Names{"policies/b"});
  CHECK(tables.ids("") == Names{"a"});
}

TEST_CASE("a record of the file is changed there alone", "[store][evidence]") {
  CHECK_NOTHROW(check_evidence_editable(over_api(a_policy("p")), "/etc/evidence.yaml"));
  CHECK_THROWS_WITH(check_evidence_editable(a_policy("p"), "/etc/evidence.yaml"),
                    "policies \"p\" stands in /etc/evidence.yaml; change it there, then: costctl "
                    "reload");
}

}  // namespace costd
