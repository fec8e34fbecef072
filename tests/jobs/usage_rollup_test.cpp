#include "jobs/usage_rollup.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

#include "tests/support/stored_blocks.hpp"

namespace costd {
namespace {

using test::a_usage_record;
using test::at;
using test::BlockOfRecords;
using test::day;

/// Series 1 to 9 belong to t-one, the others to t-ny.
const std::string& tenant_of(SeriesId series) {
  static const std::string one = "t-one";
  static const std::string new_york = "t-ny";
  return series < 10 ? one : new_york;
}

BillingZones some_zones() {
  return BillingZones({{"", {{test::month("1970-01"), Zone::utc()}}},
                       {"t-ny", {{test::month("1970-01"), Zone("America/New_York")}}}});
}

UsageRollup roll_up_block(const BlockOfRecords& block) {
  const auto sorted = sort_records(block.records, block.texts);
  return roll_up(sorted, some_zones(), tenant_of);
}

/// The rows, those of one key added up.
std::map<DailyKey, DailyUsage> summed(const std::vector<DailyUsage>& rows) {
  std::map<DailyKey, DailyUsage> sums;
  for (const DailyUsage& row : rows) {
    DailyUsage& sum = sums[row.key];
    sum.key = row.key;
    sum.requests += row.requests;
    sum.tokens += row.tokens;
  }
  return sums;
}

bool same(const std::map<DailyKey, DailyUsage>& a, const std::map<DailyKey, DailyUsage>& b) {
  return std::ranges::equal(a, b, [](const auto& x, const auto& y) {
    return x.first == y.first && x.second.requests == y.second.requests &&
           x.second.tokens == y.second.tokens;
  });
}

}  // namespace

TEST_CASE("nothing rolls up to nothing", "[rollup]") {
  const UsageRollup rollup = roll_up({}, some_zones(), tenant_of);
  CHECK(rollup.rows.empty());
  CHECK(rollup.requests.empty());
}

TEST_CASE("records of one key are one row with their sums", "[rollup]") {
  UsageRecord record = a_usage_record();
  BlockOfRecords block;
  record.tokens = {1, 2, 3, 4, 5, 6, 7};
  block.add(1, record);
  record.tokens = {10, 20, 30, 40, 50, 60, 70};
  block.add(1, record);
  const UsageRollup rollup = roll_up_block(block);
  REQUIRE(rollup.rows.size() == 1);
  CHECK(rollup.rows[0].key == DailyKey{day("2026-10-05"), 1, 0, Month{}, Origin::exact});
  CHECK(rollup.rows[0].requests == 2);
  CHECK(rollup.rows[0].tokens == TokenCounts{11, 22, 33, 44, 55, 66, 77});
  CHECK(rollup.requests.at({day("2026-10-05"), "t-one"}) == 2);
}

TEST_CASE("a sum over calls counts as as many requests", "[rollup]") {
  UsageRecord sum = a_usage_record().with_output_tokens(5);
  sum.requests = 470;
  BlockOfRecords block;
  block.add(1, sum);
  block.add(1, a_usage_record().with_output_tokens(1));
  const UsageRollup rollup = roll_up_block(block);
  REQUIRE(rollup.rows.size() == 1);
  CHECK(rollup.rows[0].requests == 471);
  CHECK(rollup.requests.at({day("2026-10-05"), "t-one"}) == 471);
}

TEST_CASE("a record without tokens is still a request", "[rollup]") {
  UsageRecord record = a_usage_record();
  record.tokens = {};
  BlockOfRecords block;
  block.add(1, record);
  REQUIRE(roll_up_block(block).rows.size() == 1);
  CHECK(roll_up_block(block).rows[0].requests == 1);
}

TEST_CASE("day, series, band and origin keep rows apart", "[rollup]") {
  BlockOfRecords block;
  block.add(1, a_usage_record());
  block.add(1, a_usage_record().at("2026-10-05T23:59:59.999999Z"));
  block.add(1, a_usage_record().at("2026-10-06T00:00:00Z"));
  block.add(2, a_usage_record());
  block.add(1, a_usage_record().with_input_tokens(32'001));
  block.add(1, a_usage_record().with_origin(Origin::estimated));
  block.add(1, a_usage_record().with_origin(Origin::cache_hit));
  const auto rows = summed(roll_up_block(block).rows);
  CHECK(rows.size() == 6);
  const Day on = day("2026-10-05");
  CHECK(rows.at({on, 1, 0, Month{}, Origin::exact}).requests == 2);
  CHECK(rows.at({on + std::chrono::days(1), 1, 0, Month{}, Origin::exact}).requests == 1);
  CHECK(rows.at({on, 2, 0, Month{}, Origin::exact}).requests == 1);
  CHECK(rows.at({on, 1, 1, Month{}, Origin::exact}).requests == 1);
  CHECK(rows.at({on, 1, 0, Month{}, Origin::estimated}).requests == 1);
  CHECK(rows.at({on, 1, 0, Month{}, Origin::cache_hit}).requests == 1);
}

TEST_CASE("a stated band decides, also for a sum over calls", "[rollup]") {
  UsageRecord sum = a_usage_record().with_input_tokens(5'000'000);
  sum.requests = 90;
  BlockOfRecords block;
  block.add(1, sum);  // says nothing of its calls: band 0
  sum.stated_band = 4;
  block.add(1, sum);
  const auto rows = summed(roll_up_block(block).rows);
  REQUIRE(rows.size() == 2);
  CHECK(rows.begin()->first.band == 0);
  CHECK(rows.rbegin()->first.band == 4);
}

TEST_CASE("each tenant's own midnight ends its day", "[rollup]") {
  BlockOfRecords block;
  // New York is at UTC-4 in October: its 5 October begins at 04:00 UTC.
  for (const SeriesId series : {1, 10}) {
    for (const char* instant : {"2026-10-05T03:59:59.999999Z", "2026-10-05T04:00:00Z"}) {
      block.add(series, a_usage_record().at(instant));
    }
  }
  const UsageRollup rollup = roll_up_block(block);
  const auto& requests = rollup.requests;
  CHECK(requests.size() == 3);
  CHECK(requests.at({day("2026-10-05"), "t-one"}) == 2);
  CHECK(requests.at({day("2026-10-04"), "t-ny"}) == 1);
  CHECK(requests.at({day("2026-10-05"), "t-ny"}) == 1);
  CHECK(rollup.rows.size() == 3);
}

TEST_CASE("random records roll up to what adding them one by one gives", "[rollup]") {
  std::mt19937_64 random(99);
  const auto count = [&] { return static_cast<std::int64_t>(random() % 100'000); };
  const BillingZones zones = some_zones();
  BlockOfRecords block;
  std::vector<DailyUsage> wanted;
  std::map<std::pair<Day, std::string>, std::int64_t> requests;
  for (int n = 0; n < 2'000; ++n) {
    UsageRecord record = a_usage_record().with_id("rec-" + std::to_string(n));
    record.tokens = {count(), count(), count(), count(), count(), count(), count()};
    record.origin = static_cast<Origin>(random() % 3);
    record.requests = static_cast<std::int64_t>(random() % 3 + 1);
    // Around the end of New York's summer time on 1 November 2026.
    record.at = at("2026-10-31T00:00:00Z") + std::chrono::seconds(random() % (3 * 86'400));
    const auto series = static_cast<SeriesId>(random() % 20 + 1);
    block.add(series, record);
    const Day on = zones.day_of(tenant_of(series), record.at);
    wanted.push_back(
        {{on, series, band_of(record), Month{}, record.origin}, record.requests, record.tokens});
    requests[{on, tenant_of(series)}] += record.requests;
  }
  const UsageRollup rollup = roll_up_block(block);
  CHECK(same(summed(rollup.rows), summed(wanted)));
  CHECK(rollup.requests == requests);
  std::ranges::shuffle(block.records, random);
  CHECK(same(summed(roll_up_block(block).rows), summed(wanted)));
}

}  // namespace costd
