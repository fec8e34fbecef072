// LiteLLM's model_prices_and_context_window.json as prices.

#include "config/litellm_price_map.hpp"

#include <catch2/catch.hpp>

#include "ledger/error.hpp"
#include "ledger/time/calendar.hpp"

namespace costd {
namespace {

const Day first_day = parse_day("2026-10-05").value();

LitellmPrices read_map(const std::string& models) {
  return read_litellm_price_map("{" + models + "}", "map.json", first_day);
}

/// One model of openai with the fields besides its provider.
LitellmPrices read_model(const std::string& fields, const std::string& key = "m") {
  return read_map("\"" + key + "\": {\"litellm_provider\": \"openai\", " + fields + "}");
}

std::string complaint_about(const std::string& text) {
  try {
    read_litellm_price_map(text, "map.json", first_day);
  } catch (const Error& error) {
    return error.what();
  }
  return "none";
}

std::string reason_for(const std::string& fields) {
  const LitellmPrices prices = read_model(fields);
  CHECK(prices.entries.empty());
  return prices.left_out.empty() ? "none" : prices.left_out.front().reason;
}

const PriceEntry& entry_of(const LitellmPrices& prices, ServiceTier tier) {
  for (const PriceEntry& entry : prices.entries) {
    if (entry.tier == tier) return entry;
  }
  FAIL("no entry of the tier");
  return prices.entries.front();
}

const std::string plain = R"("input_cost_per_token": 1.5e-07, "output_cost_per_token": 6e-07)";

}  // namespace

TEST_CASE("a price per token is read from its digits, in any notation", "[prices]") {
  // 1.5e-07 USD a token are 0.15 USD per million: 150,000 micro-USD.
  for (const auto& [text, micros] : std::vector<std::pair<std::string, std::int64_t>>{
           {"1.5e-07", 150'000},
           {"0.00000015", 150'000},
           {"15E-8", 150'000},
           {"1.50e-7", 150'000},
           {"5.46875e-07", 546'875},
           {"0", 0},
           {"0.0", 0},
           {"0e5", 0},
           {"1e-12", 1},
           {"1", 1'000'000'000'000},
           {"1e+0", 1'000'000'000'000},
           {"3e-05", 30'000'000}}) {
    INFO(text);
    CHECK(parse_price_per_token(text) == micros);
  }
}

TEST_CASE("a price per token that cannot be held exactly is refused", "[prices]") {
  for (const auto& [text, why] : std::vector<std::pair<std::string, std::string>>{
           {"1.5e-13", "more than 6 decimals of USD per million tokens"},
           {"1.4999999999999998e-07", "more than 6 decimals of USD per million tokens"},
           {"-1e-07", "a price cannot be negative"},
           {"1.000001", "more than 1000000 USD per million tokens"},
           {"1e9", "more than 1000000 USD per million tokens"},
           {"", "no number"},
           {"1e", "no number"},
           {"1..5", "no number"},
           {"nan", "no number"}}) {
    INFO(text);
    CHECK_THROWS_WITH(parse_price_per_token(text), Catch::EndsWith("per token: " + why));
  }
}

TEST_CASE("every token price of the map becomes its class", "[prices]") {
  const LitellmPrices prices = read_model(plain + R"(,
      "cache_read_input_token_cost": 7.5e-08, "cache_creation_input_token_cost": 1.875e-07,
      "cache_creation_input_token_cost_above_1hr": 3e-07, "max_tokens": 4096, "mode": "chat",
      "supports_vision": true, "source": "https://example.com/prices",
      "supported_regions": ["us"])");
  REQUIRE(prices.entries.size() == 1);
  CHECK(prices.left_out.empty());
  CHECK(prices.models == 1);
  const PriceEntry& entry = prices.entries[0];
  CHECK(entry.model_pattern == "m");
  CHECK(entry.provider == "openai");
  CHECK(entry.effective_from == first_day);
  CHECK(entry.rates == Rates{150'000, 600'000, 75'000, 187'500, 300'000});
  CHECK(entry.source == "LiteLLM price map, https://example.com/prices");
}

TEST_CASE("batch, priority and flex prices are entries of those tiers", "[prices]") {
  const LitellmPrices prices = read_model(plain + R"(,
      "input_cost_per_token_batches": 7.5e-08, "output_cost_per_token_batches": 3e-07,
      "input_cost_per_token_priority": 3e-07, "output_cost_per_token_priority": 1.2e-06,
      "cache_read_input_token_cost_priority": 1e-07)");
  CHECK(prices.entries.size() == 3);
  CHECK(entry_of(prices, ServiceTier::batch).rates == Rates{75'000, 300'000, {}, {}, {}});
  const Rates priority{300'000, 1'200'000, 100'000, {}, {}};
  CHECK(entry_of(prices, ServiceTier::priority).rates == priority);
  // No half is invented where the map has no batch price.
  CHECK(read_model(plain).entries.size() == 1);
}

TEST_CASE("prices above a threshold are those of the long context", "[prices]") {
  const LitellmPrices prices = read_model(plain + R"(, "cache_read_input_token_cost": 1e-08,
      "input_cost_per_token_above_200k_tokens": 3e-07,
      "output_cost_per_token_above_200k_tokens": 9e-07,
      "input_cost_per_token_priority": 1e-06, "output_cost_per_token_priority": 2e-06,
      "input_cost_per_token_above_272k_tokens_priority": 4e-06)");
  const auto& standard = entry_of(prices, ServiceTier::standard);
  REQUIRE(standard.long_context);
  CHECK(standard.long_context->above == 200'000);
  // The cache's price has no step, so it stays.
  CHECK(standard.long_context->rates == Rates{300'000, 900'000, 10'000, {}, {}});
  const auto& priority = entry_of(prices, ServiceTier::priority);
  REQUIRE(priority.long_context);
  CHECK(priority.long_context->above == 272'000);
  CHECK(priority.long_context->rates == Rates{4'000'000, 2'000'000, {}, {}, {}});
}

TEST_CASE("what would make a wrong price is left out with its reason", "[prices]") {
  CHECK(reason_for(R"("output_cost_per_image": 0.04)") == "not priced by the token");
  CHECK(reason_for(R"("max_tokens": 5)") == "not priced by the token");
  CHECK(reason_for(R"("input_cost_per_token": 0.0, "output_cost_per_token": 0.0,
                      "input_cost_per_second": 0.0001)") == "not priced by the token");
  CHECK(reason_for(R"("input_cost_per_token": 1e-07)") == "only one of input and output");
  CHECK(reason_for(R"("input_cost_per_token": 1e-13, "output_cost_per_token": 1e-07)") ==
        "price that cannot be represented");
  CHECK(reason_for(plain + R"(, "output_cost_per_reasoning_token": 3e-06)") ==
        "reasoning tokens at a price of their own");
  CHECK(reason_for(plain + R"(, "input_cost_per_token_above_100k_tokens": 3e-07)") ==
        "long context that begins at no band edge");
  CHECK(reason_for(plain + R"(, "input_cost_per_token_above_128k_tokens": 3e-07,
                      "input_cost_per_token_above_256k_tokens": 5e-07)") ==
        "several long-context steps");
  CHECK(reason_for(plain + R"(, "tiered_pricing": [{"range": [0, 32000]}])") ==
        "several long-context steps");
  const LitellmPrices star = read_model(plain, "openai/*");
  CHECK(star.entries.empty());
  CHECK(star.left_out.at(0).reason == "name that is no plain model name");
  const LitellmPrices nobody = read_map("\"m\": {" + plain + "}");
  CHECK(nobody.entries.empty());
  CHECK(nobody.left_out.at(0).reason == "no provider named");
}

TEST_CASE("other units beside token prices are told, and the tokens priced", "[prices]") {
  const LitellmPrices prices = read_model(plain + R"(,
      "input_cost_per_audio_token": 4e-05, "output_cost_per_reasoning_token": 6e-07,
      "search_context_cost_per_query": {"search_context_size_low": 0.03})");
  CHECK(prices.entries.size() == 1);
  REQUIRE(prices.left_out.size() == 1);
  CHECK(prices.left_out[0].model == "m");
  CHECK(prices.left_out[0].reason == "other units beside the tokens");
  CHECK(prices.left_out[0].detail ==
        "input_cost_per_audio_token, search_context_cost_per_query");
}

TEST_CASE("an embedding has no output to be paid", "[prices]") {
  const auto prices = read_model(R"("input_cost_per_token": 2e-08, "mode": "embedding")");
  REQUIRE(prices.entries.size() == 1);
  CHECK(prices.entries[0].rates == Rates{20'000, 0, {}, {}, {}});
}

TEST_CASE("the model is the key without its provider, the provider the one behind it", "[prices]") {
  struct Row {
    const char* key;
    const char* map_provider;
    const char* model;
    const char* provider;
  };
  for (const Row& row : {Row{"gpt-4o", "openai", "gpt-4o", "openai"},
                         Row{"openai/gpt-4o", "openai", "gpt-4o", "openai"},
                         Row{"azure/gpt-4o", "azure", "gpt-4o", "azure"},
                         Row{"azure/eu/gpt-4o", "azure", "eu/gpt-4o", "azure"},
                         Row{"amazon.nova-lite-v1:0", "bedrock_converse", "amazon.nova-lite-v1:0",
                             "bedrock"},
                         Row{"vertex_ai/claude-3", "vertex_ai-anthropic_models", "claude-3",
                             "vertex_ai"},
                         Row{"openrouter/openai/gpt-4o", "openrouter", "openai/gpt-4o",
                             "openrouter"}}) {
    INFO(row.key);
    const auto prices = read_map("\"" + std::string(row.key) + "\": {\"litellm_provider\": \"" +
                                 row.map_provider + "\", " + plain + "}");
    REQUIRE(prices.entries.size() == 1);
    CHECK(prices.entries[0].model_pattern == row.model);
    CHECK(prices.entries[0].provider == row.provider);
  }
}

TEST_CASE("two keys for one model are one entry at equal prices, none at unequal ones",
          "[prices]") {
  const std::string provider = R"("litellm_provider": "openai", )";
  const std::string first = R"("gpt-4o": {)" + provider + plain + "}";
  const auto equal = read_map(first + R"(, "openai/gpt-4o": {)" + provider + plain + "}");
  CHECK(equal.entries.size() == 1);
  CHECK(equal.merged == 1);
  CHECK(equal.left_out.empty());
  const auto unequal = read_map(
      first + R"(, "openai/gpt-4o": {)" + provider +
      R"("input_cost_per_token": 9e-07, "output_cost_per_token": 6e-07})");
  CHECK(unequal.entries.empty());
  REQUIRE(unequal.left_out.size() == 2);
  CHECK(unequal.left_out[0].reason == "two keys for one model at unequal prices");
  CHECK(unequal.left_out[0].detail == "standard: also openai/gpt-4o");
  CHECK(unequal.left_out[1].model == "openai/gpt-4o");
}

TEST_CASE("the example of the map is no model", "[prices]") {
  const auto prices = read_map(R"("sample_spec": {"input_cost_per_token": 0.0})");
  CHECK(prices.models == 0);
  CHECK(prices.entries.empty());
  CHECK(prices.left_out.empty());
}

TEST_CASE("a text that is no map is refused with its place", "[prices]") {
  CHECK(complaint_about("{\"m\": {\n  \"a\": 1,,\n}}") ==
        "map.json:2:10: is no JSON from here on; fetch the map again");
  CHECK_THAT(complaint_about("{\"m\": 5}"),
             Catch::Contains("model \"m\" is no object of fields; import LiteLLM's map"));
  CHECK_THAT(complaint_about("{\"m\": [1]}"), Catch::Contains("is no object of fields"));
}

TEST_CASE("a map is told from a price file of ours by its beginning", "[prices]") {
  CHECK(is_litellm_price_map("{\n  \"sample_spec\": {"));
  CHECK(is_litellm_price_map(" {\"gpt-4o\": {}}"));
  CHECK_FALSE(is_litellm_price_map("prices:\n  - { model: m }\n"));
  CHECK_FALSE(is_litellm_price_map("{ prices: [] }"));
  CHECK_FALSE(is_litellm_price_map("{\"prices\": []}"));
  CHECK_FALSE(is_litellm_price_map("# nothing\n"));
  CHECK_FALSE(is_litellm_price_map(""));
}

}  // namespace costd
