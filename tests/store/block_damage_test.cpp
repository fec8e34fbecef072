// Columns that are well-formed one by one and wrong as a block.

#include <catch2/catch.hpp>
#include <limits>

#include "ledger/error.hpp"
#include "ledger/store/block_codec.hpp"
#include "ledger/store/column_codec.hpp"
#include "ledger/store/connection.hpp"
#include "ledger/store/file_ledger.hpp"
#include "ledger/store/usage_blocks.hpp"
#include "tests/support/test_database.hpp"

namespace costd {
namespace {

using Integers = std::vector<std::int64_t>;

std::string column(const std::vector<Integers>& parts) {
  ColumnWriter writer;
  for (const Integers& part : parts) writer.write_integers(part);
  return writer.compress();
}

BlockRecord a_block_record(const std::string& id) {
  BlockRecord record;
  record.series = 1;
  record.at = test::at("2026-10-05T12:00:00Z");
  record.record_id = id;
  return record;
}

BlockId store_two_records(test::TestDatabase& test) {
  BlockId id = 0;
  test.change([&](UnitOfWork& unit) {
    const auto source = store_source(unit, "gateway");
    id = store_usage_block(unit, source, 1, {a_block_record("a"), a_block_record("b")});
  });
  return id;
}

}  // namespace

TEST_CASE("a directory with impossible counts is refused", "[store]") {
  CHECK_THROWS_AS(decode_directory(column({{1, 2}, {5}})), Error);
  CHECK_THROWS_AS(decode_directory(column({{1}, {-5}})), Error);
  CHECK_THROWS_AS(decode_directory(column({{1}, {0}})), Error);
  CHECK_THROWS_AS(decode_directory(column({{1, 2}, {65'536, 1}})), Error);
  CHECK(decode_directory(column({{1, 2}, {65'535, 1}})).size() == 2);
}

TEST_CASE("count columns of different lengths are refused", "[store]") {
  CHECK_THROWS_AS(decode_counts(column({{1, 2}, {1}, {1}, {1}, {1}, {1}, {1}})), Error);
  CHECK_THROWS_AS(decode_counts(column({{1}, {1}, {1}, {1}, {1}, {1}, {1, 2}})), Error);
}

TEST_CASE("counts that no record can have are refused", "[store]") {
  const std::int64_t highest = std::numeric_limits<std::int64_t>::max();
  CHECK_THROWS_AS(decode_counts(column({{-1}, {0}, {0}, {0}, {0}, {0}, {0}})), Error);
  CHECK_THROWS_AS(decode_counts(column({{0}, {0}, {0}, {0}, {highest}, {0}, {0}})), Error);
  CHECK_THROWS_AS(decode_counts(column({{1}, {0}, {0}, {0}, {0}, {0}, {highest}})), Error);
  CHECK(decode_counts(column({{1}, {0}, {0}, {0}, {0}, {0}, {-1}})).front().total == 0);
}

TEST_CASE("an unknown origin is refused", "[store]") {
  ColumnWriter writer;
  writer.write_integers(Integers{3});
  writer.write_dictionary(std::vector<std::string>{""});
  writer.write_dictionary(std::vector<std::string>{""});
  CHECK_THROWS_AS(decode_labels(writer.compress()), Error);
}

TEST_CASE("a block whose columns do not agree is refused when it is read", "[store]") {
  test::TestDatabase test;
  const BlockId id = store_two_records(test);
  CHECK(load_usage_block(test.database.snapshot(), id, all_columns).record_ids.size() == 2);
  const std::string one_time = column({{7}});
  test.change([&](UnitOfWork& unit) {
    soci::session& sql = static_cast<Connection&>(unit).sql;
    BoundBlob bytes(sql, one_time);
    sql << "update usage_block set times = :times", soci::use(bytes.value);
  });
  CHECK_THROWS_WITH(load_usage_block(test.database.snapshot(), id, times_column),
                    Catch::Contains("damaged"));
}

TEST_CASE("a block of a newer codec is refused, a missing one is not found", "[store]") {
  test::TestDatabase test;
  const BlockId id = store_two_records(test);
  test.change([&](UnitOfWork& unit) {
    static_cast<Connection&>(unit).sql << "update usage_block set codec = 2";
  });
  CHECK_THROWS_WITH(load_usage_block(test.database.snapshot(), id, times_column),
                    Catch::Contains("codec 2"));
  try {
    load_usage_block(test.database.snapshot(), id + 1, times_column);
    FAIL("a block that does not exist was read");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::not_found);
  }
}

}  // namespace costd
