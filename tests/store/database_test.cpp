#include "ledger/store/database.hpp"

#include <catch2/catch.hpp>

#include "ledger/error.hpp"
#include "ledger/store/audit_store.hpp"
#include "ledger/store/connection.hpp"
#include "ledger/store/run_store.hpp"
#include "ledger/store/tenant_store.hpp"
#include "tests/support/test_database.hpp"

namespace costd {
namespace {

AuditEvent an_event(const std::string& action) {
  AuditEvent event;
  event.at = test::at("2026-10-05T12:00:00Z");
  event.actor = {"uid", "1000"};
  event.action = action;
  return event;
}

void close_october(UnitOfWork& unit, const std::string& tenant) {
  close_period(unit, tenant, test::month("2026-10"), test::at("2026-11-04T00:00:00Z"), "test", "");
}

}  // namespace

TEST_CASE("a unit of work that is not committed leaves nothing", "[store]") {
  test::TestDatabase test;
  {
    UnitOfWork unit = test.database.begin();
    close_october(unit, "t-one");
    unit.audit(an_event("period.close"));
    CHECK(load_closed_periods(unit).size() == 1);
  }
  CHECK(load_closed_periods(test.database.snapshot()).empty());
  CHECK(load_audit_head(test.database.snapshot()).count == 0);
  test.change([](UnitOfWork& unit) { close_october(unit, "t-two"); });
  CHECK(load_closed_periods(test.database.snapshot()).size() == 1);
}

TEST_CASE("an effect and its audit event are committed together", "[store]") {
  test::TestDatabase test;
  test.change([](UnitOfWork& unit) {
    close_october(unit, "t-one");
    unit.audit(an_event("period.close"));
  });
  CHECK(load_closed_periods(test.database.snapshot()).size() == 1);
  CHECK(load_audit_head(test.database.snapshot()).count == 1);
}

TEST_CASE("audit events are chained without a gap", "[store]") {
  test::TestDatabase test;
  test.change([](UnitOfWork& unit) {
    unit.audit(an_event("first"));
    unit.audit(an_event("second"));
  });
  test.change([](UnitOfWork& unit) { unit.audit(an_event("third")); });
  const auto events = load_audit_events(test.database.snapshot(), 0, 10);
  REQUIRE(events.size() == 3);
  std::string previous = audit_genesis_hash;
  std::int64_t seq = 1;
  for (const AuditEvent& event : events) {
    CHECK(event.seq == seq++);
    CHECK(event.previous_hash == previous);
    CHECK(event.hash == hash_of(event));
    previous = event.hash;
  }
  CHECK(load_audit_head(test.database.snapshot()).hash == previous);
  CHECK(load_audit_events(test.database.snapshot(), 1, 1).front().action == "second");
}

TEST_CASE("audit events can be neither changed nor deleted", "[store]") {
  test::TestDatabase test;
  test.change([](UnitOfWork& unit) { unit.audit(an_event("first")); });
  UnitOfWork unit = test.database.begin();
  soci::session& sql = static_cast<Connection&>(unit).sql;
  CHECK_THROWS_WITH(sql << "update audit_event set actor_name = 'x'",
                    Catch::Contains("append-only"));
  CHECK_THROWS_WITH(sql << "delete from audit_event", Catch::Contains("append-only"));
}

TEST_CASE("a snapshot does not see what is committed after it was taken", "[store]") {
  test::TestDatabase test;
  const Snapshot before = test.database.snapshot();
  test.change([](UnitOfWork& unit) { close_october(unit, "t-one"); });
  CHECK(load_closed_periods(before).empty());
  CHECK(load_closed_periods(test.database.snapshot()).size() == 1);
  CHECK(load_closed_periods(before).empty());
}

TEST_CASE("a snapshot that is given back is not reused with its old view", "[store]") {
  test::TestDatabase test;
  { const Snapshot old = test.database.snapshot(); }
  test.change([](UnitOfWork& unit) { close_october(unit, "t-one"); });
  CHECK(load_closed_periods(test.database.snapshot()).size() == 1);
}

TEST_CASE("readers cannot write", "[store]") {
  test::TestDatabase test;
  const Snapshot snapshot = test.database.snapshot();
  CHECK_THROWS(static_cast<Connection&>(snapshot).sql << "delete from tenant");
}

TEST_CASE("what was committed is there after the database is opened again", "[store]") {
  const TemporaryFolder folder;
  {
    Database database(folder / "costd.db");
    UnitOfWork unit = database.begin();
    close_october(unit, "t-one");
    unit.commit();
  }
  Database database(folder / "costd.db");
  CHECK(load_closed_periods(database.snapshot()).size() == 1);
}

}  // namespace costd
