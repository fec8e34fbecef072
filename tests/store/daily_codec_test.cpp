#include "ledger/store/daily_codec.hpp"

#include <catch2/catch.hpp>
#include <functional>
#include <limits>
#include <random>

#include "ledger/error.hpp"
#include "tests/support/ledger_builders.hpp"

namespace costd {
namespace {

constexpr std::int64_t lowest = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t highest = std::numeric_limits<std::int64_t>::max();
const Day oct_5 = test::day("2026-10-05");

ErrorCode code_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& error) {
    return error.code();
  }
  FAIL("nothing was refused");
  return {};
}

std::int64_t any_of(std::mt19937_64& random) {
  const std::int64_t extremes[]{lowest, highest, 0, -1, 1};
  if (random() % 2 == 0) return extremes[random() % 5];
  return static_cast<std::int64_t>(random() >> random() % 64);
}

DailyKey a_key(std::mt19937_64& random) {
  return {oct_5, static_cast<SeriesId>(random() >> 1), static_cast<ContextBand>(random() % 9),
          from_month_number(static_cast<int>(200'001 + random() % 12)),
          static_cast<Origin>(random() % 3)};
}

std::vector<DailyUsage> some_usage(std::mt19937_64& random, std::size_t count) {
  std::vector<DailyUsage> rows(count);
  for (DailyUsage& row : rows) {
    row = {a_key(random),
           any_of(random),
           {any_of(random), any_of(random), any_of(random), any_of(random), any_of(random),
            any_of(random), any_of(random)}};
  }
  return rows;
}

std::vector<DailyCharge> some_charges(std::mt19937_64& random, std::size_t count) {
  std::vector<DailyCharge> rows(count);
  for (DailyCharge& row : rows) {
    row.key = a_key(random);
    row.charge = {static_cast<ChargeState>(random() % 4),
                  any_of(random),
                  {any_of(random), any_of(random), any_of(random), any_of(random)}};
  }
  return rows;
}

}  // namespace

TEST_CASE("a day's usage comes back as it was written, the largest sums included", "[store]") {
  std::mt19937_64 random(31);
  for (const std::size_t count : {0, 1, 2, 7, 500}) {
    const auto rows = some_usage(random, count);
    const std::string bytes = encode_daily_usage(rows);
    const PackedDailyUsage packed(oct_5, bytes);
    REQUIRE(packed.keys().size() == count);
    for (std::size_t n = 0; n < count; ++n) {
      REQUIRE(packed.keys()[n] == rows[n].key);
      REQUIRE(packed.keys().series(n) == rows[n].key.series);
      REQUIRE(packed.keys().booked(n) == rows[n].key.booked);
      REQUIRE(packed.keys().origin(n) == rows[n].key.origin);
      REQUIRE(packed.requests()[n] == rows[n].requests);
      REQUIRE(packed.tokens(n) == rows[n].tokens);
    }
  }
}

TEST_CASE("a day's charges come back as they were written, the largest amounts included",
          "[store]") {
  std::mt19937_64 random(32);
  for (const std::size_t count : {0, 1, 2, 7, 500}) {
    const auto rows = some_charges(random, count);
    const std::string bytes = encode_daily_charges(rows);
    const PackedDailyCharges packed(oct_5, bytes);
    REQUIRE(packed.keys().size() == count);
    for (std::size_t n = 0; n < count; ++n) {
      const Charge charge = packed.charge(n);
      REQUIRE(packed.keys()[n] == rows[n].key);
      REQUIRE(charge.state == rows[n].charge.state);
      REQUIRE(charge.price_id == rows[n].charge.price_id);
      const ChargeAmounts& amounts = rows[n].charge.amounts;
      REQUIRE(charge.amounts.input_picos == amounts.input_picos);
      REQUIRE(charge.amounts.cache_read_picos == amounts.cache_read_picos);
      REQUIRE(charge.amounts.cache_write_picos == amounts.cache_write_picos);
      REQUIRE(charge.amounts.output_picos == amounts.output_picos);
    }
  }
}

TEST_CASE("bytes that are no day of the rollup tables are a data error", "[store]") {
  std::mt19937_64 random(33);
  const std::string usage = encode_daily_usage(some_usage(random, 20));
  const std::string charges = encode_daily_charges(some_charges(random, 20));
  for (int round = 0; round < 1'000; ++round) {
    std::string bytes = round % 2 == 0 ? usage : charges;
    const std::size_t at = random() % bytes.size();
    if (round % 8 < 2) {
      bytes.resize(at);
    } else {
      bytes[at] = static_cast<char>(bytes[at] ^ static_cast<char>(1 + random() % 255));
    }
    CAPTURE(round, at);
    REQUIRE(code_of([&] { PackedDailyUsage(oct_5, bytes); }) == ErrorCode::data);
    REQUIRE(code_of([&] { PackedDailyCharges(oct_5, bytes); }) == ErrorCode::data);
  }
  // Charges have a column less than usage.
  CHECK(code_of([&] { PackedDailyUsage(oct_5, charges); }) == ErrorCode::data);
}

TEST_CASE("columns of different lengths are no day", "[store]") {
  const std::vector<std::int64_t> one{1};
  const std::vector<std::int64_t> two{1, 2};
  const auto day_with = [&](std::size_t columns, std::size_t odd) {
    ColumnWriter writer;
    for (std::size_t n = 0; n < columns; ++n) writer.write_integers(n == odd ? two : one);
    return writer.take();
  };
  const std::string usage = day_with(12, 99);  // four of the key, requests, seven token classes
  CHECK(PackedDailyUsage(oct_5, usage).requests()[0] == 1);
  for (std::size_t odd = 0; odd < 12; ++odd) {
    const std::string bytes = day_with(12, odd);
    CHECK(code_of([&] { PackedDailyUsage(oct_5, bytes); }) == ErrorCode::data);
  }
  for (std::size_t odd = 0; odd < 10; ++odd) {  // state, price and four amounts
    const std::string bytes = day_with(10, odd);
    CHECK(code_of([&] { PackedDailyCharges(oct_5, bytes); }) == ErrorCode::data);
  }
}

}  // namespace costd
