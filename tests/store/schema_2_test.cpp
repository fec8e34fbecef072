// The upgrade of a database of schema 1. The fixture was written by costd 0.1.0: blocks of several
// UTC days with UUIDs, with texts and with both, tags, corrections of a closed month, a day that is
// not rated; schema_1.txt is what that costd said of it.

#include "ledger/store/schema_2.hpp"

#include <catch2/catch.hpp>
#include <filesystem>

#include "ledger/error.hpp"
#include "ledger/store/connection.hpp"
#include "ledger/store/file_ledger.hpp"
#include "ledger/store/migrations.hpp"
#include "ledger/store/usage_blocks.hpp"
#include "tests/store/stored_facts.hpp"
#include "tests/support/test_database.hpp"

namespace costd {
namespace {

std::string fixture(const std::string& name) {
  std::ostringstream text;
  text << std::ifstream(COSTD_SOURCE_DIR "/tests/store/fixtures/" + name).rdbuf();
  return text.str();
}

void run_statements(Connection& connection, const std::string& sql) {
  for (std::size_t at = 0; at < sql.size();) {
    const std::size_t end = std::min(sql.find(";\n", at), sql.size());
    connection.sql << sql.substr(at, end - at);
    at = end + 2;
  }
}

/// A database of schema 1 in a folder of its own.
struct OldDatabase {
  TemporaryFolder folder;
  std::string file = folder / "costd.db";

  OldDatabase() {
    Connection connection("db=" + file);
    run_statements(connection, fixture("schema_1.sql"));
    REQUIRE(schema_version(connection) == 1);
  }
  void change(const std::string& sql) const {
    Connection connection("db=" + file);
    connection.sql << sql;
  }
  std::int64_t number(const std::string& sql) const {
    Connection connection("db=" + file);
    std::int64_t number = 0;
    connection.sql << sql, soci::into(number);
    return number;
  }
};

}  // namespace

TEST_CASE("an upgraded database says the same of its usage and costs", "[store]") {
  const OldDatabase old;
  for (int opened = 0; opened < 2; ++opened) {
    Database database(old.file);
    CHECK(test::stored_facts(database.snapshot()) == fixture("schema_1.txt"));
  }
  CHECK(old.number("select count(*) from sqlite_master where type = 'table' and name like '%1'") ==
        0);
}

TEST_CASE("an upgraded database has the schema of a new one", "[store]") {
  const OldDatabase old;
  { const Database upgraded(old.file); }
  const TemporaryFolder folder;
  { const Database fresh(folder / "fresh.db"); }
  const auto columns_of = [](const std::string& file) {
    Connection connection("db=" + file);
    std::string line;
    soci::statement statement =
        (connection.sql.prepare << "select m.type || ' ' || m.name || ' ' || m.tbl_name || ' ' ||"
                                   " coalesce(group_concat(c.name || ' ' || c.type), '')"
                                   " from sqlite_master m left join pragma_table_xinfo(m.name) c"
                                   " group by m.name order by m.name",
         soci::into(line));
    std::string all;
    for_each_row(statement, [&] { all += line + "\n"; });
    return all;
  };
  CHECK(columns_of(old.file) == columns_of(folder / "fresh.db"));
}

TEST_CASE("upgraded blocks hold one UTC day each and all records", "[store]") {
  const OldDatabase old;
  Database database(old.file);
  const Snapshot snapshot = database.snapshot();
  std::map<SourceId, std::int64_t> records;
  for (const BlockHead& head : load_block_heads(snapshot)) {
    RecordTexts texts;
    for (const BlockRecord& record : load_records(snapshot, head, texts)) {
      CHECK(block_day_of(record.at) == head.day);
      CHECK(record.requests == 1);
      CHECK(record.stated_band == 0);
      ++records[head.source];
    }
    CHECK((block_day_of(head.first_at) == head.day && block_day_of(head.last_at) == head.day));
  }
  // 40 with UUIDs and 25 with both forms in the one source; 40, 2 and 1 in the other.
  CHECK(records == std::map<SourceId, std::int64_t>{{1, 65}, {2, 43}});
}

TEST_CASE("an upgrade keeps the whole files, and forgets the halves it cannot go on with",
          "[store]") {
  const OldDatabase old;
  Database database(old.file);
  const Snapshot snapshot = database.snapshot();
  const auto done = load_done_files(snapshot, 1, 10);
  REQUIRE(done.size() == 1);
  CHECK(done[0].content_hash == "0f0f");
  CHECK(load_partial_files(snapshot, 1).empty());
}

TEST_CASE("an empty database of schema 1 is upgraded, too", "[store]") {
  const OldDatabase old;
  for (const char* table : {"usage_block", "usage_daily", "cost_daily", "unrated_day"}) {
    old.change(std::string("delete from ") + table);
  }
  Database database(old.file);
  CHECK(load_block_heads(database.snapshot()).empty());
  CHECK_FALSE(load_usage_days(database.snapshot()));
}

TEST_CASE("an upgrade that meets a damaged block changes nothing", "[store]") {
  const OldDatabase old;
  const auto damage = GENERATE(as<std::string>{}, "times = x'00'", "counts = labels",
                               "directory = record_ids", "record_ids = times", "labels = x''");
  CAPTURE(damage);
  old.change("update usage_block set " + damage + " where id = 3");
  CHECK_THROWS_AS(Database(old.file), Error);
  CHECK(old.number("select value from meta where name = 'schema_version'") == 1);
  CHECK(old.number("select count(*) from usage_block where codec = 1") == 5);
  CHECK(old.number("select count(*) from sqlite_master where name = 'usage_block_1'") == 0);
}

}  // namespace costd
