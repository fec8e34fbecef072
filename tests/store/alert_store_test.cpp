#include "ledger/store/alert_store.hpp"

#include <catch2/catch.hpp>

#include "tests/support/test_database.hpp"

namespace costd {
namespace {

Alert an_alert(std::string key) {
  Alert alert;
  alert.key = std::move(key);
  alert.tenant = "acme";
  alert.subject = "budgets/1";
  alert.title = "acme has spent 80 %";
  alert.data = R"({"limit":"10.00"})";
  return alert;
}

}  // namespace

TEST_CASE("an alert is raised once, whatever else it says later", "[store][alerts]") {
  test::TestDatabase test;
  const Instant now = parse_instant("2026-10-05T12:00:00Z").value();
  UnitOfWork unit = test.database.begin();
  CHECK(store_alert(unit, an_alert("cap/1"), now).has_value());
  Alert again = an_alert("cap/1");
  again.title = "acme has spent 81 %";
  CHECK_FALSE(store_alert(unit, again, now).has_value());
  CHECK(store_alert(unit, an_alert("cap/2"), now + std::chrono::seconds(1)).has_value());
  unit.commit();
  const auto alerts = load_alerts(test.database.snapshot(), 10);
  REQUIRE(alerts.size() == 2);
  CHECK(alerts[0].alert.key == "cap/2");
  CHECK(alerts[1].alert.title == "acme has spent 80 %");
  CHECK(alerts[1].type == "finops.budget.threshold");
  CHECK(alerts[1].raised_at == now);
}

TEST_CASE("alerts are counted by type and found by how their key begins", "[store][alerts]") {
  test::TestDatabase test;
  const Instant now = parse_instant("2026-10-05T12:00:00Z").value();
  test.change([&](UnitOfWork& unit) {
    store_alert(unit, an_alert("run/a/1"), now - std::chrono::hours(2));
    store_alert(unit, an_alert("run/a/2"), now - std::chrono::minutes(30));
    store_alert(unit, an_alert("run/ab/1"), now);
  });
  const Snapshot snapshot = test.database.snapshot();
  CHECK(count_alerts(snapshot, "finops.budget.threshold", now - std::chrono::hours(1)) == 2);
  CHECK(count_alerts(snapshot, "finops.run.failed", now - std::chrono::hours(1)) == 0);
  CHECK(find_last_alert(snapshot, "run/a/") == now - std::chrono::minutes(30));
  CHECK_FALSE(find_last_alert(snapshot, "run/b/"));
}

}  // namespace costd
