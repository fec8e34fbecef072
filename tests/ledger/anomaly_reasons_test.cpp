#include "ledger/anomaly_reasons.hpp"

#include <catch2/catch.hpp>

namespace costd {
namespace {

Money usd(std::int64_t dollars) {
  return Money::from_usd(dollars);
}

SpendCell cell(const std::string& key, const std::string& model, const std::string& token_class,
               std::int64_t tokens, Money cost) {
  return {"t-one", key, model, "acme", token_class, tokens, cost};
}

void check_parts(const ImpactParts& parts, std::int64_t volume, std::int64_t mix,
                 std::int64_t price) {
  CHECK(format_exact(parts.volume) == format_exact(usd(volume)));
  CHECK(format_exact(parts.mix) == format_exact(usd(mix)));
  CHECK(format_exact(parts.price) == format_exact(usd(price)));
}

}  // namespace

TEST_CASE("twice the tokens at the same price are volume", "[anomaly]") {
  const std::vector<SpendCell> before{cell("k", "m", "output", 100, usd(100))};
  const std::vector<SpendCell> during{cell("k", "m", "output", 200, usd(200))};
  check_parts(split_impact(before, during, usd(100)), 100, 0, 0);
}

TEST_CASE("the same tokens at twice the price are price", "[anomaly]") {
  const std::vector<SpendCell> before{cell("k", "m", "output", 100, usd(100))};
  const std::vector<SpendCell> during{cell("k", "m", "output", 100, usd(200))};
  check_parts(split_impact(before, during, usd(100)), 0, 0, 100);
}

TEST_CASE("the same tokens on a dearer model are mix", "[anomaly]") {
  // Before 100 tokens at 1 and 100 at 3 USD: 400 for 200, 2 USD a token on average.
  const std::vector<SpendCell> before{cell("k", "m-small", "output", 100, usd(100)),
                                      cell("k", "m-large", "output", 100, usd(300))};
  // Now 50 x 1 + 150 x 3 = 500, at 2 USD a token 400.
  const std::vector<SpendCell> during{cell("k", "m-small", "output", 50, usd(50)),
                                      cell("k", "m-large", "output", 150, usd(450))};
  check_parts(split_impact(before, during, usd(400)), 0, 100, 0);
}

TEST_CASE("volume, mix and price add up to the impact when all move", "[anomaly]") {
  const std::vector<SpendCell> before{cell("k", "m-small", "output", 100, usd(100)),
                                      cell("k", "m-large", "output", 100, usd(300))};
  // At 2 USD a token 300 tokens are 600; at the prices before 100 + 600 = 700; they cost 900.
  const std::vector<SpendCell> during{cell("k", "m-small", "output", 100, usd(100)),
                                      cell("k", "m-large", "output", 200, usd(800))};
  const ImpactParts parts = split_impact(before, during, usd(420));
  check_parts(parts, 600 - 420, 700 - 600, 900 - 700);
  CHECK(parts.volume + parts.mix + parts.price == usd(900 - 420));
}

TEST_CASE("parts that do not divide evenly add up to the last pico", "[anomaly]") {
  const std::vector<SpendCell> before{
      cell("k", "m-a", "output", 7, Money::from_picos(1'000'000'000'001)),
      cell("k", "m-b", "input", 11, Money::from_picos(333'333'333'333))};
  const std::vector<SpendCell> during{
      cell("k", "m-a", "output", 13, Money::from_picos(1'999'999'999'999)),
      cell("k", "m-b", "input", 3, Money::from_picos(77'777'777'777))};
  const Money expected = Money::from_picos(123'456'789'123);
  const ImpactParts parts = split_impact(before, during, expected);
  CHECK((parts.volume + parts.mix + parts.price).picos() ==
        1'999'999'999'999 + 77'777'777'777 - 123'456'789'123);
}

TEST_CASE("a longer time before gives the same parts", "[anomaly]") {
  const std::vector<SpendCell> before{cell("k", "m", "output", 100, usd(100))};
  const std::vector<SpendCell> longer{cell("k", "m", "output", 2'800, usd(2'800))};
  const std::vector<SpendCell> during{cell("k", "m", "output", 150, usd(300))};
  const ImpactParts a = split_impact(before, during, usd(90));
  const ImpactParts b = split_impact(longer, during, usd(90));
  CHECK(a.volume == b.volume);
  CHECK(a.mix == b.mix);
  CHECK(a.price == b.price);
}

TEST_CASE("what comes out of nothing is volume", "[anomaly]") {
  const std::vector<SpendCell> during{cell("k", "m", "output", 150, usd(300))};
  check_parts(split_impact({}, during, Money{}), 300, 0, 0);
  check_parts(split_impact({}, {}, Money{}), 0, 0, 0);
}

TEST_CASE("a new model at its own price is volume and mix, not price", "[anomaly]") {
  const std::vector<SpendCell> before{cell("k", "m-old", "output", 100, usd(100))};
  // 200 tokens at 1 USD are 200; the new model's 100 cost 5 each, which is 400 more.
  const std::vector<SpendCell> during{cell("k", "m-old", "output", 100, usd(100)),
                                      cell("k", "m-new", "output", 100, usd(500))};
  check_parts(split_impact(before, during, usd(100)), 100, 400, 0);
}

TEST_CASE("who contributed most comes first, in the direction of the impact", "[anomaly]") {
  const std::vector<SpendCell> before{cell("key-a", "m", "output", 100, usd(100)),
                                      cell("key-b", "m", "output", 100, usd(100))};
  const std::vector<SpendCell> during{cell("key-a", "m", "output", 90, usd(90)),
                                      cell("key-b", "m", "output", 400, usd(400)),
                                      cell("key-c", "m", "output", 20, usd(20))};
  // Expected 200, so 100 each: key-a is 10 below it, key-b 300 above, key-c 20.
  const auto found = find_contributors(before, during, usd(200));
  REQUIRE(found.size() == 2);  // one model, one provider, one class: they say nothing
  CHECK(found[0].dimension == "apiKey");
  CHECK(found[0].value == "key-b");
  CHECK(found[0].impact == usd(300));
  CHECK(found[1].value == "key-c");
  CHECK(found[1].impact == usd(20));
}

TEST_CASE("a drop names who is missing", "[anomaly]") {
  const std::vector<SpendCell> before{cell("key-a", "m", "output", 100, usd(100)),
                                      cell("key-b", "m", "output", 300, usd(300))};
  const std::vector<SpendCell> during{cell("key-a", "m", "output", 25, usd(25))};
  // Expected 100: a quarter of it from key-a, which is there, and 75 from key-b.
  const auto found = find_contributors(before, during, usd(100));
  REQUIRE(found.size() == 1);
  CHECK(found[0].value == "key-b");
  CHECK(found[0].impact == usd(-75));
}

TEST_CASE("one sentence says what moved and who moved it", "[anomaly]") {
  const std::vector<SpendCell> before{cell("key-a", "m-small", "input", 100, usd(100)),
                                      cell("key-b", "m-large", "output", 100, usd(100))};
  std::vector<SpendCell> during = before;
  during[1].tokens = 400;
  during[1].cost = usd(400);
  const AnomalyReasons reasons = find_reasons(before, during, usd(200));
  CHECK(describe_reasons(reasons, AnomalyClass::spike, usd(500), usd(200)) ==
        "$300.00 above the expected $200.00: more volume, mostly key key-b, model m-large and "
        "output tokens.");
  CHECK(describe_reasons({}, AnomalyClass::new_spend, usd(40), Money{}) ==
        "$40.00 where nothing was spent before.");
  const AnomalyReasons less = find_reasons(before, {{before[0]}}, usd(200));
  CHECK(describe_reasons(less, AnomalyClass::drop, usd(100), usd(200)) ==
        "$100.00 below the expected $200.00: less volume, mostly key key-b, model m-large and "
        "output tokens.");
}

}  // namespace costd
