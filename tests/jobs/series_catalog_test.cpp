#include "jobs/ingest/series_catalog.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "tests/support/test_database.hpp"

namespace costd {
namespace {

using test::a_series;

}  // namespace

TEST_CASE("keys have the ids that the database gave them, whoever asks first", "[ingest]") {
  test::TestDatabase test;
  SeriesCatalog catalog(test.database);
  const auto ids = catalog.ids_of({a_series("a"), a_series("b"), a_series("a")});
  REQUIRE(ids.size() == 3);
  CHECK(ids[0] == ids[2]);
  CHECK(ids[0] != ids[1]);
  CHECK(catalog.key_of(ids[1]) == a_series("b"));
  CHECK(catalog.ids_of({}).empty());
  SeriesCatalog other(test.database);
  CHECK(other.key_of(ids[0]) == a_series("a"));
  CHECK(other.ids_of({a_series("b")}) == std::vector<SeriesId>{ids[1]});
  CHECK(load_series(test.database.snapshot()).size() == 2);
}

TEST_CASE("threads that ask for the same new keys get the same ids", "[ingest]") {
  test::TestDatabase test;
  SeriesCatalog catalog(test.database);
  std::vector<SeriesKey> keys;
  for (int n = 0; n < 200; ++n) keys.push_back(a_series("t-" + std::to_string(n)));
  std::vector<std::vector<SeriesId>> ids(4);
  {
    std::vector<std::jthread> threads;
    for (auto& mine : ids) {
      threads.emplace_back([&] {
        for (const SeriesKey& key : keys) mine.push_back(catalog.ids_of({key}).at(0));
      });
    }
  }
  for (const auto& mine : ids) CHECK(mine == ids.front());
  CHECK(load_series(test.database.snapshot()).size() == 200);
}

TEST_CASE("keys are known to whoever holds the database while new ones wait for it", "[ingest]") {
  test::TestDatabase test;
  SeriesCatalog catalog(test.database);
  const SeriesId known = catalog.ids_of({a_series("known")}).at(0);
  std::atomic<bool> begun = false;
  std::jthread waits;
  {
    UnitOfWork unit = test.database.begin();
    waits = std::jthread([&] {
      begun = true;
      catalog.ids_of({a_series("new")});
    });
    while (!begun) std::this_thread::yield();
    // A commit that looks up tenants must not wait for the one that waits for its end.
    for (int n = 0; n < 100'000; ++n) {
      if (catalog.key_of(known).tenant != "known") FAIL("another key");
      if (n % 100 == 0) std::this_thread::yield();
    }
  }
  waits.join();
  CHECK(load_series(test.database.snapshot()).size() == 2);
}

}  // namespace costd
