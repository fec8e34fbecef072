#include "ledger/store/series_store.hpp"

#include <catch2/catch.hpp>

#include "tests/support/test_database.hpp"

namespace costd {
namespace {

std::map<SeriesId, std::string> tenants_of(const std::unordered_map<SeriesId, SeriesKey>& series) {
  std::map<SeriesId, std::string> tenants;
  for (const auto& [id, key] : series) tenants[id] = key.tenant;
  return tenants;
}

}  // namespace

TEST_CASE("a reader finds the series that came since, and none that was taken back", "[store]") {
  test::TestDatabase test;
  SeriesId one = 0, taken_back = 0, two = 0;
  const auto seen = [&] { return tenants_of(load_series(test.database.snapshot())); };
  test.change([&](UnitOfWork& unit) { one = store_series(unit, test::a_series("t-one")); });
  CHECK(seen() == std::map<SeriesId, std::string>{{one, "t-one"}});
  {
    UnitOfWork unit = test.database.begin();
    taken_back = store_series(unit, test::a_series("t-taken-back"));
    CHECK(tenants_of(load_series(unit)).size() == 2);
    CHECK(seen().size() == 1);
  }
  // The id that was taken back is another's now.
  test.change([&](UnitOfWork& unit) { two = store_series(unit, test::a_series("t-two")); });
  REQUIRE(two == taken_back);
  for (int again = 0; again < 2; ++again) {
    CHECK(seen() == std::map<SeriesId, std::string>{{one, "t-one"}, {two, "t-two"}});
  }
}

TEST_CASE("an older snapshot does not see what another reader has read since", "[store]") {
  test::TestDatabase test;
  SeriesId one = 0;
  test.change([&](UnitOfWork& unit) { one = store_series(unit, test::a_series("t-one")); });
  const Snapshot before = test.database.snapshot();
  CHECK(load_series(before).size() == 1);
  test.change([&](UnitOfWork& unit) { store_series(unit, test::a_series("t-two")); });
  CHECK(load_series(test.database.snapshot()).size() == 2);
  CHECK(tenants_of(load_series(before)) == std::map<SeriesId, std::string>{{one, "t-one"}});
}

}  // namespace costd
