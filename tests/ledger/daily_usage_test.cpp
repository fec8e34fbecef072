#include "ledger/daily_usage.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <utility>
#include <vector>

#include "ledger/usage_totals.hpp"

namespace costd {
namespace {

const Day oct_5 = parse_day("2026-10-05").value();
const Month october = parse_month("2026-10").value();

DailyKey key(SeriesId series = 1, ContextBand band = 0, Origin origin = Origin::exact) {
  return {.day = oct_5, .series = series, .band = band, .booked = october, .origin = origin};
}

bool same(const std::vector<DailyUsage>& a, const std::vector<DailyUsage>& b) {
  return std::ranges::equal(a, b, [](const DailyUsage& x, const DailyUsage& y) {
    return x.key == y.key && x.requests == y.requests && x.tokens == y.tokens;
  });
}

}  // namespace

TEST_CASE("records of one key are one row with their sums", "[rollup]") {
  DailyUsageRollup rollup;
  CHECK(rollup.empty());
  CHECK(rollup.rows().empty());
  rollup.add(key(), {1, 2, 3, 4, 5, 6, 7});
  rollup.add(key(), {10, 20, 30, 40, 50, 60, 70});
  CHECK_FALSE(rollup.empty());
  const auto rows = rollup.rows();
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].key == key());
  CHECK(rows[0].requests == 2);
  CHECK(rows[0].tokens == TokenCounts{11, 22, 33, 44, 55, 66, 77});
  CHECK(rows[0].tokens.input() == 11 + 22 + 33 + 44);
}

TEST_CASE("a sum over calls counts as as many requests", "[rollup]") {
  DailyUsageRollup rollup;
  rollup.add(key(), {.output = 5}, 470);
  rollup.add(key(), {.output = 1});
  REQUIRE(rollup.rows().size() == 1);
  CHECK(rollup.rows()[0].requests == 471);
}

TEST_CASE("a record without tokens is still a request", "[rollup]") {
  DailyUsageRollup rollup;
  rollup.add(key(), {});
  REQUIRE(rollup.rows().size() == 1);
  CHECK(rollup.rows()[0].requests == 1);
}

TEST_CASE("each part of the key keeps rows apart", "[rollup]") {
  std::vector<DailyKey> keys(6, key());
  keys[1].day += std::chrono::days(1);
  keys[2].series = 2;
  keys[3].band = 4;
  keys[4].booked = next_month(october);
  keys[5].origin = Origin::estimated;
  keys.push_back(key(1, 0, Origin::cache_hit));
  DailyUsageRollup rollup;
  for (const DailyKey& one : keys) rollup.add(one, {.output = 1});
  const auto rows = rollup.rows();
  CHECK(rows.size() == keys.size());
  CHECK(std::ranges::is_sorted(rows, {}, &DailyUsage::key));
  for (const DailyUsage& row : rows) {
    CHECK(row.requests == 1);
    CHECK(std::ranges::count(keys, row.key) == 1);
  }
}

TEST_CASE("the order of records does not matter", "[rollup]") {
  std::mt19937_64 random(99);
  const auto count = [&] { return static_cast<std::int64_t>(random() % 100'000); };
  std::vector<std::pair<DailyKey, TokenCounts>> records;
  for (int n = 0; n < 2'000; ++n) {
    DailyKey one = key(static_cast<SeriesId>(1 + random() % 5),
                       static_cast<ContextBand>(random() % 3), static_cast<Origin>(random() % 3));
    one.day += std::chrono::days(random() % 3);
    records.push_back({one, {count(), count(), count(), count(), count(), count(), count()}});
  }
  const auto roll_up = [&] {
    DailyUsageRollup rollup;
    for (const auto& [one, tokens] : records) rollup.add(one, tokens);
    return rollup.rows();
  };
  const auto first = roll_up();
  CHECK(first.size() <= 5 * 3 * 3 * 3);
  for (int n = 0; n < 5; ++n) {
    std::ranges::shuffle(records, random);
    CHECK(same(roll_up(), first));
  }
  // Nothing is lost or counted twice on the way.
  std::int64_t requests = 0;
  TokenCounts from_rows;
  TokenCounts from_records;
  for (const DailyUsage& row : first) {
    requests += row.requests;
    from_rows += row.tokens;
  }
  for (const auto& [one, tokens] : records) from_records += tokens;
  CHECK(requests == 2'000);
  CHECK(from_rows == from_records);
}

TEST_CASE("totals add up field by field", "[rollup]") {
  UsageTotals sum{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
  sum += UsageTotals{100, 200, 300, 400, 500, 600, 700, 800, 900, 1'000, 1'100};
  CHECK(sum == UsageTotals{101, 202, 303, 404, 505, 606, 707, 808, 909, 1'010, 1'111});
}

}  // namespace costd
