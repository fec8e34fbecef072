#include "ledger/store/migrations.hpp"

#include <catch2/catch.hpp>

#include "ledger/error.hpp"
#include "ledger/store/connection.hpp"
#include "tests/support/test_database.hpp"

namespace costd {
namespace {

std::string schema_of(Connection& connection) {
  std::string sql;
  soci::statement statement =
      (connection.sql.prepare << "select coalesce(sql, name) from sqlite_master order by name",
       soci::into(sql));
  std::string all;
  for_each_row(statement, [&] { all += sql + "\n"; });
  return all;
}

}  // namespace

TEST_CASE("an empty database gets every migration once", "[store]") {
  const TemporaryFolder folder;
  Connection connection("db=" + folder / "costd.db");
  CHECK(schema_version(connection) == 0);
  apply_migrations(connection);
  CHECK(schema_version(connection) == all_migrations().back().number);
  const std::string schema = schema_of(connection);
  CHECK(schema.find("usage_block") != std::string::npos);
  apply_migrations(connection);
  CHECK(schema_of(connection) == schema);
}

TEST_CASE("migrations are numbered from one without a gap", "[store]") {
  int expected = 1;
  for (const Migration& migration : all_migrations()) CHECK(migration.number == expected++);
}

TEST_CASE("no dialect word is left in the schema", "[store]") {
  const test::TestDatabase test;
  Connection connection("db=" + test.folder / "costd.db");
  CHECK(schema_of(connection).find('$') == std::string::npos);
}

TEST_CASE("a database of a newer costd is refused with the remedy", "[store]") {
  const TemporaryFolder folder;
  { const Database made(folder / "costd.db"); }
  {
    Connection connection("db=" + folder / "costd.db");
    connection.sql << "update meta set value = '99' where name = 'schema_version'";
  }
  try {
    const Database opened(folder / "costd.db");
    FAIL("the newer schema was accepted");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::database);
    CHECK(std::string(error.what()).find("schema 99") != std::string::npos);
    CHECK(std::string(error.what()).find("newer costd") != std::string::npos);
  }
}

TEST_CASE("a file that is no database is refused by name", "[store]") {
  const TemporaryFolder folder;
  const std::string file = folder.write("costd.db", std::string(8192, 'x'));
  CHECK_THROWS_AS(Database(file), Error);
  CHECK_THROWS_WITH(Database(file), Catch::Contains(file));
}

TEST_CASE("an installation keeps its random id", "[store]") {
  const TemporaryFolder folder;
  const std::string first = Database(folder / "a.db").install_id();
  CHECK(first.size() == 32);
  CHECK(Database(folder / "a.db").install_id() == first);
  CHECK(Database(folder / "b.db").install_id() != first);
}

}  // namespace costd
