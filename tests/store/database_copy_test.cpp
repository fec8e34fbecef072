#include "ledger/store/database_copy.hpp"

#include <catch2/catch.hpp>

#include "ledger/error.hpp"
#include "ledger/store/connection.hpp"
#include "ledger/store/migrations.hpp"
#include "tests/support/test_database.hpp"

namespace costd {
namespace {

using test::at;

const CopyProgress no_progress = [](std::int64_t, std::int64_t) {};

struct CopyBench : test::TestDatabase {
  std::string source = folder / "costd.db";
  std::string copy = folder / "copy.db";

  void audit(const std::string& object) {
    change([&](UnitOfWork& unit) {
      unit.audit({.seq = 0,
                  .at = at("2026-10-05T12:00:00Z"),
                  .actor = {"uid", "0"},
                  .action = "test",
                  .object = object});
    });
  }
  /// Rows that make the file larger than one step of the copy.
  void fill_pages() {
    change([](UnitOfWork& unit) {
      auto& sql = static_cast<Connection&>(unit).sql;
      sql << "with recursive n(i) as (select 1 union all select i + 1 from n where i < 800)"
             " insert into tenant(id, name, region, metadata, api_keys)"
             " select 't' || i, hex(randomblob(8000)), '', '{}', '{}' from n";
    });
  }
};

}  // namespace

TEST_CASE("a copy has the facts of its source and stands alone", "[store]") {
  CopyBench bench;
  bench.audit("one");
  bench.audit("two");
  const DatabaseFacts facts = copy_database(bench.source, bench.copy, no_progress);
  CHECK(facts.schema_version == all_migrations().back().number);
  CHECK(facts.install_id == bench.database.install_id());
  CHECK(facts.audit_head == load_audit_head(bench.database.snapshot()));
  CHECK(facts.audit_head.count == 2);
  CHECK(facts.rows.at("audit_event") == 2);
  CHECK(facts.rows.at("delivery_attempt") == 0);
  CHECK(facts.rows.at("period_waiver") == 0);
  CHECK(check_database(bench.copy) == facts);
  CHECK_FALSE(std::filesystem::exists(bench.copy + "-wal"));
  CHECK(load_audit_events(Database(bench.copy).snapshot(), 0, 10).size() == 2);
}

TEST_CASE("what is written during a copy is not in it, and the copy comes to its end", "[store]") {
  CopyBench bench;
  bench.fill_pages();
  bench.audit("before");
  int steps = 0;
  const auto facts = copy_database(bench.source, bench.copy, [&](std::int64_t done, std::int64_t) {
    CHECK(done > 0);
    ++steps;
    bench.audit("during");
  });
  CHECK(steps >= 2);
  CHECK(steps < 10);  // 800 rows of 16 kB in steps of 64 pages of 64 kB: not begun anew
  CHECK(facts.audit_head.count == 1);
  CHECK(check_database(bench.copy) == facts);
  CHECK(load_audit_head(bench.database.snapshot()).count == 1 + steps);
}

TEST_CASE("a copy can be stopped on its way", "[store]") {
  CopyBench bench;
  bench.fill_pages();
  CHECK_THROWS_AS(
      copy_database(bench.source, bench.copy,
                    [](std::int64_t, std::int64_t) { throw Error(ErrorCode::cancelled, "stop"); }),
      Error);
  bench.audit("goes on");
}

TEST_CASE("a damaged copy is refused by name", "[store]") {
  CopyBench bench;
  bench.fill_pages();
  copy_database(bench.source, bench.copy, no_progress);
  {
    std::fstream file(bench.copy, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(16 * 16'384);
    file << std::string(4 * 16'384, '\xff');
  }
  CHECK_THROWS_WITH(check_database(bench.copy), Catch::Contains(bench.copy));
  CHECK_THROWS_WITH(check_database(bench.folder / "none.db"), Catch::Contains("none.db"));
}

}  // namespace costd
