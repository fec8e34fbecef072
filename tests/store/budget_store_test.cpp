#include "ledger/store/budget_store.hpp"

#include <catch2/catch.hpp>

#include "ledger/error.hpp"
#include "tests/support/budget_builders.hpp"
#include "tests/support/test_database.hpp"

namespace costd {
namespace {

using test::a_cap;
using test::at;

const Instant now = at("2026-10-05T12:00:00Z");
const CapChange by_someone{"uid:1000", now};

std::int64_t configure(test::TestDatabase& test, const std::vector<BudgetCap>& caps) {
  std::int64_t count = 0;
  test.change([&](UnitOfWork& unit) { count = store_configured_caps(unit, caps, now); });
  return count;
}

}  // namespace

TEST_CASE("a cap comes back as it was stored", "[store]") {
  test::TestDatabase test;
  BudgetCap cap = a_cap("Größe").of("acme", "key_1").by_tenant().per(BudgetPeriod::weekly);
  cap.limit = budget_limit_max;
  cap.enabled = false;
  cap.version = 7;
  test.change([&](UnitOfWork& unit) { insert_cap(unit, cap, by_someone); });
  const Snapshot snapshot = test.database.snapshot();
  CHECK(load_caps(snapshot) == std::vector<BudgetCap>{cap});
  CHECK(find_cap(snapshot, cap.id) == cap);
  CHECK(find_cap_by_name(snapshot, "Größe") == cap);
  CHECK_FALSE(find_cap(snapshot, "Größe"));
  CHECK_FALSE(find_cap(snapshot, ""));
}

TEST_CASE("every version of a cap stays on record, also when it is deleted", "[store]") {
  test::TestDatabase test;
  const BudgetCap first = a_cap("month");
  BudgetCap second = first;
  second.version = 2;
  second.limit = Money::from_usd(120);
  test.change([&](UnitOfWork& unit) { insert_cap(unit, first, by_someone); });
  test.change([&](UnitOfWork& unit) { update_cap(unit, second, by_someone); });
  test.change([&](UnitOfWork& unit) {
    CHECK(BudgetStatusWriter(unit).store({test::standing_at(second, "1").status, now}));
    delete_cap(unit, second, by_someone);
  });
  const Snapshot snapshot = test.database.snapshot();
  CHECK(load_caps(snapshot).empty());
  CHECK(load_budget_statuses(snapshot).empty());
  CHECK(find_cap_version(snapshot, first.id, 1) == first);
  CHECK(find_cap_version(snapshot, first.id, 2) == second);
  CHECK(find_cap_version(snapshot, first.id, 3)->limit == second.limit);
  CHECK_FALSE(find_cap_version(snapshot, first.id, 4));
}

TEST_CASE("a status is stored for the cap's version it was computed for", "[store]") {
  test::TestDatabase test;
  const BudgetCap cap = a_cap("month");
  StoredBudgetStatus stored{test::standing_at(cap, "85").status, now, 80, true};
  stored.status.projection = BudgetProjection{Money::from_usd(110), test::day("2026-10-20"), true};
  test.change([&](UnitOfWork& unit) {
    CHECK_FALSE(BudgetStatusWriter(unit).store(stored));  // no such cap
    insert_cap(unit, cap, by_someone);
    CHECK(BudgetStatusWriter(unit).store(stored));
    StoredBudgetStatus newer = stored;
    newer.status.cap_version = 2;
    CHECK_FALSE(BudgetStatusWriter(unit).store(newer));
  });
  const auto all = load_budget_statuses(test.database.snapshot());
  REQUIRE(all.size() == 1);
  CHECK(all[0].status == stored.status);
  CHECK(all[0].computed_at == now);
  CHECK(all[0].alerted_percent == 80);
  CHECK(all[0].alerted_forecast);
}

TEST_CASE("configured caps change, go and come back by name", "[store]") {
  test::TestDatabase test;
  const BudgetCap cap = a_cap("month").of("t-one").up_to("10");
  CHECK(configure(test, {cap}) == 1);
  CHECK(configure(test, {cap}) == 0);
  BudgetCap higher = cap;
  higher.id = "ANOTHER";
  higher.limit = Money::from_usd(11);
  CHECK(configure(test, {higher}) == 1);
  const auto stored = load_caps(test.database.snapshot());
  REQUIRE(stored.size() == 1);
  CHECK(stored.front().id == cap.id);
  CHECK(stored.front().version == 2);
  CHECK(stored.front().origin == BudgetOrigin::config);
  CHECK(stored.front().limit == Money::from_usd(11));
  CHECK(configure(test, {}) == 1);
  CHECK(load_caps(test.database.snapshot()).empty());
  CHECK(configure(test, {}) == 0);
  CHECK(configure(test, {higher}) == 1);
  CHECK(load_caps(test.database.snapshot()).front().id == "ANOTHER");
}

TEST_CASE("caps made elsewhere outlive a configuration without them, and keep their name",
          "[store]") {
  test::TestDatabase test;
  test.change([&](UnitOfWork& unit) { insert_cap(unit, a_cap("mine"), by_someone); });
  CHECK(configure(test, {}) == 0);
  CHECK(load_caps(test.database.snapshot()).size() == 1);
  CHECK_THROWS_WITH(configure(test, {a_cap("mine")}), Catch::Contains("another name"));
}

TEST_CASE("a tenant is known by its usage or by the tenants file", "[store]") {
  test::TestDatabase test;
  test.add_usage(test::a_series("t-one"), test::day("2026-10-01"), test::input_and_output(1, 1));
  CHECK(is_known_tenant(test.database.snapshot(), "t-one"));
  CHECK_FALSE(is_known_tenant(test.database.snapshot(), "t-two"));
}

}  // namespace costd
