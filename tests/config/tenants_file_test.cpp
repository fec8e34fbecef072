// The list of tenants as a site writes it.

#include <catch2/catch.hpp>

#include "tests/config/config_folder.hpp"

namespace costd {
namespace {

const std::string settings_text =
    "sources: [{ name: gateway, path: spool }]\ntenants: tenants.yaml\n";

std::vector<Tenant> load_tenants(const std::string& text) {
  const ConfigFolder folder;
  folder.write("tenants.yaml", text);
  return load_settings(folder.write("costd.yaml", settings_text), jobs_of_tests()).tenants;
}

std::string complaint_about_tenants(const std::string& text) {
  const ConfigFolder folder;
  folder.write("tenants.yaml", text);
  const std::string file = folder.write("costd.yaml", settings_text);
  return complaint_of(folder, [&] { load_settings(file, jobs_of_tests()); });
}

}  // namespace

TEST_CASE("every key of a tenant is taken over", "[config]") {
  const std::vector<Tenant> tenants = load_tenants(R"(
tenants:
  - id: acme
    name: Acme Ltd
    region: eu-west
    time_zone: Europe/Zurich
    metadata: { cost.anomaly-threshold-pct: "30.0", priority-tier: gold, note: "" }
    api_keys:
      - { id: key_1, name: Search }
      - { id: key_2 }
  - id: bare
)");
  REQUIRE(tenants.size() == 2);
  CHECK(tenants[0].name == "Acme Ltd");
  CHECK(tenants[0].region == "eu-west");
  CHECK(tenants[0].time_zone == "Europe/Zurich");
  CHECK(tenants[0].metadata ==
        std::map<std::string, std::string>{
            {"cost.anomaly-threshold-pct", "30"}, {"note", ""}, {"priority-tier", "gold"}});
  REQUIRE(tenants[0].api_keys.size() == 2);
  CHECK(tenants[0].api_keys[0].id == "key_1");
  CHECK(tenants[0].api_keys[0].name == "Search");
  CHECK(tenants[0].api_keys[1].name.empty());
  CHECK(tenants[1].id == "bare");
  CHECK(tenants[1].name.empty());
  CHECK(tenants[1].time_zone.empty());
}

TEST_CASE("settings of a tenant are pairs by area", "[config]") {
  const std::vector<Tenant> tenants = load_tenants(R"(
tenants:
  - id: a
    metadata: { pii.mode: block, pii.scope: all, note: x }
    settings: { pii: { mode: redact }, approval: {} }
)");
  CHECK(tenants.at(0).settings == TenantSettings{{"approval", {}}, {"pii", {{"mode", "redact"}}}});
  CHECK(effective_metadata(tenants.at(0)) ==
        std::map<std::string, std::string>{{"note", "x"}, {"pii.mode", "redact"}});
}

TEST_CASE("a tenant is on hold where its key or its metadata say so", "[config]") {
  const std::vector<Tenant> tenants = load_tenants(R"(
tenants:
  - { id: a, legal_hold: true }
  - { id: b, legal_hold: false }
  - { id: c, metadata: { legal_hold: "true" } }
  - { id: d, metadata: { legal_hold: false } }
)");
  REQUIRE(tenants.size() == 4);
  CHECK(is_on_hold(tenants[0]));
  CHECK_FALSE(is_on_hold(tenants[1]));
  CHECK(is_on_hold(tenants[2]));
  CHECK_FALSE(is_on_hold(tenants[3]));
}

TEST_CASE("wrong tenants are refused", "[config]") {
  const std::vector<BadFile> rows{
      {"tenants:\n  - id: a\n  - id: a\n",
       "3:9: 'id' is \"a\", which line 2 has already; choose another name or remove one"},
      {"tenants:\n  - name: a\n", "2:5: an entry of 'tenants' lacks 'id'; add it"},
      {"tenants:\n  - id: a\n    zone: UTC\n",
       "3:5: unknown key 'zone'; an entry of 'tenants' may have id, name, region, time_zone, "
       "metadata, settings, legal_hold, api_keys"},
      {"tenants:\n  - id: a\n    settings: { pie: { mode: x } }\n",
       "3:17: unknown key 'pie'; did you mean 'pii'?"},
      {"tenants:\n  - id: a\n    settings: { pii: redact }\n",
       "3:22: 'pii' is a single value; write keys and values, such as { key: value }"},
      {"tenants:\n  - id: a\n    legal_hold: maybe\n",
       "3:17: 'legal_hold' is \"maybe\", which is neither true nor false; write one of the two"},
      {"tenants:\n  - id: a\n    metadata: { legal_hold: yes }\n",
       "3:29: 'legal_hold' is \"yes\", which is neither true nor false; write one of the two"},
      {"tenants:\n  - id: a\n    time_zone: Mars/Olympus\n",
       "3:16: time zone \"Mars/Olympus\" is not an IANA name of this machine; write one like "
       "Europe/Zurich or UTC"},
      {"tenants:\n  - id: a\n    metadata: { cost.anomaly-threshold-pct: none }\n",
       "3:45: 'cost.anomaly-threshold-pct' is \"none\", which is no percentage; write a number "
       "above 0 with at most 3 decimals, such as 50"},
      {"tenants:\n  - id: a\n    metadata: { note: [x] }\n",
       "3:23: 'note' is a list; write a single value"},
      {"tenants:\n  - id: a\n    api_keys: [{ id: k }, { id: k }]\n",
       "3:33: 'id' is \"k\", which line 3 has already; choose another name or remove one"},
      {"tenants:\n  - id: a\n    api_keys: [k]\n",
       "3:16: an entry of 'api_keys' is a single value; write keys and values, such as { key: "
       "value }"},
  };
  for (const BadFile& row : rows) {
    INFO(row.text);
    CHECK(complaint_about_tenants(row.text) == "tenants.yaml:" + row.complaint);
  }
}

}  // namespace costd
