#include "ledger/price_entry.hpp"

#include <catch2/catch.hpp>
#include <utility>
#include <vector>

#include "ledger/error.hpp"

namespace costd {
namespace {

std::string complaint_about_price(const std::string& text) {
  try {
    parse_price(text);
  } catch (const Error& error) {
    REQUIRE(error.code() == ErrorCode::data);
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("a price is read to the last of its six decimals", "[prices]") {
  const std::vector<std::pair<const char*, std::int64_t>> rows{
      {"0", 0},
      {"0.000000", 0},
      {"2.50", 2'500'000},
      {"3", 3'000'000},
      {"0.0375", 37'500},
      {"0.000001", 1},
      {"22.500001", 22'500'001},
      {"007.1", 7'100'000},
      {"999999.999999", 999'999'999'999},
      {"1000000", 1'000'000'000'000},
      {"1000000.000000", 1'000'000'000'000},
  };
  for (const auto& [text, micros] : rows) {
    INFO(text);
    CHECK(parse_price(text) == micros);
  }
}

TEST_CASE("what is no price is refused with the text and the reason", "[prices]") {
  const std::string form = "not a decimal number; write USD per million tokens, for example 2.50";
  const std::string large = "more than 1000000 USD per million tokens; check the unit";
  const std::vector<std::pair<std::string, std::string>> rows{
      {"", form},
      {".", form},
      {".5", form},
      {"5.", form},
      {"+1", form},
      {" 1", form},
      {"1 ", form},
      {"1,5", form},
      {"1e3", form},
      {"1.2.3", form},
      {"0x10", form},
      {"inf", form},
      {"1.0000000x", form},
      {"-0", "a price cannot be negative; write 0 or more"},
      {"-2.50", "a price cannot be negative; write 0 or more"},
      {"2.5000000", "more than 6 decimals; round it to 6"},
      {"1000000.000001", large},
      {"1000001", large},
      {"99999999999999999999999999", large},
  };
  for (const auto& [text, reason] : rows) {
    CHECK(complaint_about_price(text) == "price \"" + text + "\": " + reason);
  }
}

TEST_CASE("a price is shown with two decimals or as many as it needs", "[prices]") {
  const std::vector<std::pair<std::int64_t, const char*>> rows{
      {0, "0.00"},
      {1, "0.000001"},
      {10, "0.00001"},
      {37'500, "0.0375"},
      {100'000, "0.10"},
      {2'500'000, "2.50"},
      {3'000'000, "3.00"},
      {1'234'560'000, "1234.56"},
      {1'000'000'000'000, "1000000.00"},
  };
  for (const auto& [micros, text] : rows) {
    CHECK(format_price(micros) == text);
    CHECK(parse_price(text) == micros);
  }
}

TEST_CASE("pattern, provider, tier and first day make a price's identity, nothing else",
          "[prices]") {
  PriceEntry entry;
  entry.model_pattern = "m-large*";
  entry.provider = "acme";
  entry.effective_from = from_day_number(20'454);
  PriceEntry other = entry;
  other.rates.input = 5;
  other.source = "elsewhere";
  other.id = 7;
  CHECK(identity_of(entry) == identity_of(other));

  other.effective_from += std::chrono::days(1);
  CHECK(identity_of(entry) != identity_of(other));
  other = entry;
  other.tier = ServiceTier::batch;
  CHECK(identity_of(entry) != identity_of(other));
  other = entry;
  other.provider.clear();
  CHECK(identity_of(entry) != identity_of(other));
  // The same letters, parted elsewhere.
  other = entry;
  other.model_pattern = "m-large*a";
  other.provider = "cme";
  CHECK(identity_of(entry) != identity_of(other));
}

TEST_CASE("a pattern is an exact name or a glob with single stars", "[prices]") {
  for (const char* good : {"gpt-4o", "gpt-4o*", "*", "?", "*mini*", "a b", "us.amazon.nova-v1:0"}) {
    INFO(good);
    CHECK(complaint_about_pattern(good).empty());
  }
  const std::vector<std::pair<std::string, std::string>> rows{
      {"", "with no text; write an exact name, or a pattern with * and ?"},
      {" m", "with a blank at an end; remove the blank"},
      {"m ", "with a blank at an end; remove the blank"},
      {"m\n", "with a line end or control character; write it in one line without"},
      {"gpt-[45]", "with a bracket; write an exact name, or a pattern with * and ? only"},
      {"gpt-4]", "with a bracket; write an exact name, or a pattern with * and ? only"},
      {"gpt-**",
       "with ** in it; write a single *, which stands for any run of characters"},
  };
  for (const auto& [pattern, complaint] : rows) {
    INFO(pattern);
    CHECK(complaint_about_pattern(pattern) == complaint);
  }
}

}  // namespace costd
