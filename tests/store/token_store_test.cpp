#include "ledger/store/token_store.hpp"

#include <catch2/catch.hpp>

#include "ledger/error.hpp"
#include "tests/support/test_database.hpp"

namespace costd {
namespace {

using test::at;

AccessToken a_token(const std::string& id, Instant created = at("2026-10-05T12:00:00Z")) {
  AccessToken token;
  token.id = id;
  token.name = "finance";
  token.hash = "hash of " + id;
  token.role = "viewer";
  token.tenant = "acme";
  token.created_at = created;
  token.created_by = "uid:1000";
  token.expires_at = at("2027-01-03T12:00:00Z");
  return token;
}

}  // namespace

TEST_CASE("a token is found by its id and by its hash, with all that was stored", "[tokens]") {
  test::TestDatabase test;
  test.change([](UnitOfWork& unit) { insert_token(unit, a_token("t1")); });
  const auto found = find_token(test.database.snapshot(), "t1");
  REQUIRE(found);
  CHECK(found->name == "finance");
  CHECK(found->hash == "hash of t1");
  CHECK(found->role == "viewer");
  CHECK(found->tenant == "acme");
  CHECK(found->created_by == "uid:1000");
  CHECK(found->created_at == at("2026-10-05T12:00:00Z"));
  CHECK(found->expires_at == at("2027-01-03T12:00:00Z"));
  CHECK(found->revoked_at == Instant{});
  CHECK(found->last_used_at == Instant{});
  CHECK(find_token_by_hash(test.database.snapshot(), "hash of t1")->id == "t1");
  CHECK_FALSE(find_token_by_hash(test.database.snapshot(), "t1"));
  CHECK_FALSE(find_token(test.database.snapshot(), "t2"));
}

TEST_CASE("two tokens never share an id or a hash", "[tokens]") {
  test::TestDatabase test;
  test.change([](UnitOfWork& unit) { insert_token(unit, a_token("t1")); });
  AccessToken same_hash = a_token("t2");
  same_hash.hash = "hash of t1";
  UnitOfWork unit = test.database.begin();
  CHECK_THROWS(insert_token(unit, same_hash));
  CHECK_THROWS(insert_token(unit, a_token("t1")));
}

TEST_CASE("a token is revoked once, and stays on record", "[tokens]") {
  test::TestDatabase test;
  test.change([](UnitOfWork& unit) { insert_token(unit, a_token("t1")); });
  test.change([](UnitOfWork& unit) {
    CHECK(revoke_token(unit, "t1", at("2026-10-06T00:00:00Z")));
    CHECK_FALSE(revoke_token(unit, "t1", at("2026-10-07T00:00:00Z")));
    CHECK_FALSE(revoke_token(unit, "t2", at("2026-10-07T00:00:00Z")));
  });
  CHECK(find_token(test.database.snapshot(), "t1")->revoked_at == at("2026-10-06T00:00:00Z"));
}

TEST_CASE("tokens are listed newest first, each with its last use", "[tokens]") {
  test::TestDatabase test;
  test.change([](UnitOfWork& unit) {
    insert_token(unit, a_token("t1", at("2026-10-01T00:00:00Z")));
    insert_token(unit, a_token("t2", at("2026-10-02T00:00:00Z")));
    note_token_use(unit, "t1", at("2026-10-03T00:00:00Z"));
  });
  const auto tokens = load_tokens(test.database.snapshot());
  REQUIRE(tokens.size() == 2);
  CHECK(tokens[0].id == "t2");
  CHECK(tokens[1].id == "t1");
  CHECK(tokens[1].last_used_at == at("2026-10-03T00:00:00Z"));
  CHECK(tokens[0].last_used_at == Instant{});
}

}  // namespace costd
