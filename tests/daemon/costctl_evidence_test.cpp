// The evidence commands and `tenants set` against prepared answers.

#include <catch2/catch.hpp>

#include "tests/daemon/canned_daemon.hpp"

namespace costd {
namespace {

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("records with few fields are a table, without the fields that none has",
          "[costctl][evidence]") {
  CannedDaemon daemon;
  daemon.answer("GET /evidence/consents", R"([
      {"id":"c1","tenantId":"acme","activity":"chat","given":18240,"withdrawn":312,"origin":"file",
       "recordedAt":"2026-10-20T12:00:00Z","notProvided":["version","asOf"]},
      {"id":"c2","tenantId":"","activity":"search","given":7,"origin":"api",
       "recordedAt":"2026-10-20T12:00:00Z","notProvided":["version","withdrawn","asOf"]}])");
  const auto outcome = daemon.costctl({"evidence", "list", "consents", "--tenant", "acme"});
  CHECK(outcome.code == 0);
  CHECK(daemon.requests() == Texts{"GET /evidence/consents?tenantId=acme"});
  CHECK(outcome.out ==
        "ID  TENANT  ACTIVITY   GIVEN  WITHDRAWN  SET BY\n"
        "──  ──────  ────────  ──────  ─────────  ──────\n"
        "c1  acme    chat      18,240        312  file\n"
        "c2  (site)  search         7             api\n");
}

TEST_CASE("records with many fields are shown one below the other", "[costctl][evidence]") {
  CannedDaemon daemon;
  daemon.answer("GET /evidence/api-keys", R"([
      {"id":"key_6e41aaaaaaaaaaaaaaaaaaaaaaaa7d56","tenantId":"acme","name":"CI",
       "keyPrefix":"dv_6e41","scopes":["chat","embeddings"],"status":"ACTIVE","tier":"gold",
       "createdAt":"2026-02-03T09:12:00Z","lastUsedAt":"2026-10-01",
       "origin":"api","recordedAt":"2026-10-20T12:00:00Z",
       "notProvided":["expiresAt","approvedBy"]}])");
  CHECK(daemon.costctl({"evidence", "list", "api-keys"}).out ==
        "Id            key_6e41…7d56\n"
        "Tenant        acme\n"
        "Name          CI\n"
        "Key prefix    dv_6e41\n"
        "Scopes        chat, embeddings\n"
        "Status        ACTIVE\n"
        "Tier          gold\n"
        "Created at    2026-02-03T09:12:00Z\n"
        "Last used at  2026-10-01\n"
        "Set by        api\n"
        "Set at        2026-10-20 12:00:00Z\n"
        "Not provided  expiresAt, approvedBy\n");
}

TEST_CASE("where there is no evidence it is said how to set some", "[costctl][evidence]") {
  CannedDaemon daemon;
  daemon.answer("GET /evidence/reviews", "[]");
  CHECK(daemon.costctl({"evidence", "list", "reviews"}).out ==
        "no reviews; set one with: costctl evidence set reviews ID FIELD=VALUE\n");
}

TEST_CASE("fields are sent as they were written, the tenant with them", "[costctl][evidence]") {
  CannedDaemon daemon;
  daemon.answer("PATCH /evidence/reviews/q3", R"({"id":"q3","tenantId":"acme","what":"LOG"})", 201);
  const auto outcome = daemon.costctl({"evidence", "set", "reviews", "q3", "--tenant", "acme",
                                       "what=LOG", "findings=a=b", "followUp="});
  INFO(outcome.err);
  CHECK(outcome.code == 0);
  CHECK(daemon.requests() ==
        Texts{R"(PATCH /evidence/reviews/q3 {"what":"LOG","findings":"a=b","followUp":"",)"
              R"("tenantId":"acme"})"});
}

TEST_CASE("a deletion of evidence needs --yes where nobody can be asked", "[costctl][evidence]") {
  CannedDaemon daemon;
  daemon.answer("DELETE /evidence/reviews/q3", R"({"id":"q3","tenantId":"","deleted":true})");
  CHECK(daemon.costctl({"evidence", "delete", "reviews", "q3"}).code == 2);
  CHECK(daemon.requests().empty());
  CHECK(daemon.costctl({"evidence", "delete", "reviews", "q3", "--yes"}).out ==
        "reviews \"q3\" is deleted; its hash stays in the audit chain\n");
}

TEST_CASE("wrong evidence commands ask nothing of the daemon", "[costctl][evidence]") {
  const CannedDaemon daemon;
  for (const Texts& words : std::vector<Texts>{{"evidence", "list", "keys"},
                                               {"evidence", "list"},
                                               {"evidence", "set", "reviews", "q3"},
                                               {"evidence", "set", "reviews", "q3", "findings"},
                                               {"evidence", "set", "reviews", "q3", "=none"},
                                               {"tenants", "set", "acme"},
                                               {"tenants", "set", "acme", "colour=blue"},
                                               {"tenants", "set", "acme", "metadata.=x"},
                                               {"tenants", "set", "acme", "settings.pii=x"},
                                               {"tenants", "set", "acme", "settings.pii.=x"}}) {
    const auto outcome = daemon.costctl(words);
    INFO(words.back());
    CHECK(outcome.code == 2);
    CHECK_FALSE(outcome.err.empty());
  }
  CHECK(daemon.requests().empty());
}

TEST_CASE("the kinds are listed with their fields, and what they must have",
          "[costctl][evidence]") {
  CannedDaemon daemon;
  daemon.answer("GET /evidence", R"([{"kind":"consents","records":2,"help":"how many","fields":[
      {"name":"activity","kind":"text","choices":[],"required":true},
      {"name":"given","kind":"count","choices":[],"required":false},
      {"name":"state","kind":"choice","choices":["ON","OFF"],"required":false}]}])");
  CHECK(daemon.costctl({"evidence", "kinds"}).out ==
        "KIND      RECORDS  WHAT\n"
        "────────  ───────  ────────\n"
        "consents        2  how many\n"
        "\nFields, * those that a record must have:\n"
        "\nconsents\n"
        "  activity*\n"
        "  given (count)\n"
        "  state (ON|OFF)\n");
}

TEST_CASE("pairs of a tenant become the members they mean, blank ones null", "[costctl][tenant]") {
  CannedDaemon daemon;
  daemon.answer("PATCH /tenants/acme", R"({"id":"acme","name":"Acme","region":"","timeZone":"UTC",
      "metadata":{},"settings":{"pii":{"mode":"redact"}},
      "effectiveMetadata":{"pii.mode":"redact"},"apiKeys":[],"origin":"api"})");
  const auto outcome =
      daemon.costctl({"tenants", "set", "acme", "name=Acme", "region=", "metadata.cost.centre=4711",
                      "settings.pii.mode=redact", "settings.pii.scope="});
  INFO(outcome.err);
  CHECK(
      daemon.requests() ==
      Texts{R"(PATCH /tenants/acme {"name":"Acme","region":null,"metadata":{"cost.centre":"4711"},)"
            R"("settings":{"pii":{"mode":"redact","scope":null}}})"});
  CHECK(outcome.out ==
        "Tenant        acme\n"
        "Name          Acme\n"
        "Time zone     UTC\n"
        "Settings      {\"pii\":{\"mode\":\"redact\"}}\n"
        "In effect     {\"pii.mode\":\"redact\"}\n"
        "Described by  api\n");
}

}  // namespace costd
