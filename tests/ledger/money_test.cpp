#include "ledger/money.hpp"

#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "ledger/error.hpp"
#include "tests/ledger/decimal_text.hpp"

namespace costd {
namespace {

using test::with_point;

/// Why the text is no amount; "" if it is one.
std::string complaint_about(const std::string& text) {
  try {
    parse_money(text);
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::data);
    return error.what();
  }
  return "";
}

constexpr int128 two_to_the_96 = int128{1} << 96;

}  // namespace

TEST_CASE("an amount is read to its last pico", "[money]") {
  const std::vector<std::pair<const char*, std::int64_t>> rows{
      {"0", 0},
      {"0.000000000000", 0},
      {"-0", 0},
      {"1", 1'000'000'000'000},
      {"12.5", 12'500'000'000'000},
      {"-12.5", -12'500'000'000'000},
      {"0.000000000001", 1},
      {"-0.000000000001", -1},
      {"12.345678901234", 12'345'678'901'234},
      {"007.10", 7'100'000'000'000},
      {"9223372.036854775807", 9'223'372'036'854'775'807},
  };
  for (const auto& [text, picos] : rows) {
    INFO(text);
    CHECK(parse_money(text) == Money::from_picos(picos));
  }
}

TEST_CASE("what is no amount is refused with its text", "[money]") {
  for (const std::string text : {"",
                                 "-",
                                 "+",
                                 ".",
                                 "-.",
                                 "5.",
                                 "--1",
                                 "-+1",
                                 " 1",
                                 "1 ",
                                 "1,000",
                                 "1e3",
                                 "1.2.3",
                                 "0x10",
                                 "$1",
                                 "1 USD",
                                 "nan",
                                 "inf",
                                 "1.0000000000001",
                                 "0.1234567890123",
                                 "1-",
                                 "1.-5",
                                 "٣",
                                 "1.5\n"}) {
    INFO("\"" << text << "\"");
    const std::string complaint = complaint_about(text);
    CHECK_FALSE(complaint.empty());
    CHECK(complaint.find(text) != std::string::npos);
  }
  CHECK_FALSE(complaint_about(std::string("1\0002", 3)).empty());
}

TEST_CASE("an amount too large for 128 bits is refused, never wrapped", "[money]") {
  // 2^127 - 1 = 170141183460469231731687303715884105727 picos.
  CHECK_FALSE(complaint_about("170141183460469231731687303.715884105728").empty());
  CHECK_FALSE(complaint_about("-170141183460469231731687303.715884105729").empty());
  CHECK_FALSE(complaint_about("170141183460469231731687304").empty());
  CHECK_FALSE(complaint_about("340282366920938463463374607.431768211457").empty());  // 2^128 + 1
  CHECK_FALSE(complaint_about(std::string(60, '9')).empty());
  CHECK(complaint_about("000000000000000000000000000000000000000000000001").empty());
}

TEST_CASE("every digit is written, always twelve decimals", "[money]") {
  const std::vector<std::pair<int128, const char*>> rows{
      {0, "0.000000000000"},
      {1, "0.000000000001"},
      {-1, "-0.000000000001"},
      {999'999'999'999, "0.999999999999"},
      {12'345'678'901'234, "12.345678901234"},
      {-1'500'000'000'000, "-1.500000000000"},
      {int128{1'000'000} * picos_per_usd, "1000000.000000000000"},
      // 2^96 = 79228162514264337593543950336.
      {two_to_the_96, "79228162514264337.593543950336"},
      {-two_to_the_96, "-79228162514264337.593543950336"},
      {two_to_the_96 - 1, "79228162514264337.593543950335"},
  };
  for (const auto& [picos, text] : rows) {
    INFO(text);
    CHECK(format_exact(Money::from_picos(picos)) == text);
    CHECK(parse_money(text) == Money::from_picos(picos));
  }
}

TEST_CASE("the largest sum of 128 bits is written like any other amount", "[money]") {
  const int128 highest = ((int128{1} << 126) - 1) * 2 + 1;
  CHECK(format_exact(Money::from_picos(highest)) == "170141183460469231731687303.715884105727");
  CHECK(format_exact(Money::from_picos(-highest)) == "-170141183460469231731687303.715884105727");
}

TEST_CASE("an amount beyond 64 bits of cents is refused, never wrapped", "[money]") {
  // 2^63 - 1 cents are 92233720368547758.07 USD.
  CHECK(round_to_cents(parse_money("92233720368547758.07")).value == 9'223'372'036'854'775'807);
  CHECK(round_to_cents(parse_money("92233720368547758.074")).value == 9'223'372'036'854'775'807);
  CHECK(round_to_cents(parse_money("-92233720368547758.08")).value ==
        -9'223'372'036'854'775'807 - 1);
  for (const char* usd : {"92233720368547758.08", "-92233720368547758.09", "999999999999999999"}) {
    INFO(usd);
    CHECK_THROWS_AS(round_to_cents(parse_money(usd)), Error);
  }
}

TEST_CASE("half a cent goes to the even cent, on both sides of zero", "[money]") {
  const std::vector<std::pair<const char*, std::int64_t>> rows{
      {"0", 0},
      {"0.004999999999", 0},
      {"0.005", 0},
      {"0.005000000001", 1},
      {"0.01", 1},
      {"0.014999999999", 1},
      {"0.015", 2},
      {"0.025", 2},
      {"0.025000000001", 3},
      {"0.035", 4},
      {"1.994999999999", 199},
      {"1.995", 200},
      {"2.005", 200},
      {"-0.004999999999", 0},
      {"-0.005", 0},
      {"-0.005000000001", -1},
      {"-0.015", -2},
      {"-0.025", -2},
      {"-0.025000000001", -3},
      {"-1.995", -200},
      {"-2.005", -200},
      // 2^96 picos are 7922816251426433759.3543950336 cents, just inside 64 bits.
      {"79228162514264337.593543950336", 7'922'816'251'426'433'759},
      {"-79228162514264337.593543950336", -7'922'816'251'426'433'759},
      {"79228162514264337.595", 7'922'816'251'426'433'760},  // ...759.5: odd goes up
      {"79228162514264337.605", 7'922'816'251'426'433'760},  // ...760.5: even stays
  };
  for (const auto& [text, cents] : rows) {
    INFO(text);
    CHECK(round_to_cents(parse_money(text)).value == cents);
  }
}

TEST_CASE("cents lead back to the amount they stand for", "[money]") {
  for (const std::int64_t cents :
       {std::int64_t{0}, std::int64_t{1}, std::int64_t{-1}, std::int64_t{123'456},
        std::int64_t{9'223'372'036'854'775'807}}) {
    CHECK(round_to_cents(to_money(Cents{cents})).value == cents);
  }
  CHECK(to_money(Cents{-5}) == parse_money("-0.05"));
}

TEST_CASE("random amounts survive text and round like long division on paper", "[money]") {
  std::mt19937_64 random(20'261'001);
  for (int n = 0; n < 4000; ++n) {
    // Up to 10^28 picos, which are 10^18 cents; every fourth is exactly half a cent.
    std::string picos = test::random_digits(random, 28);
    if (n % 4 == 0) picos = test::random_digits(random, 18) + "5000000000";
    const std::string sign = n % 2 == 1 && picos != "0" ? "-" : "";
    const std::string exact = sign + with_point(picos, 12);
    INFO(exact);
    const Money amount = parse_money(exact);
    CHECK(format_exact(amount) == exact);
    CHECK(format_exact(-(-amount)) == exact);

    const std::string cents = test::drop_half_even(picos, 10);
    const std::string rounded = (cents == "0" ? "" : sign) + cents;
    CHECK(std::to_string(round_to_cents(amount).value) == rounded);
  }
}

TEST_CASE("random sums are the sums of the digits", "[money]") {
  std::mt19937_64 random(7);
  Money sum;
  std::string digits = "0";
  for (int n = 0; n < 2000; ++n) {
    const std::string amount = test::random_digits(random, 28);
    sum += parse_money(with_point(amount, 12));
    digits = test::add(digits, amount);
    REQUIRE(format_exact(sum) == with_point(digits, 12));
  }
}

TEST_CASE("amounts are ordered as numbers, the high half before the low half", "[money]") {
  const std::vector<Money> ascending{Money::from_picos(-two_to_the_96),
                                     Money::from_usd(-1),
                                     Money::from_picos(-1),
                                     Money(),
                                     Money::from_picos(1),
                                     Money::from_picos((int128{1} << 64) - 1),
                                     Money::from_picos(int128{1} << 64),
                                     Money::from_picos(two_to_the_96)};
  for (std::size_t a = 0; a < ascending.size(); ++a) {
    for (std::size_t b = 0; b < ascending.size(); ++b) {
      CHECK((ascending[a] < ascending[b]) == (a < b));
      CHECK((ascending[a] == ascending[b]) == (a == b));
      CHECK((ascending[a] >= ascending[b]) == (a >= b));
    }
  }
  CHECK(Money().is_zero());
  CHECK_FALSE(Money().is_negative());
  CHECK(Money::from_picos(-1).is_negative());
}

TEST_CASE("a scaled amount is exact or half-even in the last pico", "[money]") {
  struct Row {
    int128 picos;
    std::int64_t numerator;
    std::int64_t denominator;
    int128 scaled;
  };
  const std::vector<Row> rows{
      {1, 1, 2, 0},    // 0.5
      {3, 1, 2, 2},    // 1.5
      {5, 1, 2, 2},    // 2.5
      {7, 1, 2, 4},    // 3.5
      {-1, 1, 2, 0},   // -0.5
      {-3, 1, 2, -2},  // -1.5
      {-5, 1, 2, -2},  // -2.5
      {5, -1, 2, -2},  // -2.5 by way of the numerator
      {10, 1, 3, 3},   // 3.33
      {20, 1, 3, 7},   // 6.67
      {-20, 1, 3, -7},
      {10, 1, 4, 2},  // 2.5
      {11, 1, 4, 3},  // 2.75
      {14, 1, 4, 4},  // 3.5
      {100, 0, 7, 0},
      {100, 7, 7, 100},
      {picos_per_usd, 31, 7, 4'428'571'428'571},  // 4.428571428571|428
      // 2^96 / 7 = 11318308930609191084791992905.14...; times 31 it is
      // 350867576848884923628551780059.43, which still fits.
      {two_to_the_96, 31, 7, int128{350'867'576'848'884'923} * picos_per_usd + 628'551'780'059},
  };
  for (const Row& row : rows) {
    INFO(row.numerator << "/" << row.denominator << " of "
                       << format_exact(Money::from_picos(row.picos)));
    CHECK(format_exact(scale(Money::from_picos(row.picos), row.numerator, row.denominator)) ==
          format_exact(Money::from_picos(row.scaled)));
  }
}

TEST_CASE("random tenths and thousandths of an amount round like on paper", "[money]") {
  std::mt19937_64 random(11);
  for (int n = 0; n < 2000; ++n) {
    const std::string picos = test::random_digits(random, 24);
    const std::int64_t numerator = static_cast<std::int64_t>(random() % 100'000);
    const std::size_t places = 1 + random() % 4;
    std::int64_t denominator = 1;
    for (std::size_t place = 0; place < places; ++place) denominator *= 10;
    const std::string product = test::times(picos, std::to_string(numerator));
    const std::string expected = with_point(test::drop_half_even(product, places), 12);
    INFO(picos << " * " << numerator << " / " << denominator);
    CHECK(format_exact(scale(parse_money(with_point(picos, 12)), numerator, denominator)) ==
          expected);
  }
}

TEST_CASE("cents are written with grouping and the sign in front", "[money]") {
  const std::vector<std::pair<std::int64_t, const char*>> rows{
      {0, "0.00"},
      {1, "0.01"},
      {-1, "-0.01"},
      {-5, "-0.05"},
      {99, "0.99"},
      {100, "1.00"},
      {99'999, "999.99"},
      {100'000, "1,000.00"},
      {123'456, "1,234.56"},
      {-123'456, "-1,234.56"},
      {12'345'678'901, "123,456,789.01"},
      {9'223'372'036'854'775'807, "92,233,720,368,547,758.07"},
      {-9'223'372'036'854'775'807 - 1, "-92,233,720,368,547,758.08"},
  };
  for (const auto& [cents, text] : rows) CHECK(format_cents(Cents{cents}) == text);
}

TEST_CASE("counts are grouped by thousands", "[money]") {
  const std::vector<std::pair<std::int64_t, const char*>> rows{
      {0, "0"},
      {7, "7"},
      {999, "999"},
      {1'000, "1,000"},
      {-999, "-999"},
      {-1'000, "-1,000"},
      {-123'456, "-123,456"},
      {1'234'567, "1,234,567"},
      {9'223'372'036'854'775'807, "9,223,372,036,854,775,807"},
      {-9'223'372'036'854'775'807 - 1, "-9,223,372,036,854,775,808"},
  };
  for (const auto& [count, text] : rows) CHECK(format_count(count) == text);

  std::mt19937_64 random(3);
  for (int n = 0; n < 1000; ++n) {
    const std::string digits = test::random_digits(random, 18);
    CHECK(format_count(std::stoll(digits)) == test::with_commas(digits));
  }
}

TEST_CASE("short amounts fit a chart label", "[money]") {
  const std::vector<std::pair<const char*, const char*>> rows{
      {"12.30", "$12.30"},  {"100", "$100"},         {"950", "$950"},
      {"9999", "$9,999"},   {"10000", "$10.0k"},     {"128400", "$128.4k"},
      {"1300000", "$1.3M"}, {"-128400", "-$128.4k"}, {"-1300000", "-$1.3M"},
  };
  for (const auto& [usd, text] : rows) {
    INFO(usd);
    CHECK(format_short(parse_money(usd)) == text);
  }
}

TEST_CASE("a short amount never shows a thousand of its own unit", "[money]") {
  CHECK(format_short(parse_money("999960")) == "$1.0M");
  for (const char* usd :
       {"99.996", "999.4", "999.6", "9999.96", "999949", "999950", "999999.99", "-999960"}) {
    const std::string text = format_short(parse_money(usd));
    INFO(usd << " -> " << text);
    CHECK(text.find("1000") == std::string::npos);
    CHECK(text.find(",000.") == std::string::npos);
  }
}

TEST_CASE("a percentage is half-even in its last decimal", "[money]") {
  struct Row {
    std::int64_t part;
    std::int64_t whole;
    int decimals;
    const char* text;
  };
  const std::vector<Row> rows{
      {3, 8, 1, "37.5"},   {3, 8, 0, "38"},  // 37.5: odd goes up
      {1, 8, 0, "12"},                       // 12.5: even stays
      {5, 8, 0, "62"},                       // 62.5
      {7, 8, 0, "88"},                       // 87.5
      {1, 3, 0, "33"},     {1, 3, 1, "33.3"},   {2, 3, 2, "66.67"}, {2, 3, 3, "66.667"},
      {1, 1, 0, "100"},    {1, 1, 2, "100.00"}, {5, 4, 1, "125.0"}, {1, 1000, 1, "0.1"},
      {1, 2000, 1, "0.0"},  // 0.05
      {3, 2000, 1, "0.2"},  // 0.15
      {0, 5, 1, "0.0"},    {0, 0, 0, "0"},      {7, 0, 0, "0"},     {7, 0, 1, "0.0"},
      {7, 0, 3, "0.000"},  {-1, 8, 1, "-12.5"}, {-3, 8, 0, "-38"},  {-1, 300, 1, "-0.3"},
      {1, -8, 1, "-12.5"}, {-1, -8, 1, "12.5"}, {29, 20, 0, "145"},
  };
  for (const Row& row : rows) {
    INFO(row.part << " of " << row.whole << ", " << row.decimals << " decimals");
    CHECK(format_percent(Money::from_picos(row.part), Money::from_picos(row.whole), row.decimals) ==
          row.text);
  }
}

TEST_CASE("a percentage of large amounts does not overflow", "[money]") {
  // One third of 2^96 picos, to three decimals.
  CHECK(format_percent(Money::from_picos(two_to_the_96 / 3), Money::from_picos(two_to_the_96), 3) ==
        "33.333");
  CHECK(format_percent(Money::from_picos(two_to_the_96), Money::from_picos(two_to_the_96), 3) ==
        "100.000");
}

TEST_CASE("a percentage that rounds to nothing has no minus sign", "[money]") {
  CHECK(format_percent(Money::from_picos(-1), Money::from_picos(10'000), 1) == "0.0");
}

}  // namespace costd
