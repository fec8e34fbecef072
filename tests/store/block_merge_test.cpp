// Compaction: small blocks become large ones, and nobody can tell from the records.

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

#include "ledger/error.hpp"
#include "ledger/store/usage_query.hpp"
#include "tests/support/stored_blocks.hpp"

namespace costd {
namespace {

using test::a_usage_record;
using test::store_blocks;

const BlockDay oct_5 = block_day_of(test::at("2026-10-05T00:00:00Z"));

using Sizes = std::vector<std::int64_t>;

Sizes sizes_on(test::TestDatabase& test, BlockDay day, const std::string& source = "gateway") {
  Sizes sizes;
  for (const BlockHead& head : test::block_heads_on(test, day, source)) {
    sizes.push_back(head.records);
  }
  return sizes;
}

std::int64_t compact(test::TestDatabase& test, BlockDay day = oct_5,
                     const std::string& source = "gateway") {
  std::int64_t merged = 0;
  test.change([&](UnitOfWork& unit) {
    merged = compact_usage_blocks(unit, store_source(unit, source), day);
  });
  return merged;
}

UsageRecord random_record(std::mt19937_64& random, std::uint64_t number, bool with_uuid) {
  UsageRecord record =
      a_usage_record()
          .at("2026-10-05T00:00:00Z")
          .with_id(with_uuid ? format_uuid({random(), number}) : "rec-" + std::to_string(number))
          .for_tenant("t-" + std::to_string(random() % 3))
          .with_input_tokens(static_cast<std::int64_t>(random() % 1'000))
          .with_origin(static_cast<Origin>(random() % 3));
  record.at += std::chrono::seconds(random() % 86'400);
  record.requests = static_cast<std::int64_t>(random() % 3 + 1);
  if (random() % 4 == 0) record.stated_band = static_cast<ContextBand>(random() % 9);
  if (random() % 3 == 0) record.tags = R"({"n":")" + std::to_string(random() % 4) + "\"}";
  return record;
}

/// A small block of one day; every third one holds UUIDs only, the others texts, too.
void store_small_block(test::TestDatabase& test, std::mt19937_64& random, std::uint64_t block,
                       std::uint64_t records) {
  std::vector<UsageRecord> all;
  for (std::uint64_t n = 0; n < records; ++n) {
    all.push_back(random_record(random, block * 100'000 + n, block % 3 == 0 || n % 2 == 0));
  }
  store_blocks(test, all);
}

std::vector<UsageRecord> page_of(test::TestDatabase& test, std::size_t limit, std::size_t offset) {
  UsageQuery query;
  query.limit = limit;
  query.offset = offset;
  query.tenant = "t-1";
  return load_usage_page(test.database.snapshot(), query).records;
}

}  // namespace

TEST_CASE("sixteen small blocks of a day become one with the same records", "[store]") {
  test::TestDatabase test;
  std::mt19937_64 random(16);
  for (std::uint64_t block = 0; block < 15; ++block) store_small_block(test, random, block, 10);
  CHECK(compact(test) == 0);
  CHECK(sizes_on(test, oct_5).size() == 15);
  store_small_block(test, random, 15, 10);
  const auto all = page_of(test, 1'000, 0);
  const auto some = page_of(test, 7, 20);
  REQUIRE(some.size() == 7);
  CHECK(compact(test) == 16);
  CHECK(sizes_on(test, oct_5) == Sizes{160});
  CHECK(page_of(test, 1'000, 0) == all);
  CHECK(page_of(test, 7, 20) == some);
  CHECK(compact(test) == 0);
}

TEST_CASE("blocks of UUIDs alone stay one of UUIDs", "[store]") {
  test::TestDatabase test;
  std::mt19937_64 random(17);
  for (std::uint64_t block = 0; block < 16; ++block) store_small_block(test, random, block * 3, 2);
  CHECK(compact(test) == 16);
  const Snapshot snapshot = test.database.snapshot();
  const auto heads = load_block_heads(snapshot, 1, oct_5);
  REQUIRE(heads.size() == 1);
  CHECK(load_record_ids(snapshot, heads.front()).uuids.size() == 32);
}

TEST_CASE("blocks of another source, day or size are left alone", "[store]") {
  test::TestDatabase test;
  std::mt19937_64 random(18);
  const auto fill = [&](std::uint64_t blocks, std::uint64_t records) {
    for (std::uint64_t n = 0; n < blocks; ++n) store_small_block(test, random, n, records);
  };
  fill(15, 256);
  fill(15, 257);  // the next size
  store_blocks(test, {a_usage_record().at("2026-10-06T00:00:00Z")});
  store_blocks(test, {a_usage_record().at("2026-10-05T00:00:00Z")}, "exports");
  CHECK(compact(test) == 0);
  CHECK(compact(test, oct_5, "exports") == 0);
  fill(1, 256);
  CHECK(compact(test) == 16);
  Sizes wanted(15, 257);
  wanted.push_back(16 * 256);
  CHECK(sizes_on(test, oct_5) == wanted);
  CHECK(sizes_on(test, oct_5 + 1) == Sizes{1});
  CHECK(sizes_on(test, oct_5, "exports") == Sizes{1});
  // What was merged has the size of the others now: they are sixteen.
  CHECK(compact(test) == 16);
  CHECK(sizes_on(test, oct_5) == Sizes{16 * 256 + 15 * 257});
}

TEST_CASE("merged records that are too many for one block become several", "[store]") {
  test::TestDatabase test;
  std::mt19937_64 random(19);
  for (std::uint64_t block = 0; block < 16; ++block) store_small_block(test, random, block, 5'000);
  const auto all = page_of(test, 100'000, 0);
  CHECK(compact(test) == 16);
  CHECK(sizes_on(test, oct_5) == Sizes{block_records_max, 80'000 - block_records_max});
  CHECK(page_of(test, 100'000, 0) == all);
}

TEST_CASE("no more is merged at once than the lock allows", "[store]") {
  test::TestDatabase test;
  std::mt19937_64 random(22);
  for (std::uint64_t block = 0; block < 16; ++block) store_small_block(test, random, block, 20'000);
  // Six of 20,000 are 120,000 records; a seventh would be more than two full blocks.
  CHECK(compact(test) == 6);
  Sizes wanted(10, 20'000);
  wanted.push_back(block_records_max);
  wanted.push_back(120'000 - block_records_max);
  CHECK(sizes_on(test, oct_5) == wanted);
}

TEST_CASE("a compaction that is not committed has not happened", "[store]") {
  test::TestDatabase test;
  std::mt19937_64 random(20);
  for (std::uint64_t block = 0; block < 16; ++block) store_small_block(test, random, block, 3);
  const auto before = page_of(test, 100, 0);
  {
    UnitOfWork unit = test.database.begin();
    CHECK(compact_usage_blocks(unit, 1, oct_5) == 16);
  }
  CHECK(sizes_on(test, oct_5) == Sizes(16, 3));
  CHECK(page_of(test, 100, 0) == before);
}

TEST_CASE("a damaged block is not merged away", "[store]") {
  test::TestDatabase test;
  std::mt19937_64 random(21);
  for (std::uint64_t block = 0; block < 16; ++block) store_small_block(test, random, block, 3);
  const BlockHead last = test::block_heads_on(test, oct_5).back();
  test.change([&](UnitOfWork& unit) {
    delete_usage_block(unit, last.id);
    test::BlockOfRecords block;
    block.add(store_series(unit, test::a_series("t")), a_usage_record().at("2026-10-05T01:00:00Z"));
    UsageBlock damaged = make_usage_block(last.source, block.records, block.texts);
    damaged.columns.times[1] ^= 1;
    store_usage_block(unit, damaged);
  });
  CHECK_THROWS_AS(compact(test), Error);
  CHECK(sizes_on(test, oct_5).size() == 16);
}

}  // namespace costd
