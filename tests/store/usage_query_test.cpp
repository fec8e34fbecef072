#include "ledger/store/usage_query.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <tuple>

#include "tests/support/stored_blocks.hpp"

namespace costd {
namespace {

using test::a_usage_record;
using test::at;
using test::store_blocks;

bool is_newer(const UsageRecord& a, const UsageRecord& b) {
  return std::tie(a.at, a.record_id) > std::tie(b.at, b.record_id);
}

std::string random_id(std::mt19937_64& random, std::size_t number) {
  if (random() % 2 == 0) return "rec-" + std::to_string(number);
  return format_uuid({random(), number});
}

/// Blocks of random size whose times overlap; the same second comes up often. Some hold UUIDs only,
/// some texts, too; the last ones stand on both sides of midnight.
std::vector<UsageRecord> store_random_blocks(test::TestDatabase& test, std::mt19937_64& random) {
  std::vector<UsageRecord> all;
  for (int block = 0; block < 8; ++block) {
    std::vector<UsageRecord> records;
    for (std::uint64_t n = random() % 60 + 1; n > 0; --n) {
      const std::size_t number = all.size() + records.size();
      UsageRecord record =
          a_usage_record()
              .at("2026-10-05T23:54:00Z")
              .with_id(block % 3 == 0 ? format_uuid({random(), number}) : random_id(random, number))
              .for_tenant("t-" + std::to_string(random() % 3))
              .for_model("m-" + std::to_string(random() % 2));
      record.at += std::chrono::seconds(random() % 200 + static_cast<unsigned>(block) * 50);
      record.requests = static_cast<std::int64_t>(random() % 3 + 1);
      if (random() % 5 == 0) record.stated_band = static_cast<ContextBand>(random() % 9);
      if (random() % 3 == 0) record.tags = R"({"team":")" + std::to_string(random() % 4) + "\"}";
      records.push_back(record);
    }
    store_blocks(test, records);
    all.insert(all.end(), records.begin(), records.end());
  }
  return all;
}

}  // namespace

TEST_CASE("a page of records is what sorting all of them gives", "[store]") {
  test::TestDatabase test;
  std::mt19937_64 random(50);
  const auto all = store_random_blocks(test, random);
  for (int round = 0; round < 40; ++round) {
    UsageQuery query;
    if (random() % 2 == 0) query.tenant = "t-" + std::to_string(random() % 4);
    if (random() % 3 == 0) query.model = "m-1";
    if (random() % 2 == 0) query.from = all.front().at + std::chrono::seconds(random() % 300);
    if (random() % 2 == 0) query.to = all.front().at + std::chrono::seconds(random() % 500);
    query.limit = random() % 40 + 1;
    query.offset = random() % 30;
    std::vector<UsageRecord> wanted;
    std::ranges::copy_if(all, std::back_inserter(wanted), [&](const UsageRecord& record) {
      return (!query.tenant || record.series.tenant == *query.tenant) &&
             (!query.model || record.series.model == *query.model) && record.at >= query.from &&
             record.at < query.to;
    });
    std::ranges::sort(wanted, is_newer);
    const auto total = wanted.size();
    wanted.erase(wanted.begin(),
                 wanted.begin() + static_cast<std::ptrdiff_t>(std::min(total, query.offset)));
    const bool has_more = wanted.size() > query.limit;
    if (has_more) wanted.resize(query.limit);
    const UsagePage page = load_usage_page(test.database.snapshot(), query);
    CAPTURE(round, query.limit, query.offset);
    REQUIRE(page.records == wanted);
    REQUIRE(page.total == static_cast<std::int64_t>(total));
    REQUIRE(page.has_more == has_more);
  }
}

TEST_CASE("pages that follow each other show every record once", "[store]") {
  test::TestDatabase test;
  std::mt19937_64 random(51);
  auto wanted = store_random_blocks(test, random);
  std::ranges::sort(wanted, is_newer);
  UsageQuery query;
  query.limit = 7;
  std::vector<UsageRecord> seen;
  for (;;) {
    const UsagePage page = load_usage_page(test.database.snapshot(), query);
    CHECK(page.total == static_cast<std::int64_t>(wanted.size()));
    std::ranges::copy(page.records, std::back_inserter(seen));
    if (!page.has_more) break;
    query.after = {page.records.back().at, page.records.back().record_id};
  }
  CHECK(seen == wanted);
}

TEST_CASE("block heads tell what a block covers, its last instant included", "[store]") {
  test::TestDatabase test;
  store_blocks(test, {a_usage_record().with_id("a").at("2026-10-05T12:00:00Z"),
                      a_usage_record().with_id("b").at("2026-10-05T18:00:00Z")});
  const auto heads = [&](const char* from, const char* to, SourceId source) {
    return load_block_heads(test.database.snapshot(), {at(from), at(to), source}).size();
  };
  CHECK(heads("2026-10-05T18:00:00Z", "2026-10-07T00:00:00Z", 0) == 1);
  CHECK(heads("2026-10-05T18:00:01Z", "2026-10-07T00:00:00Z", 0) == 0);
  CHECK(heads("2026-10-01T00:00:00Z", "2026-10-05T12:00:00Z", 0) == 0);
  CHECK(heads("2026-10-01T00:00:00Z", "2026-11-01T00:00:00Z", 1) == 1);
  CHECK(heads("2026-10-01T00:00:00Z", "2026-11-01T00:00:00Z", 2) == 0);
}

TEST_CASE("blocks are found by source and UTC day, in the order they were stored", "[store]") {
  test::TestDatabase test;
  const auto first = store_blocks(test, {a_usage_record().with_id("a").at("2026-10-05T23:59:59Z"),
                                         a_usage_record().with_id("b").at("2026-10-06T00:00:00Z")});
  const auto second =
      store_blocks(test, {a_usage_record().with_id("c").at("2026-10-05T00:00:00Z")});
  store_blocks(test, {a_usage_record().with_id("a").at("2026-10-05T12:00:00Z")}, "exports");
  const BlockDay day = block_day_of(at("2026-10-05T12:00:00Z"));
  const auto ids_on = [&](BlockDay on, const char* source) {
    std::vector<BlockId> ids;
    for (const BlockHead& head : test::block_heads_on(test, on, source)) {
      CHECK(head.day == on);
      ids.push_back(head.id);
    }
    return ids;
  };
  CHECK(ids_on(day, "gateway") == std::vector<BlockId>{first.at(day), second.at(day)});
  CHECK(ids_on(day + 1, "gateway") == std::vector<BlockId>{first.at(day + 1)});
  CHECK(ids_on(day, "exports").size() == 1);
  CHECK(ids_on(day - 1, "gateway").empty());
  CHECK(block_day_of(at("1969-12-31T23:59:59.999999Z")) == -1);
}

}  // namespace costd
