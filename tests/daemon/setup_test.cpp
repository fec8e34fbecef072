#include "daemon/setup.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "ledger/error.hpp"
#include "ledger/store/audit_store.hpp"
#include "ledger/store/budget_store.hpp"
#include "ledger/store/evidence_store.hpp"
#include "ledger/store/tenant_store.hpp"
#include "tests/support/quiet_log.hpp"
#include "tests/support/test_database.hpp"

namespace costd {
namespace {

using test::a_price;
using test::at;
using test::day;

const Instant now = at("2026-10-05T12:00:00Z");

Settings some_settings() {
  Settings settings;
  settings.prices = {a_price("m-large", "1", "2")};
  settings.tenants = {{"t-one", "One", "", "America/New_York", {}, {}}};
  settings.budgets = {{"month", "t-one", "", "MONTHLY", Money::from_usd(10), 80}};
  return settings;
}

std::vector<std::string> actions(Database& database) {
  std::vector<std::string> all;
  for (const AuditEvent& event : load_audit_events(database.snapshot(), 0, 100)) {
    all.push_back(event.action);
  }
  return all;
}

mode_t mode_of(const std::string& path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 0777;
}

}  // namespace

TEST_CASE("settings are applied once, however often costd starts", "[setup]") {
  const test::QuietLog quiet;
  test::TestDatabase test;
  const Settings settings = some_settings();
  apply_settings(test.database, settings, now);
  CHECK(actions(test.database) ==
        std::vector<std::string>{"prices.configure", "tenants.configure", "budgets.configure"});
  test.add_usage(test::a_series("t-one"), day("2026-10-01"), test::input_and_output(1, 1));
  test.change([](UnitOfWork& unit) { replace_daily_charges(unit, day("2026-10-01"), {}); });
  apply_settings(test.database, settings, now + std::chrono::hours(24 * 40));
  CHECK(actions(test.database).size() == 3);
  CHECK(load_unrated_days(test.database.snapshot()).empty());
  CHECK(load_prices(test.database.snapshot()).size() == 1);
  CHECK(load_caps(test.database.snapshot()).size() == 1);
  CHECK(load_billing_zones(test.database.snapshot()).zone_on("t-one", day("2026-10-05")).name() ==
        "America/New_York");
}

TEST_CASE("what changed in the settings is changed and audited", "[setup]") {
  const test::QuietLog quiet;
  test::TestDatabase test;
  Settings settings = some_settings();
  apply_settings(test.database, settings, now);
  test.add_usage(test::a_series("t-one"), day("2026-10-01"), test::input_and_output(1, 1));
  test.change([](UnitOfWork& unit) { replace_daily_charges(unit, day("2026-10-01"), {}); });
  settings.prices = {a_price("m-large", "1", "3")};
  settings.time_zone = "Europe/Zurich";
  settings.budgets.clear();
  apply_settings(test.database, settings, now);
  CHECK(actions(test.database) == std::vector<std::string>{"prices.configure", "tenants.configure",
                                                           "budgets.configure", "prices.configure",
                                                           "billing.zone", "budgets.configure"});
  const BillingZones zones = load_billing_zones(test.database.snapshot());
  CHECK(zones.zone_on("", day("2026-10-31")).name() == "UTC");
  CHECK(zones.zone_on("", day("2026-11-01")).name() == "Europe/Zurich");
  CHECK(load_unrated_days(test.database.snapshot()) == std::vector<Day>{day("2026-10-01")});
}

TEST_CASE("evidence of the file is applied with an event when it changed, and only then",
          "[setup][evidence]") {
  const test::QuietLog quiet;
  test::TestDatabase test;
  Settings settings;
  settings.compliance.evidence_file = "/etc/costd/evidence.yaml";
  const auto apply = [&](std::vector<EvidenceRecord> evidence) {
    settings.compliance.evidence = std::move(evidence);
    apply_settings(test.database, settings, now);
  };
  apply({});
  CHECK(actions(test.database).empty());
  const EvidenceRecord policy{"policies", "p", "", {{"status", "ACTIVE"}}};
  apply({policy});
  apply({policy});
  apply({{"policies", "p", "", {{"status", "DRAFT"}}}});
  apply({});
  CHECK(actions(test.database) == std::vector<std::string>(3, "evidence.configure"));
  const auto events = load_audit_events(test.database.snapshot(), 0, 10);
  // printf '' | openssl dgst -sha256, and the same of the record with a line end
  const std::string none = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  const std::string active = "b8a2491e0fabad7390a7aab0950be36f18663ecf065d3b6cdde7a8cba8ecb461";
  CHECK(events[0].object == "/etc/costd/evidence.yaml");
  CHECK(events[0].reason == "1 added, 0 changed, 0 removed");
  CHECK(events[0].before_sha256 == none);
  CHECK(events[0].after_sha256 == active);
  CHECK(events[1].before_sha256 == active);
  CHECK(events[1].reason == "0 added, 1 changed, 0 removed");
  CHECK(events[2].after_sha256 == none);
}

TEST_CASE("the file takes over a record that was set over the API, and says so",
          "[setup][evidence]") {
  const test::QuietLog quiet;
  test::TestDatabase test;
  test.change([](UnitOfWork& unit) {
    store_evidence(unit, {"policies", "p", "", {}, EvidenceRecord::Origin::api, now});
    store_evidence(unit, {"policies", "q", "", {}, EvidenceRecord::Origin::api, now});
  });
  Settings settings;
  settings.compliance.evidence = {{"policies", "p", "", {{"status", "DRAFT"}}}};
  apply_settings(test.database, settings, now);
  CHECK(load_audit_events(test.database.snapshot(), 0, 10).at(0).reason ==
        "0 added, 0 changed, 0 removed; in place of what was set over the API: policies/p");
  CHECK(load_evidence(test.database.snapshot(), "").size() == 2);
}

TEST_CASE("settings that contradict the database change nothing", "[setup]") {
  const test::QuietLog quiet;
  test::TestDatabase test;
  test.change([](UnitOfWork& unit) {
    PriceEntry entry = a_price("m-large", "1", "2");
    entry.origin = PriceOrigin::api;
    add_price(unit, entry, now);
  });
  CHECK_THROWS_AS(apply_settings(test.database, some_settings(), now), Error);
  CHECK(actions(test.database).empty());
  CHECK(load_tenants(test.database.snapshot()).empty());
}

TEST_CASE("the state directory and its folders are not for everybody", "[setup]") {
  const TemporaryFolder folder;
  Settings settings;
  settings.state_dir = folder / "deep/state";
  make_state_folders(settings);
  make_state_folders(settings);
  for (const char* name : {"", "/reports", "/outbox", "/keys"}) {
    CHECK(mode_of(settings.state_dir + name) == 0750);
  }
}

TEST_CASE("a state directory that cannot be made is a configuration error", "[setup]") {
  const TemporaryFolder folder;
  Settings settings;
  settings.state_dir = folder.write("file", "text") + "/state";
  try {
    make_state_folders(settings);
    FAIL("a folder was made inside of a file");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::config);
    CHECK_THAT(error.what(), Catch::Contains(settings.state_dir));
  }
}

TEST_CASE("the installation's key is made once and readable by its owner only", "[setup]") {
  const TemporaryFolder folder;
  Settings settings;
  settings.state_dir = folder / "state";
  make_state_folders(settings);
  const std::string key = load_install_key(settings.state_dir);
  CHECK(key.size() == 32);
  CHECK(load_install_key(settings.state_dir) == key);
  CHECK(mode_of(settings.state_dir + "/keys/install.key") == 0600);
}

TEST_CASE("templates are looked for where the settings say", "[setup]") {
  Settings settings;
  settings.templates_dir = "/srv/templates";
  CHECK(find_templates(settings) == "/srv/templates");
}

}  // namespace costd
