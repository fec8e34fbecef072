#include "ledger/tenant.hpp"

#include <catch2/catch.hpp>

namespace costd {
namespace {

using Pairs = std::map<std::string, std::string>;

Tenant a_tenant(Pairs metadata, TenantSettings settings) {
  Tenant tenant;
  tenant.id = "acme";
  tenant.metadata = std::move(metadata);
  tenant.settings = std::move(settings);
  return tenant;
}

}  // namespace

TEST_CASE("an area in the settings takes the place of all its metadata", "[tenant]") {
  struct Row {
    const char* what;
    Pairs metadata;
    TenantSettings settings;
    Pairs effective;
  };
  const std::vector<Row> rows{
      {"nothing in the settings: the metadata holds",
       {{"pii.mode", "block"}},
       {},
       {{"pii.mode", "block"}}},
      {"the area is replaced, not merged",
       {{"pii.mode", "block"}, {"pii.scope", "all"}},
       {{"pii", {{"mode", "redact"}}}},
       {{"pii.mode", "redact"}}},
      {"other areas stay",
       {{"pii.mode", "block"}, {"guardrail.level", "high"}},
       {{"pii", {{"mode", "redact"}}}},
       {{"guardrail.level", "high"}, {"pii.mode", "redact"}}},
      {"an area without a pair takes all of it away",
       {{"pii.mode", "block"}, {"note", "x"}},
       {{"pii", {}}},
       {{"note", "x"}}},
      {"a key that only begins like the area is none of it",
       {{"pii", "x"}, {"piids.a", "y"}},
       {{"pii", {}}},
       {{"pii", "x"}, {"piids.a", "y"}}},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    CHECK(effective_metadata(a_tenant(row.metadata, row.settings)) == row.effective);
  }
}

TEST_CASE("the canonical text of a tenant says what is said of it", "[tenant]") {
  Tenant tenant = a_tenant({{"k", "v"}}, {{"pii", {{"mode", "redact"}}}});
  tenant.api_keys = {{"key_1", "CI"}};
  const std::string text =
      R"({"apiKeys":[{"id":"key_1","name":"CI"}],"id":"acme","metadata":{"k":"v"},"name":"",)"
      R"("region":"","settings":{"pii":{"mode":"redact"}}})";
  CHECK(canonical_text(tenant) == text);
  tenant.origin = TenantOrigin::api;
  tenant.time_zone = "UTC";
  CHECK(canonical_text(tenant) == text);
}

}  // namespace costd
