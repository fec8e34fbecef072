// Columns that are well-formed one by one and wrong as a block.

#include <catch2/catch.hpp>
#include <functional>
#include <limits>

#include "ledger/error.hpp"
#include "ledger/store/block_codec.hpp"
#include "ledger/store/column_codec.hpp"
#include "ledger/store/connection.hpp"
#include "tests/support/stored_blocks.hpp"

namespace costd {
namespace {

using Integers = std::vector<std::int64_t>;

std::string column(const std::vector<Integers>& parts) {
  ColumnWriter writer;
  for (const Integers& part : parts) writer.write_integers(part);
  return writer.take();
}

BlockHead store_two_records(test::TestDatabase& test) {
  test::store_blocks(test, {test::a_usage_record().with_id("a"), test::a_usage_record()});
  return load_block_heads(test.database.snapshot()).at(0);
}

/// The counts of one record: six classes, the difference of the total, and the small columns.
std::string counts_of(std::vector<Integers> parts, std::int64_t requests = 1,
                      std::int64_t stated_band = 0, std::int64_t origin = 0) {
  for (const std::int64_t small : {requests, stated_band, origin}) parts.push_back({small});
  return column(parts);
}

ErrorCode code_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& error) {
    return error.code();
  }
  FAIL("nothing was refused");
  return {};
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
  const std::vector<Integers> good(10, Integers{1});
  CHECK(PackedCounts(column(good)).size() == 1);
  for (std::size_t part = 0; part < good.size(); ++part) {
    auto parts = good;
    parts[part] = {1, 2};
    CAPTURE(part);
    CHECK(code_of([&] { PackedCounts counts(column(parts)); }) == ErrorCode::data);
  }
  CHECK(code_of([&] { PackedCounts counts(column(std::vector<Integers>(9, {1}))); }) ==
        ErrorCode::data);
}

TEST_CASE("counts that no record can have are refused", "[store]") {
  const std::int64_t highest = std::numeric_limits<std::int64_t>::max();
  const std::int64_t lowest = std::numeric_limits<std::int64_t>::min();
  const auto tokens_of = [](const std::vector<Integers>& parts) {
    const std::string bytes = counts_of(parts);
    return PackedCounts(bytes).tokens(0);
  };
  const auto refusal_of = [&](const std::vector<Integers>& parts) {
    return code_of([&] { tokens_of(parts); });
  };
  CHECK(refusal_of({{-1}, {0}, {0}, {0}, {0}, {0}, {0}}) == ErrorCode::data);
  CHECK(refusal_of({{0}, {0}, {0}, {0}, {highest}, {0}, {0}}) == ErrorCode::data);
  CHECK(refusal_of({{1}, {0}, {0}, {0}, {0}, {0}, {highest}}) == ErrorCode::data);
  CHECK(refusal_of({{1}, {0}, {0}, {0}, {0}, {0}, {lowest}}) == ErrorCode::data);
  CHECK(tokens_of({{1}, {0}, {0}, {0}, {0}, {0}, {-1}}).total == 0);
}

TEST_CASE("an unknown origin or band is refused", "[store]") {
  const std::vector<Integers> none(7, Integers{0});
  const std::string last = counts_of(none, 1, 9, 2);  // band 8 and one, cache_hit
  CHECK(PackedCounts(last).origin(0) == Origin::cache_hit);
  CHECK(PackedCounts(last).stated_band(0) == 9);
  const auto beyond = GENERATE(as<std::int64_t>{}, -1, 10, 256);
  const std::string origin = counts_of(none, 1, 0, beyond);
  CHECK(code_of([&] { PackedCounts(origin).origin(0); }) == ErrorCode::data);
  const std::string band = counts_of(none, 1, beyond, 0);
  CHECK(code_of([&] { PackedCounts(band).stated_band(0); }) == ErrorCode::data);
}

TEST_CASE("labels that refer to nothing are refused", "[store]") {
  using Strings = std::vector<std::string>;
  const auto labels = [](const Strings& tags, const Strings& fingerprints, const Integers& rows) {
    ColumnWriter writer;
    writer.write_dictionary(tags);
    writer.write_dictionary(fingerprints);
    writer.write_integers(rows);
    return writer.compress();
  };
  CHECK(decode_labels(labels({"", "t"}, {"f", "f"}, {1, 0}))[0] == RecordLabel{"t", "f"});
  for (const auto& wrong : {labels({""}, {"", ""}, {0}), labels({""}, {""}, {1}),
                            labels({""}, {""}, {-1}), labels({}, {}, {0})}) {
    CHECK(code_of([&] { decode_labels(wrong); }) == ErrorCode::data);
  }
}

TEST_CASE("a block whose columns do not agree is refused when it is read", "[store]") {
  test::TestDatabase test;
  const BlockHead head = store_two_records(test);
  CHECK(load_record_ids(test.database.snapshot(), head).size() == 2);
  const std::string one_time = column({{7}});
  test.change([&](UnitOfWork& unit) {
    soci::session& sql = static_cast<Connection&>(unit).sql;
    BoundBlob bytes(sql, one_time);
    sql << "update usage_block set times = :times", soci::use(bytes.value);
  });
  CHECK_THROWS_WITH(load_times(test.database.snapshot(), head), Catch::Contains("damaged"));
  CHECK(load_directory(test.database.snapshot(), head).size() == 1);
}

TEST_CASE("a block of a newer codec is refused, a missing one is not found", "[store]") {
  test::TestDatabase test;
  BlockHead head = store_two_records(test);
  test.change([&](UnitOfWork& unit) {
    static_cast<Connection&>(unit).sql << "update usage_block set codec = 3";
  });
  CHECK_THROWS_WITH(load_times(test.database.snapshot(), head), Catch::Contains("codec 3"));
  ++head.id;
  CHECK(code_of([&] { load_times(test.database.snapshot(), head); }) == ErrorCode::not_found);
}

}  // namespace costd
