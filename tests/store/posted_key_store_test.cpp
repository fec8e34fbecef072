#include "ledger/store/posted_key_store.hpp"

#include <catch2/catch.hpp>

#include "tests/support/test_database.hpp"

namespace costd {
namespace {

using test::at;

const Instant noon = at("2026-10-05T12:00:00Z");

struct KeyBench : test::TestDatabase {
  void post(const std::string& key, Instant now, const std::string& answer = "{}") {
    change([&](UnitOfWork& unit) {
      store_posted_key(unit, {key, "gateway", std::string(64, 'a'), answer}, now);
    });
  }
  std::optional<PostedKey> find(const std::string& key, Instant now) {
    return find_posted_key(database.snapshot(), key, now);
  }
};

}  // namespace

TEST_CASE("a key gives back what was stored with it, and another one nothing", "[store]") {
  KeyBench bench;
  CHECK_FALSE(bench.find("a key", noon));
  bench.post("a key", noon, R"({"bytes":12})");
  const auto found = bench.find("a key", noon);
  REQUIRE(found);
  CHECK(found->key == "a key");
  CHECK(found->source == "gateway");
  CHECK(found->body_sha256 == std::string(64, 'a'));
  CHECK(found->answer == R"({"bytes":12})");
  CHECK_FALSE(bench.find("A key", noon));
  CHECK_FALSE(bench.find("a ke", noon));
}

TEST_CASE("a key is known for 72 hours, the last instant not among them", "[store]") {
  KeyBench bench;
  bench.post("key", noon);
  // From 5 October, noon, three days are until 8 October, noon.
  CHECK(bench.find("key", at("2026-10-08T11:59:59Z")));
  CHECK_FALSE(bench.find("key", at("2026-10-08T12:00:00Z")));
  // A clock that was set back forgets nothing.
  CHECK(bench.find("key", at("2026-10-01T00:00:00Z")));
}

TEST_CASE("keys that have expired go when a new one comes, and may be used again", "[store]") {
  KeyBench bench;
  bench.post("old", noon, "first");
  bench.post("young", noon + std::chrono::hours(1));
  bench.post("old", noon + std::chrono::hours(72), "second");
  CHECK(bench.find("old", noon + std::chrono::hours(72))->answer == "second");
  CHECK(bench.find("young", noon));
  bench.post("new", noon + std::chrono::hours(73));
  CHECK_FALSE(bench.find("young", noon));
}

TEST_CASE("a key that is known is not stored over", "[store]") {
  KeyBench bench;
  bench.post("key", noon, "first");
  CHECK_THROWS(bench.post("key", noon, "second"));
  CHECK(bench.find("key", noon)->answer == "first");
}

}  // namespace costd
