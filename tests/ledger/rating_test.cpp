#include "ledger/rating.hpp"

#include <catch2/catch.hpp>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "tests/ledger/decimal_text.hpp"
#include "tests/ledger/price_entries.hpp"

namespace costd {
namespace {

using test::a_price;

Day day(const std::string& text) {
  return parse_day(text).value();
}

SeriesKey series(std::string model, ServiceTier tier = ServiceTier::standard) {
  return {.tenant = "t",
          .api_key = "k",
          .model = std::move(model),
          .provider = "acme",
          .tier = tier,
          .dimensions = ""};
}

TokenCounts tokens(std::int64_t input_uncached, std::int64_t output) {
  return {.input_uncached = input_uncached, .output = output};
}

Charge charge_for(const PriceEntry& entry, const TokenCounts& used, Origin origin = Origin::exact) {
  const PriceBook book({entry});
  return Rater(book).rate(series("m"), day("2026-10-15"), band_of(used.input()), origin, used);
}

std::string usd(const Charge& charge) {
  return format_exact(charge.amounts.total());
}

LongContext long_context(std::int64_t above, const char* input, const char* output) {
  LongContext context{.above = above, .rates = {}};
  context.rates.input = parse_price(input);
  context.rates.output = parse_price(output);
  return context;
}

}  // namespace

TEST_CASE("cached tokens are charged once, at their own price", "[rating]") {
  // The example of litellm issue 9812, at 3 / 3.75 / 15 USD per million:
  // 3 * 3 + 12304 * 3.75 + 550 * 15 = 9 + 46140 + 8250 = 54399 millionths of a USD.
  const auto charge =
      charge_for(a_price("m").input("3").cache_write("3.75").output("15"),
                 {.input_uncached = 3, .cache_write_5m = 12'304, .output = 550, .total = 12'857});
  CHECK(charge.state == ChargeState::priced);
  CHECK(usd(charge) == "0.054399000000");
  CHECK(format_exact(charge.amounts.input()) == "0.046149000000");
  CHECK(format_exact(charge.amounts.output()) == "0.008250000000");
  CHECK(charge.amounts.cache_write_picos == 46'140'000'000);
}

TEST_CASE("every token class has its own price", "[rating]") {
  const auto charge = charge_for(a_price("m")
                                     .id(7)
                                     .input("3")
                                     .output("15")
                                     .cache_read("0.30")
                                     .cache_write("3.75")
                                     .cache_write_1h("6"),
                                 {.input_uncached = 1'000'000,
                                  .cache_read = 2'000'000,
                                  .cache_write_5m = 4'000'000,
                                  .cache_write_1h = 8'000'000,
                                  .output = 16'000'000});
  CHECK(charge.price_id == 7);
  CHECK(charge.amounts.input_picos == 3 * picos_per_usd);
  CHECK(charge.amounts.cache_read_picos == 600'000'000'000);  // 2 * 0.30
  // 4 * 3.75 + 8 * 6 = 15 + 48
  CHECK(charge.amounts.cache_write_picos == 63 * picos_per_usd);
  CHECK(charge.amounts.output_picos == 240 * picos_per_usd);
  CHECK(usd(charge) == "306.600000000000");
}

TEST_CASE("reasoning tokens and the upstream's total are never charged again", "[rating]") {
  const auto plain = charge_for(a_price("m"), tokens(100, 50));
  const auto reasoning = charge_for(
      a_price("m"), {.input_uncached = 100, .output = 50, .reasoning = 40, .total = 99'999});
  CHECK(reasoning.amounts == plain.amounts);
  CHECK(usd(plain) == "0.000200000000");  // 100 * 1 + 50 * 2 millionths
}

TEST_CASE("a class without a price of its own takes the next one's", "[rating]") {
  struct Row {
    const char* about;
    PriceEntry entry;
    ClassRates rates;  // input, cache read, 5 min, 1 h, output; in USD per million
  };
  const std::vector<Row> rows{
      {"only input and output", a_price("m").input("3").output("15"), {3, 3, 3, 3, 15}},
      {"a cache read", a_price("m").input("3").output("15").cache_read("1"), {3, 1, 3, 3, 15}},
      {"a cache write", a_price("m").input("3").output("15").cache_write("4"), {3, 3, 4, 4, 15}},
      {"a write of 1 h",
       a_price("m").input("3").output("15").cache_write_1h("6"),
       {3, 3, 3, 6, 15}},
      {"an explicit zero is a price",
       a_price("m").input("3").output("15").cache_read("0"),
       {3, 0, 3, 3, 15}},
      {"a cache write of zero",
       a_price("m").input("3").output("15").cache_write("0"),
       {3, 3, 0, 0, 15}},
  };
  constexpr std::int64_t usd_per_mtok = 1'000'000;
  for (const Row& row : rows) {
    INFO(row.about);
    const ClassRates rates = rates_for(row.entry, 0);
    CHECK(rates.input == row.rates.input * usd_per_mtok);
    CHECK(rates.cache_read == row.rates.cache_read * usd_per_mtok);
    CHECK(rates.cache_write_5m == row.rates.cache_write_5m * usd_per_mtok);
    CHECK(rates.cache_write_1h == row.rates.cache_write_1h * usd_per_mtok);
    CHECK(rates.output == row.rates.output * usd_per_mtok);
  }
}

TEST_CASE("in a long-context band a class without its own price takes that band's input",
          "[rating]") {
  PriceEntry entry =
      a_price("m").input("3").output("15").cache_read("0.30").cache_write("3.75").cache_write_1h(
          "6");
  entry.long_context = long_context(200'000, "7", "22.50");
  const auto plain = rates_for(entry, band_of(200'000));
  CHECK(plain.input == 3'000'000);
  CHECK(plain.cache_read == 300'000);
  CHECK(plain.output == 15'000'000);

  for (const std::int64_t input : {200'001, 256'001, 272'001, 512'001, 1'000'001}) {
    INFO(input);
    const auto rates = rates_for(entry, band_of(input));
    CHECK(rates.input == 7'000'000);
    CHECK(rates.cache_read == 7'000'000);  // not the 0.30 of short requests
    CHECK(rates.cache_write_5m == 7'000'000);
    CHECK(rates.cache_write_1h == 7'000'000);
    CHECK(rates.output == 22'500'000);
  }

  entry.long_context->rates.output.reset();
  entry.long_context->rates.cache_read = parse_price("0.60");
  entry.long_context->rates.cache_write_1h = parse_price("12");
  const auto rates = rates_for(entry, band_of(200'001));
  CHECK(rates.cache_read == 600'000);
  CHECK(rates.cache_write_5m == 7'000'000);
  CHECK(rates.cache_write_1h == 12'000'000);
  CHECK(rates.output == 15'000'000);  // the plain output
}

TEST_CASE("a long-context write of 1 h follows that band's write of 5 min", "[rating]") {
  PriceEntry entry = a_price("m").input("3").output("15").cache_write("3.75").cache_write_1h("6");
  entry.long_context = long_context(200'000, "6", "22.50");
  entry.long_context->rates.cache_write = parse_price("7.50");
  CHECK(rates_for(entry, band_of(200'001)).cache_write_1h == 7'500'000);
}

TEST_CASE("one token more than the threshold moves the whole request", "[rating]") {
  const PriceEntry entry =
      a_price("m").input("3").output("15").long_context(long_context(200'000, "6", "22.50"));
  // 200000 * 3 + 1000 * 15 = 615000 millionths; 200001 * 6 + 1000 * 22.50 = 1222506 millionths.
  CHECK(usd(charge_for(entry, tokens(200'000, 1'000))) == "0.615000000000");
  CHECK(usd(charge_for(entry, tokens(200'001, 1'000))) == "1.222506000000");
  // The threshold counts cached input, too: 1 + 200000 tokens at 6 = 1200006 millionths.
  CHECK(usd(charge_for(entry, {.input_uncached = 1, .cache_read = 200'000})) == "1.200006000000");
  // Output does not count: 10 * 3 + 300000 * 15 = 4500030 millionths.
  CHECK(usd(charge_for(entry, tokens(10, 300'000))) == "4.500030000000");
}

TEST_CASE("an answer from the semantic cache costs nothing", "[rating]") {
  const auto hit = charge_for(a_price("m").id(7), tokens(1'000'000, 1'000'000), Origin::cache_hit);
  CHECK(hit.state == ChargeState::cache_hit);
  CHECK(hit.amounts == ChargeAmounts{});
  // Also where there is no price: a HIT is never unpriced.
  const auto other = charge_for(a_price("other"), tokens(10, 10), Origin::cache_hit);
  CHECK(other.state == ChargeState::cache_hit);
  CHECK(other.price_id == 0);
}

TEST_CASE("estimated usage is charged like exact usage", "[rating]") {
  const auto estimated = charge_for(a_price("m"), tokens(100, 50), Origin::estimated);
  CHECK(estimated.state == ChargeState::priced);
  CHECK(usd(estimated) == "0.000200000000");
}

TEST_CASE("no price is a state of its own, a price of zero is not", "[rating]") {
  const auto unpriced = charge_for(a_price("other").id(3), tokens(100, 50));
  CHECK(unpriced.state == ChargeState::unpriced);
  CHECK(unpriced.price_id == 0);
  CHECK(unpriced.amounts == ChargeAmounts{});

  const auto free = charge_for(a_price("m").id(3).input("0").output("0"), tokens(100, 50));
  CHECK(free.state == ChargeState::priced);
  CHECK(free.price_id == 3);
  CHECK(free.amounts.total().is_zero());
}

TEST_CASE("the states have names", "[rating]") {
  CHECK(std::string(name_of(ChargeState::priced)) == "priced");
  CHECK(std::string(name_of(ChargeState::unpriced)) == "unpriced");
  CHECK(std::string(name_of(ChargeState::cache_hit)) == "cache_hit");
  CHECK(std::string(name_of(ChargeState::out_of_range)) == "out_of_range");
}

TEST_CASE("an amount is in range up to the last of 63 bits", "[rating]") {
  // 60247241209 * 153092023 = 9223372036854775807 = 2^63 - 1.
  const std::int64_t count = 60'247'241'209;
  const std::int64_t rate = 153'092'023;
  const auto highest = amounts_for(tokens(count, 0), {.input = rate});
  REQUIRE(highest);
  CHECK(highest->input_picos == std::numeric_limits<std::int64_t>::max());
  CHECK(format_exact(highest->total()) == "9223372.036854775807");

  CHECK_FALSE(amounts_for(tokens(count + 1, 0), {.input = rate}));
  // Each class fits, their sum does not.
  CHECK(amounts_for(tokens(0, 1), {.input = rate, .output = 1}));
  CHECK_FALSE(amounts_for(tokens(count, 1), {.input = rate, .output = 1}));
  CHECK_FALSE(amounts_for({.cache_write_5m = count, .cache_write_1h = 1},
                          {.cache_write_5m = rate, .cache_write_1h = 1}));
  CHECK_FALSE(amounts_for({.cache_read = count, .cache_write_1h = 1},
                          {.cache_read = rate, .cache_write_1h = 1}));
}

TEST_CASE("the largest count at the largest price is set apart, not wrapped", "[rating]") {
  const TokenCounts most{.input_uncached = tokens_per_record_max,
                         .cache_read = tokens_per_record_max,
                         .cache_write_5m = tokens_per_record_max,
                         .cache_write_1h = tokens_per_record_max,
                         .output = tokens_per_record_max};
  const auto charge = charge_for(a_price("m").id(5).input("1000000").output("1000000"), most);
  CHECK(charge.state == ChargeState::out_of_range);
  CHECK(charge.amounts == ChargeAmounts{});
  CHECK(charge.amounts.total().is_zero());
  // A row of usage_daily sums many records: 9.2 million of the largest fill 63 bits of tokens.
  const auto sum = charge_for(a_price("m").input("1000000").output("0"),
                              tokens(std::numeric_limits<std::int64_t>::max(), 0));
  CHECK(sum.state == ChargeState::out_of_range);
}

TEST_CASE("tokens times price is exact to the last pico", "[rating]") {
  std::mt19937_64 random(12);
  for (int n = 0; n < 2'000; ++n) {
    const std::string count = test::random_digits(random, 9);
    const std::string rate = test::random_digits(random, 9);
    const auto amounts = amounts_for(tokens(0, std::stoll(count)), {.output = std::stoll(rate)});
    REQUIRE(amounts);
    CHECK(std::to_string(amounts->output_picos) == test::times(count, rate));
  }
}

TEST_CASE("the price of a day's sum is the sum of the prices of its records", "[rating]") {
  std::mt19937_64 random(13);
  const PriceEntry entry = a_price("m")
                               .input("0.123457")
                               .output("9.999999")
                               .cache_read("0.000001")
                               .cache_write_1h("3.333333");
  const PriceBook book({entry});
  Rater rater(book);
  const auto few = [&] { return static_cast<std::int64_t>(random() % 7'000); };
  for (int round = 0; round < 20; ++round) {
    Money one_by_one;
    TokenCounts sum;
    for (int n = 0; n < 200; ++n) {
      const TokenCounts used{.input_uncached = few(),
                             .cache_read = few(),
                             .cache_write_5m = few(),
                             .cache_write_1h = few(),
                             .output = few()};
      one_by_one +=
          rater.rate(series("m"), day("2026-10-15"), 0, Origin::exact, used).amounts.total();
      sum += used;
    }
    const auto at_once = rater.rate(series("m"), day("2026-10-15"), 0, Origin::exact, sum);
    CHECK(format_exact(at_once.amounts.total()) == format_exact(one_by_one));
  }
}

TEST_CASE("a rater keeps days, models, tiers and bands apart", "[rating]") {
  const PriceBook book({
      a_price("m").id(1).input("1"),
      a_price("m").id(2).input("2").from("2026-10-15"),
      a_price("n").id(3).input("3"),
      a_price("m").id(4).input("4").tier(ServiceTier::batch),
  });
  Rater rater(book);
  // Twice, so that the second pass is answered from what the rater remembers.
  for (int pass = 0; pass < 2; ++pass) {
    const auto id = [&](const SeriesKey& key, const char* on) {
      return rater.rate(key, day(on), 0, Origin::exact, tokens(1, 1)).price_id;
    };
    CHECK(id(series("m"), "2026-10-14") == 1);
    CHECK(id(series("m"), "2026-10-15") == 2);
    CHECK(id(series("n"), "2026-10-15") == 3);
    CHECK(id(series("m", ServiceTier::batch), "2026-10-15") == 4);
    CHECK(id(series("m", ServiceTier::flex), "2026-10-15") == 0);
    CHECK(id(series("o"), "2026-10-15") == 0);
  }
}

TEST_CASE("another tenant or key has the same price, another provider may not", "[rating]") {
  const PriceBook book({a_price("m").id(1), a_price("m").id(2).of("bolt")});
  Rater rater(book);
  SeriesKey key = series("m");
  const auto id = [&] {
    return rater.rate(key, day("2026-10-15"), 0, Origin::exact, tokens(1, 1)).price_id;
  };
  CHECK(id() == 1);
  key.tenant = "other";
  key.api_key = "other";
  CHECK(id() == 1);
  key.provider = "bolt";
  CHECK(id() == 2);
}

}  // namespace costd
