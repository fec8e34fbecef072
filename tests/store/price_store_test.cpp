#include "ledger/store/price_store.hpp"

#include <catch2/catch.hpp>

#include "ledger/error.hpp"
#include "tests/support/test_database.hpp"

namespace costd {
namespace {

using test::a_price;
using test::at;
using test::day;

const char* const now = "2026-10-05T12:00:00Z";

PriceEntry from_api(PriceEntry entry) {
  entry.origin = PriceOrigin::api;
  return entry;
}

PriceChanges compare(test::TestDatabase& test, const std::vector<PriceEntry>& wanted,
                     PriceOrigin origin) {
  return compare_prices(test.database.snapshot(), wanted, origin);
}

}  // namespace

TEST_CASE("a price comes back with every rate", "[store]") {
  test::TestDatabase test;
  PriceEntry entry = a_price("m-*", "3", "15");
  entry.provider = "anthropic";
  entry.tier = ServiceTier::batch;
  entry.rates.cache_read = parse_price("0.30");
  entry.rates.cache_write = parse_price("3.75");
  entry.rates.cache_write_1h = 0;
  entry.long_context = LongContext{200'000, {6'000'000, 22'500'000, {}, 1, {}}};
  entry.source = "price page";
  test.apply_prices({entry, a_price("m-plain", "0", "0")});
  const auto stored = load_prices(test.database.snapshot());
  REQUIRE(stored.size() == 2);
  CHECK(identity_of(stored[0]) == identity_of(entry));
  CHECK(stored[0].rates == entry.rates);
  CHECK(stored[0].long_context == entry.long_context);
  CHECK(stored[0].source == "price page");
  CHECK(stored[0].origin == PriceOrigin::config);
  CHECK_FALSE(stored[1].rates.cache_read);
  CHECK_FALSE(stored[1].long_context);
  CHECK(stored[0].id < stored[1].id);
}

TEST_CASE("the same price list changes nothing a second time", "[store]") {
  test::TestDatabase test;
  const std::vector<PriceEntry> list{a_price("m-a", "1", "2"), a_price("m-b", "3", "4")};
  test.apply_prices(list);
  const PriceChanges again = compare(test, list, PriceOrigin::config);
  CHECK(again.empty());
  CHECK(again.unchanged == 2);
}

TEST_CASE("another rate retires the entry and adds its successor", "[store]") {
  test::TestDatabase test;
  test.apply_prices({a_price("m-a", "1", "2", "2026-03-01"), a_price("m-b", "3", "4")});
  const auto old_id = load_prices(test.database.snapshot()).front().id;
  test.apply_prices({a_price("m-a", "1", "2.5", "2026-03-01"), a_price("m-b", "3", "4")});
  const auto live = load_prices(test.database.snapshot());
  REQUIRE(live.size() == 2);
  CHECK(live.back().model_pattern == "m-a");
  CHECK(live.back().rates.output == 2'500'000);
  CHECK(live.back().id > old_id);
}

TEST_CASE("what changes is out of date from its earliest effective date", "[store]") {
  test::TestDatabase test;
  test.apply_prices({a_price("m-a", "1", "2", "2026-05-01"), a_price("m-b", "3", "4")});
  const PriceChanges changes =
      compare(test, {a_price("m-b", "3", "4"), a_price("m-c", "1", "1", "2026-06-01")},
              PriceOrigin::config);
  CHECK(changes.added.size() == 1);
  CHECK(changes.retired.size() == 1);
  CHECK(changes.first_day() == day("2026-05-01"));
}

TEST_CASE("a price file retires its own entries only", "[store]") {
  test::TestDatabase test;
  test.apply_prices({a_price("m-config", "1", "2")});
  test.change(
      [](UnitOfWork& unit) { add_price(unit, from_api(a_price("m-api", "1", "2")), at(now)); });
  test.apply_prices({});
  const auto live = load_prices(test.database.snapshot());
  REQUIRE(live.size() == 1);
  CHECK(live.front().model_pattern == "m-api");
  CHECK(compare(test, {}, PriceOrigin::api).empty());
}

TEST_CASE("neither origin replaces a price of the other", "[store]") {
  test::TestDatabase test;
  test.apply_prices({a_price("m-config", "1", "2")});
  test.change(
      [](UnitOfWork& unit) { add_price(unit, from_api(a_price("m-api", "1", "2")), at(now)); });
  CHECK_THROWS_WITH(compare(test, {a_price("m-api", "1", "2")}, PriceOrigin::config),
                    Catch::Contains("m-api") && Catch::Contains("delete that one"));
  CHECK_THROWS_WITH(compare(test, {from_api(a_price("m-config", "9", "9"))}, PriceOrigin::api),
                    Catch::Contains("change it there"));
}

TEST_CASE("a second price with the same effective date is a conflict", "[store]") {
  test::TestDatabase test;
  test.apply_prices({a_price("m-a", "1", "2")});
  UnitOfWork unit = test.database.begin();
  try {
    add_price(unit, from_api(a_price("m-a", "5", "6")), at(now));
    FAIL("two live prices with one identity");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::conflict);
  }
  CHECK(add_price(unit, from_api(a_price("m-a", "5", "6", "2026-02-01")), at(now)).id > 0);
}

TEST_CASE("an undated list changes only what differs from the prices of that day", "[store]") {
  test::TestDatabase test;
  test.change([](UnitOfWork& unit) {
    for (const PriceEntry& entry :
         {a_price("m-same", "1", "2", "2026-03-01"), a_price("m-moved", "1", "2", "2026-03-01"),
          a_price("m-today", "1", "2", "2026-10-05"), a_price("m-future", "1", "2", "2026-12-01"),
          a_price("m-file", "1", "2", "2026-03-01")}) {
      add_price(unit, from_api(entry), at(now));
    }
  });
  const auto dated = [](const char* model, const char* output) {
    return from_api(a_price(model, "1", output, "2026-10-05"));
  };
  const std::vector<PriceEntry> list{dated("m-same", "2"), dated("m-moved", "3"),
                                     dated("m-today", "3"), dated("m-future", "2"),
                                     dated("m-new", "2")};
  PriceChanges changes = compare_undated_prices(test.database.snapshot(), list);
  CHECK(changes.unchanged == 1);
  // The one of the same day is retired; the older one stays for the days before.
  REQUIRE(changes.retired.size() == 1);
  CHECK(changes.retired[0].model_pattern == "m-today");
  REQUIRE(changes.added.size() == 4);
  CHECK(changes.added[0].model_pattern == "m-moved");
  test.change([&](UnitOfWork& unit) { apply_price_changes(unit, changes, at(now)); });
  // Another day, the same list: nothing.
  std::vector<PriceEntry> later = list;
  for (PriceEntry& entry : later) entry.effective_from = day("2026-10-09");
  const PriceChanges again = compare_undated_prices(test.database.snapshot(), later);
  CHECK(again.empty());
  CHECK(again.unchanged == 5);
}

TEST_CASE("a removed price stays in the history with its instant", "[store]") {
  test::TestDatabase test;
  test.apply_prices({a_price("m-config", "1", "2")});
  PriceEntry added;
  test.change([&](UnitOfWork& unit) {
    added = add_price(unit, from_api(a_price("m-api", "1", "2")), at(now));
    PriceChanges removal = removal_of_price(unit, added.id);
    apply_price_changes(unit, removal, at("2026-10-06T00:00:00Z"));
  });
  CHECK(load_prices(test.database.snapshot()).size() == 1);
  const auto records = load_price_records(test.database.snapshot());
  REQUIRE(records.size() == 2);
  CHECK_FALSE(records[0].retired_at);
  CHECK(records[1].created_at == at(now));
  CHECK(records[1].retired_at == at("2026-10-06T00:00:00Z"));
  const auto complaint = [&](std::int64_t id) -> std::string {
    try {
      removal_of_price(test.database.snapshot(), id);
    } catch (const Error& error) {
      return std::string(name_of(error.code())) + ": " + error.what();
    }
    return "none";
  };
  CHECK(complaint(added.id) ==
        "conflict: price 2 for \"m-api\" (standard) from 2026-01-01 was retired at "
        "2026-10-06T00:00:00Z; there is nothing left to delete");
  CHECK(complaint(records[0].entry.id) ==
        "refused: price 1 for \"m-config\" (standard) from 2026-01-01 comes from the configured "
        "price file; remove its line there and restart costd");
  CHECK(complaint(99) == "not_found: there is no price 99; costctl prices list shows the ids");
}

}  // namespace costd
