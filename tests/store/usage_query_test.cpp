#include "ledger/store/usage_query.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <tuple>

#include "ledger/store/file_ledger.hpp"
#include "ledger/store/usage_blocks.hpp"
#include "tests/support/test_database.hpp"

namespace costd {
namespace {

using test::a_usage_record;
using test::at;

void store_block(test::TestDatabase& test, const std::vector<UsageRecord>& records) {
  test.change([&](UnitOfWork& unit) {
    std::vector<BlockRecord> block;
    for (const UsageRecord& record : records) {
      block.push_back({store_series(unit, record.series), record.at, record.tokens, record.origin,
                       record.record_id, record.tags, record.credential_fingerprint});
    }
    store_usage_block(unit, store_source(unit, "gateway"), 1, std::move(block));
  });
}

bool is_newer(const UsageRecord& a, const UsageRecord& b) {
  return std::tie(a.at, a.record_id) > std::tie(b.at, b.record_id);
}

/// Blocks of random size whose times overlap; the same second comes up often.
std::vector<UsageRecord> store_random_blocks(test::TestDatabase& test, std::mt19937_64& random) {
  std::vector<UsageRecord> all;
  for (int block = 0; block < 8; ++block) {
    std::vector<UsageRecord> records;
    for (std::uint64_t n = random() % 60 + 1; n > 0; --n) {
      UsageRecord record = a_usage_record()
                               .with_id("rec-" + std::to_string(all.size() + records.size()))
                               .for_tenant("t-" + std::to_string(random() % 3))
                               .for_model("m-" + std::to_string(random() % 2));
      record.at += std::chrono::seconds(random() % 200 + static_cast<unsigned>(block) * 50);
      records.push_back(record);
    }
    store_block(test, records);
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
  store_block(test, {a_usage_record().with_id("a").at("2026-10-05T12:00:00Z"),
                     a_usage_record().with_id("b").at("2026-10-06T12:00:00Z")});
  const auto heads = [&](const char* from, const char* to, SourceId source) {
    return load_block_heads(test.database.snapshot(), at(from), at(to), source).size();
  };
  CHECK(heads("2026-10-06T12:00:00Z", "2026-10-07T00:00:00Z", 0) == 1);
  CHECK(heads("2026-10-06T12:00:01Z", "2026-10-07T00:00:00Z", 0) == 0);
  CHECK(heads("2026-10-01T00:00:00Z", "2026-10-05T12:00:00Z", 0) == 0);
  CHECK(heads("2026-10-01T00:00:00Z", "2026-11-01T00:00:00Z", 1) == 1);
  CHECK(heads("2026-10-01T00:00:00Z", "2026-11-01T00:00:00Z", 2) == 0);
}

}  // namespace costd
