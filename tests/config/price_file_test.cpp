// A price list as a site writes it.

#include <catch2/catch.hpp>

#include "tests/config/config_folder.hpp"

namespace costd {
namespace {

std::vector<PriceEntry> load_prices(const std::string& text) {
  const ConfigFolder folder;
  return load_price_file(folder.write("prices.yaml", text));
}

std::string complaint_about_prices(const std::string& text) {
  const ConfigFolder folder;
  const std::string file = folder.write("prices.yaml", text);
  return complaint_of(folder, [&] { load_price_file(file); });
}

/// Rows whose text follows "prices:\n  - { ", so that it begins in line 2, column 7.
void check_entries(const std::vector<BadFile>& rows) {
  for (const BadFile& row : rows) {
    INFO(row.text);
    CHECK(complaint_about_prices("prices:\n  - { " + row.text + " }\n") ==
          "prices.yaml:" + row.complaint);
  }
}

const std::string forms = "write USD per million tokens, for example 2.50";

}  // namespace

TEST_CASE("every key of a price is taken over exactly", "[prices]") {
  const std::vector<PriceEntry> prices = load_prices(R"(
prices:
  - model: "m-large*"
    provider: acme
    input: 2.50
    output: "10"
    cache_read: 0.000001
    cache_write: 3.125
    cache_write_1h: 1000000
    effective: 2026-01-01
    service_tier: flex
    long_context: { above: 200000, input: 5, output: 15.5, cache_read: 0.5, cache_write: 6,
                    cache_write_1h: 7 }
    source: "https://example.com/prices"
  - { model: free, input: 0, output: 0, effective: 2024-02-29 }
)");
  REQUIRE(prices.size() == 2);
  const PriceEntry& entry = prices[0];
  CHECK(entry.id == 0);
  CHECK(entry.model_pattern == "m-large*");
  CHECK(entry.provider == "acme");
  CHECK(entry.tier == ServiceTier::flex);
  CHECK(format_day(entry.effective_from) == "2026-01-01");
  CHECK(entry.rates == Rates{2'500'000, 10'000'000, 1, 3'125'000, 1'000'000'000'000});
  REQUIRE(entry.long_context);
  CHECK(entry.long_context->above == 200'000);
  CHECK(entry.long_context->rates == Rates{5'000'000, 15'500'000, 500'000, 6'000'000, 7'000'000});
  CHECK(entry.origin == PriceOrigin::api);
  CHECK(entry.source == "https://example.com/prices");
  // Free is a price of zero; what is not there stays without a price.
  CHECK(prices[1].rates == Rates{0, 0, std::nullopt, std::nullopt, std::nullopt});
  CHECK(prices[1].tier == ServiceTier::standard);
  CHECK_FALSE(prices[1].long_context);
}

TEST_CASE("a list of prices may be empty", "[prices]") {
  CHECK(load_prices("prices: []\n").empty());
}

TEST_CASE("a price that is no price is refused with its entry", "[prices]") {
  const std::string begin = "model: m, effective: 2026-01-01, output: 1, input: ";
  const std::string price = "2:58: 'input' of model \"m\": price ";
  check_entries({
      {begin + "2.5000001", price + "\"2.5000001\": more than 6 decimals; round it to 6"},
      {begin + "-1", price + "\"-1\": a price cannot be negative; write 0 or more"},
      {begin + "1e-3", price + "\"1e-3\": not a decimal number; " + forms},
      {begin + ".5", price + "\".5\": not a decimal number; " + forms},
      {begin + "5.", price + "\"5.\": not a decimal number; " + forms},
      {begin + "$5", price + "\"$5\": not a decimal number; " + forms},
      {begin + "'2,5'", price + "\"2,5\": not a decimal number; " + forms},
      {begin + ".nan", price + "\".nan\": not a decimal number; " + forms},
      {begin + "1000000.000001",
       price + "\"1000000.000001\": more than 1000000 USD per million tokens; check the unit"},
      {begin + "[1]", "2:58: 'input' is a list; write a single value"},
      {begin + "~", "2:58: 'input' has no value; give one or remove the line"},
  });
}

TEST_CASE("an incomplete or unknown price entry is refused", "[prices]") {
  check_entries({
      {"input: 1, output: 1, effective: 2026-01-01",
       "2:5: an entry of 'prices' lacks 'model'; add it"},
      {"model: m, output: 1, effective: 2026-01-01",
       "2:5: model \"m\" lacks 'input'; add it (0 where it is free)"},
      {"model: m, input: 1, effective: 2026-01-01",
       "2:5: model \"m\" lacks 'output'; add it (0 where it is free)"},
      {"model: m, input: 1, output: 1",
       "2:5: model \"m\" lacks 'effective'; add the first day of the price, such as effective: "
       "2026-01-01"},
      {"model: m, inputs: 1", "2:17: unknown key 'inputs'; did you mean 'input'?"},
      {"model: m, input: 1, output: 1, effective: 2026-02-30",
       "2:49: 'effective' is \"2026-02-30\", which is no date; write year-month-day, such as "
       "2026-01-31"},
      {"model: m, input: 1, output: 1, effective: 01.02.2026",
       "2:49: 'effective' is \"01.02.2026\", which is no date; write year-month-day, such as "
       "2026-01-31"},
      {"model: m, service_tier: Batch",
       "2:31: 'service_tier' is \"Batch\", which is not known; write one of standard, batch, "
       "priority, flex"},
  });
}

TEST_CASE("a bad model pattern is refused", "[prices]") {
  const std::string bracket = "with a bracket; write an exact name, or a pattern with * and ? only";
  check_entries({
      {"model: ''", "2:14: 'model' is empty; give a value or remove the line"},
      {"model: '  '", "2:14: 'model' is \"  \", with a blank at an end; remove the blank"},
      {"model: \"m\\t1\"",
       "2:14: 'model' holds a line end or control character; write it in one line without"},
      {"model: 'gpt-[45]'", "2:14: 'model' is \"gpt-[45]\", " + bracket},
      {"model: 'gpt-4]'", "2:14: 'model' is \"gpt-4]\", " + bracket},
      {"model: 'gpt**'",
       "2:14: 'model' is \"gpt**\", with ** in it; write a single *, which stands for any run of "
       "characters"},
  });
}

TEST_CASE("a long context begins at an edge of the bands", "[prices]") {
  const std::string begin =
      "model: m, input: 1, output: 1, effective: 2026-01-01, long_context: { ";
  const std::string edges =
      "which is no edge of a context band; write one of 32000, 64000, 128000, 200000, 256000, "
      "272000, 512000, 1000000";
  check_entries({
      {begin + "above: 100000, input: 1, output: 1 }", "2:84: 'above' is \"100000\", " + edges},
      {begin + "above: 200k, input: 1, output: 1 }", "2:84: 'above' is \"200k\", " + edges},
      {begin + "input: 1, output: 1 }", "2:75: 'long_context' lacks 'above'; add it"},
      {begin + "above: 200000, input: 1 }",
       "2:75: 'long_context' of model \"m\" lacks 'output'; add it (0 where it is free)"},
      {begin + "above: 200000, input: x, output: 1 }",
       "2:99: 'input' of 'long_context' of model \"m\": price \"x\": not a decimal number; " +
           forms},
  });
}

TEST_CASE("two prices for the same thing from the same day are refused with both lines",
          "[prices]") {
  const std::string first =
      "prices:\n  - { model: m, provider: p, input: 1, output: 1, effective: 2026-01-01 }\n";
  CHECK(complaint_about_prices(
            first + "  - { model: x, input: 1, output: 1, effective: 2026-01-01 }\n" +
            "  - { model: m, provider: p, input: 2, output: 2, effective: 2026-01-01 }\n") ==
        "prices.yaml:4:5: model \"m\" (p, standard) has two prices from 2026-01-01, in lines 2 and "
        "4; remove one");
  for (const char* other :
       {"  - { model: m, input: 1, output: 1, effective: 2026-01-01 }\n",
        "  - { model: m, provider: p, input: 1, output: 1, effective: 2026-01-02 }\n",
        "  - { model: m, provider: p, service_tier: batch, input: 1, output: 1, effective: "
        "2026-01-01 }\n",
        "  - { model: 'm*', provider: p, input: 1, output: 1, effective: 2026-01-01 }\n"}) {
    CHECK(load_prices(first + other).size() == 2);
  }
}

TEST_CASE("a price file is a map with prices and nothing else", "[prices]") {
  CHECK(complaint_about_prices("") == "prices.yaml:1:1: the file is empty; write its keys");
  CHECK(complaint_about_prices("- model: m\n") ==
        "prices.yaml:1:1: the file is a list; write keys and values, such as { key: value }");
  CHECK(complaint_about_prices("prices: []\ncurrency: EUR\n") ==
        "prices.yaml:2:1: unknown key 'currency'; the file may have prices");
  CHECK(complaint_about_prices("price: []\n") ==
        "prices.yaml:1:1: unknown key 'price'; did you mean 'prices'?");
}

TEST_CASE("one bad price among three thousand is named with its entry and place", "[prices]") {
  std::string text = "prices:\n";
  for (int n = 0; n < 3'000; ++n) {
    const std::string input = n == 1'776 ? "1.2345678" : "2.50";
    text += "  - { model: m-" + std::to_string(n) + ", input: " + input +
            ", output: 10, effective: 2026-01-01 }\n";
  }
  // Entry n stands in line n + 2.
  CHECK(complaint_about_prices(text) ==
        "prices.yaml:1778:29: 'input' of model \"m-1776\": price \"1.2345678\": more than 6 "
        "decimals; round it to 6");
}

TEST_CASE("a list with many thousands of prices is read", "[prices]") {
  std::string text = "prices:\n";
  for (int n = 0; n < 20'000; ++n) {
    text += "  - { model: m-" + std::to_string(n) +
            ", input: 2.50, output: 10, effective: 2026-01-01 }\n";
  }
  CHECK(load_prices(text).size() == 20'000);
}

}  // namespace costd
