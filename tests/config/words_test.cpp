// Numbers, durations, percentages and addresses as a settings file writes them.

#include "config/words.hpp"

#include <catch2/catch.hpp>
#include <utility>

namespace costd {

TEST_CASE("durations are whole numbers with a unit", "[config]") {
  using std::chrono::seconds;
  CHECK(parse_duration_setting("45s") == seconds(45));
  CHECK(parse_duration_setting("30m") == seconds(1'800));
  CHECK(parse_duration_setting("72h") == seconds(259'200));
  CHECK(parse_duration_setting("7d") == seconds(604'800));
  CHECK(parse_duration_setting("0s") == seconds(0));
  CHECK(parse_duration_setting("36525d") == seconds(3'155'760'000));
  for (const char* text : {"", "h", "72", "1.5h", "-1h", "1 h", "1w", "72H", "1h30m", "36526d",
                           "99999999999999999999d", "0x1h", "+1h"}) {
    INFO(text);
    CHECK_FALSE(parse_duration_setting(text));
  }
}

TEST_CASE("whole numbers have digits only", "[config]") {
  CHECK(parse_integer_setting("0") == 0);
  CHECK(parse_integer_setting("-5") == -5);
  CHECK(parse_integer_setting("9223372036854775807") == 9'223'372'036'854'775'807);
  for (const char* text :
       {"", "-", "1.0", "1e3", "1_000", "1,000", "0x10", " 1", "1 ", "+1", "9223372036854775808"}) {
    INFO(text);
    CHECK_FALSE(parse_integer_setting(text));
  }
}

TEST_CASE("percentages are above zero and get their shortest form", "[config]") {
  const std::vector<std::pair<const char*, const char*>> rows{
      {"50", "50"},       {"050", "50"},   {"50.0", "50"},     {"12.50", "12.5"},
      {"0.001", "0.001"}, {"00.5", "0.5"}, {"100.000", "100"}, {"1000000", "1000000"},
  };
  for (const auto& [text, expected] : rows) CHECK(parse_percent_setting(text) == expected);
  for (const char* text : {"", "0", "0.000", "-5", "5%", "0.0005", ".5", "5.", "1e2", "nan",
                           "1000000.1", "1000001", "99999999999999999999"}) {
    INFO(text);
    CHECK_FALSE(parse_percent_setting(text));
  }
}

TEST_CASE("mail addresses have one at sign and nothing that splits a header", "[config]") {
  CHECK(is_mail_address_setting("finance@example.com"));
  CHECK(is_mail_address_setting("a.b+c@mail.example.com"));
  CHECK(is_mail_address_setting("büro@example.com"));
  const std::string too_long = std::string(250, 'a') + "@b.ch";
  for (const std::string& text :
       {std::string(""), std::string("a"), std::string("@b"), std::string("a@"),
        std::string("a@b@c"), std::string("a b@c"), std::string("a@b\r\nBcc: x"),
        std::string("a@b\tc"), std::string("A <a@b>"), std::string("a@b,c"), std::string("a@b;c"),
        too_long}) {
    INFO(text);
    CHECK_FALSE(is_mail_address_setting(text));
  }
}

TEST_CASE("a mistyped name finds the nearest, a foreign one none", "[config]") {
  const Names names{"recipients", "time_zone", "period", "name"};
  CHECK(find_nearest_name("recipient", names) == "recipients");
  CHECK(find_nearest_name("reciepients", names) == "recipients");
  CHECK(find_nearest_name("timezone", names) == "time_zone");
  CHECK(find_nearest_name("period_of_report", names) == "period");
  CHECK(find_nearest_name("nmae", names) == "name");
  CHECK_FALSE(find_nearest_name("colour", names));
  CHECK_FALSE(find_nearest_name("", names));
  CHECK_FALSE(find_nearest_name(std::string(100'000, 'a'), names));
}

TEST_CASE("what was written is shown short and without control characters", "[config]") {
  CHECK(show_setting("a\x1b[31m\nb") == "a?[31m?b");
  CHECK(show_setting(std::string(60, 'x')) == std::string(60, 'x'));
  CHECK(show_setting(std::string(61, 'x')) == std::string(60, 'x') + "…");
}

}  // namespace costd
