#include "ledger/store/tenant_store.hpp"

#include <catch2/catch.hpp>

#include "ledger/store/series_store.hpp"
#include "tests/support/test_database.hpp"

namespace costd {
namespace {

using test::at;
using test::day;
using test::month;

std::optional<Month> set_zone(test::TestDatabase& test, const std::string& tenant,
                              const std::string& zone, const std::string& today) {
  std::optional<Month> change;
  test.change(
      [&](UnitOfWork& unit) { change = store_billing_zone(unit, tenant, zone, day(today)); });
  return change;
}

BillingZones zones(test::TestDatabase& test) {
  return load_billing_zones(test.database.snapshot());
}

}  // namespace

TEST_CASE("without any zone the deployment is billed in UTC", "[store]") {
  test::TestDatabase test;
  CHECK(zones(test).zone_on("t-one", day("2026-10-05")).name() == "UTC");
}

TEST_CASE("the first zone holds from ever", "[store]") {
  test::TestDatabase test;
  CHECK_FALSE(set_zone(test, "", "Europe/Zurich", "2026-10-05"));
  CHECK_FALSE(set_zone(test, "t-one", "America/New_York", "2026-10-05"));
  CHECK(zones(test).zone_on("", day("2001-01-01")).name() == "Europe/Zurich");
  CHECK(zones(test).zone_on("t-one", day("2001-01-01")).name() == "America/New_York");
  CHECK(zones(test).zone_on("t-two", day("2001-01-01")).name() == "Europe/Zurich");
}

TEST_CASE("a tenant's own zone does not reach back over usage it has already", "[store]") {
  test::TestDatabase test;
  set_zone(test, "", "UTC", "2026-10-05");
  test.change([](UnitOfWork& unit) { store_series(unit, test::a_series("t-one")); });
  CHECK(set_zone(test, "t-one", "Asia/Tokyo", "2026-10-20") == month("2026-11"));
  CHECK(zones(test).zone_on("t-one", day("2026-10-31")).name() == "UTC");
  CHECK(zones(test).zone_on("t-one", day("2026-11-01")).name() == "Asia/Tokyo");
}

TEST_CASE("a change of zone holds from the first of the next month", "[store]") {
  test::TestDatabase test;
  set_zone(test, "t-one", "UTC", "2026-10-05");
  CHECK_FALSE(set_zone(test, "t-one", "UTC", "2026-12-05"));
  CHECK(set_zone(test, "t-one", "Asia/Tokyo", "2026-12-31") == month("2027-01"));
  CHECK(zones(test).zone_on("t-one", day("2026-12-31")).name() == "UTC");
  CHECK(zones(test).zone_on("t-one", day("2027-01-01")).name() == "Asia/Tokyo");
}

TEST_CASE("a change taken back before it holds never holds", "[store]") {
  test::TestDatabase test;
  set_zone(test, "", "UTC", "2026-10-05");
  set_zone(test, "", "Asia/Tokyo", "2026-10-06");
  set_zone(test, "", "UTC", "2026-10-07");
  CHECK(zones(test).zone_on("", day("2026-11-15")).name() == "UTC");
}

TEST_CASE("tenants are replaced as a whole, and only when they differ", "[store]") {
  test::TestDatabase test;
  const Tenant one{"t-one", "One", "eu", "", {{"cost.centre", "4711"}}, {{"key_1", "CI"}}};
  const Tenant two{"t-two", "", "", "", {}, {}};
  const auto store = [&](const std::vector<Tenant>& tenants) {
    bool changed = false;
    test.change([&](UnitOfWork& unit) { changed = store_tenants(unit, tenants); });
    return changed;
  };
  CHECK(store({one, two}));
  CHECK_FALSE(store({two, one}));
  const auto stored = load_tenants(test.database.snapshot());
  REQUIRE(stored.size() == 2);
  CHECK(stored[0].metadata.at("cost.centre") == "4711");
  CHECK(stored[0].api_keys.front().name == "CI");
  CHECK(store({two}));
  CHECK(load_tenants(test.database.snapshot()).size() == 1);
}

TEST_CASE("the settings of a tenant are kept", "[store]") {
  test::TestDatabase test;
  const Tenant one{"t-one", "", "", "", {}, {}, {{"pii", {{"mode", "redact"}}}, {"approval", {}}}};
  Tenant other = one;
  other.settings.erase("approval");
  const auto store = [&](const Tenant& tenant) {
    bool changed = false;
    test.change([&](UnitOfWork& unit) { changed = store_tenants(unit, {tenant}); });
    return changed;
  };
  CHECK(store(one));
  CHECK_FALSE(store(one));
  CHECK(find_tenant(test.database.snapshot(), "t-one")->settings == one.settings);
  CHECK(store(other));
  CHECK_FALSE(find_tenant(test.database.snapshot(), "t-two"));
}

TEST_CASE("tenants set over the API outlive the file, unless it names them", "[store]") {
  test::TestDatabase test;
  const auto over_api = [](const std::string& id) {
    return Tenant{id, "set", "eu", "", {}, {}, {}, TenantOrigin::api};
  };
  const Tenant in_file{"t-two", "written", "", "", {}, {}};
  test.change([&](UnitOfWork& unit) {
    store_tenant(unit, over_api("t-one"));
    store_tenant(unit, over_api("t-two"));
  });
  bool changed = false;
  test.change([&](UnitOfWork& unit) { changed = store_tenants(unit, {in_file}); });
  CHECK(changed);
  CHECK(find_tenant(test.database.snapshot(), "t-one")->origin == TenantOrigin::api);
  CHECK(find_tenant(test.database.snapshot(), "t-one")->region == "eu");
  CHECK(find_tenant(test.database.snapshot(), "t-two")->name == "written");
  CHECK(find_tenant(test.database.snapshot(), "t-two")->origin == TenantOrigin::file);
  test.change([&](UnitOfWork& unit) { changed = store_tenants(unit, {}); });
  CHECK(changed);
  CHECK(load_tenants(test.database.snapshot()).size() == 1);
}

TEST_CASE("a closed month stays as it was first closed", "[store]") {
  test::TestDatabase test;
  for (const char* note : {"first", "second"}) {
    test.change([&](UnitOfWork& unit) {
      close_period(unit, "t-one", month("2026-10"), at("2026-11-04T00:00:00Z"), "test", note);
    });
  }
  CHECK(load_closed_periods(test.database.snapshot()) ==
        ClosedPeriods{{"t-one", month("2026-10")}});
}

TEST_CASE("usage is booked in its own month or the first open one after", "[store]") {
  const ClosedPeriods closed{
      {"t-one", month("2026-11")}, {"t-one", month("2026-12")}, {"t-two", month("2026-10")}};
  CHECK(booking_month(closed, "t-one", day("2026-10-31")) == month("2026-10"));
  CHECK(booking_month(closed, "t-one", day("2026-11-01")) == month("2027-01"));
  CHECK(booking_month(closed, "t-two", day("2026-10-01")) == month("2026-11"));
  CHECK(booking_month(closed, "t-new", day("2026-11-01")) == month("2026-11"));
}

TEST_CASE("a tenant with nothing but late records of the month before has usage", "[store]") {
  test::TestDatabase test;
  test.add_usage(test::a_series("t-late"), day("2026-09-30"), test::input_and_output(1, 1), 1,
                 Origin::exact, month("2026-10"));
  test.add_usage(test::a_series("t-usual"), day("2026-10-31"), test::input_and_output(1, 1));
  test.add_usage(test::a_series("t-next"), day("2026-11-01"), test::input_and_output(1, 1));
  CHECK(load_tenants_with_usage(test.database.snapshot(), days_of(month("2026-10"))) ==
        std::vector<std::string>{"t-late", "t-usual"});
}

}  // namespace costd
