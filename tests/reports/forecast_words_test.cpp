#include <catch2/catch.hpp>

#include "reports/chargeback_words.hpp"
#include "tests/reports/chargeback_fixture.hpp"

namespace costd {

TEST_CASE("figures of statistics are written with their decimals", "[forecast]") {
  CHECK(format_tenths(24) == "2.4");
  CHECK(format_tenths(0) == "0.0");
  CHECK(format_tenths(1'005) == "100.5");
  CHECK(format_tenths(std::nullopt).empty());
  CHECK(format_hundredths(87) == "0.87");
  CHECK(format_hundredths(105) == "1.05");
  CHECK(format_hundredths(std::nullopt).empty());
}

TEST_CASE("the headline is the estimate, or the run rate where there is none", "[forecast]") {
  const ChargebackModel model = fixture::all_tenants();
  ForecastLine line = *model.forecast;
  // The fixture's estimate is nine tenths of 30 x 168.42, its interval 5 % around that of the
  // whole.
  CHECK(headline_month_end(line) == parse_money("4547.34"));
  CHECK(describe_headline(line, model) == "80 %: $4,319.97 to $4,774.71");
  line.estimate.reset();
  CHECK(headline_month_end(line) == parse_money("5052.60"));
  CHECK(describe_headline(line, model) == "$168.42 a day, increasing");
}

TEST_CASE("the sentence below the chart says what becomes of the budget", "[forecast]") {
  ChargebackModel model = fixture::all_tenants();
  const auto sentence = [&](const char* limit) {
    model.budget->limit = parse_money(limit);
    return describe_estimate(model);
  };
  CHECK(sentence("6000") ==
        "Nov 2026 is expected to cost $4,547.34: with 80 % probability between $4,319.97 and "
        "$4,774.71, with 95 % between $4,092.61 and $5,002.07. The budget LLM platform of "
        "$6,000.00 is not expected to be reached.");
  CHECK_THAT(sentence("4700"), Catch::EndsWith("is not expected to be reached, but may be."));
  // 505.26 after three days, then 27 even steps of 149.7067 each: 2,002.33 after the 13th, and
  // 2,152.04 after the 14th.
  CHECK_THAT(sentence("2100"), Catch::EndsWith("is expected to be reached on Sat 14 Nov."));
  CHECK_THAT(sentence("300"), Catch::EndsWith("was reached on Mon 2 Nov."));
  model.budget.reset();
  CHECK_THAT(describe_estimate(model), Catch::EndsWith("$5,002.07."));
  model.forecast->estimate.reset();
  CHECK(describe_estimate(model).empty());
}

}  // namespace costd
