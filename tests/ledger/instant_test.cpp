#include "ledger/time/instant.hpp"

#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace costd {
namespace {

std::string read_back(const std::string& text, MissingZone zone = MissingZone::refused) {
  const auto instant = parse_instant(text, zone);
  return instant ? format_instant(*instant) : "refused";
}

}  // namespace

TEST_CASE("an instant is read in every spelling of RFC 3339", "[time]") {
  const std::vector<std::pair<const char*, const char*>> rows{
      {"1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"},
      {"2026-11-01T05:00:00Z", "2026-11-01T05:00:00Z"},
      {"2026-11-01t05:00:00z", "2026-11-01T05:00:00Z"},
      {"2026-11-01 05:00:00Z", "2026-11-01T05:00:00Z"},
      {"2026-11-01T05:00Z", "2026-11-01T05:00:00Z"},  // to the minute, as people write it
      {"2026-11-01T05:00+01:00", "2026-11-01T04:00:00Z"},
      {"2026-11-01T05:00:00+00:00", "2026-11-01T05:00:00Z"},
      {"2026-11-01T05:00:00-00:00", "2026-11-01T05:00:00Z"},
      // An offset east of Greenwich is subtracted.
      {"2026-11-01T00:30:00+01:00", "2026-10-31T23:30:00Z"},
      {"2026-10-31T23:30:00-08:00", "2026-11-01T07:30:00Z"},
      {"2026-03-01T01:00:00+05:45", "2026-02-28T19:15:00Z"},
      {"2026-01-01T09:29:59+09:30", "2025-12-31T23:59:59Z"},
      {"2026-01-01T00:00:00+14:00", "2025-12-31T10:00:00Z"},
      {"2026-12-31T23:59:59-12:00", "2027-01-01T11:59:59Z"},
      // Decimals: none, three or six are kept as they are.
      {"2026-11-01T05:00:00.5Z", "2026-11-01T05:00:00.500Z"},
      {"2026-11-01T05:00:00.123Z", "2026-11-01T05:00:00.123Z"},
      {"2026-11-01T05:00:00.1234Z", "2026-11-01T05:00:00.123400Z"},
      {"2026-11-01T05:00:00.123456Z", "2026-11-01T05:00:00.123456Z"},
      {"2026-11-01T05:00:00.000001Z", "2026-11-01T05:00:00.000001Z"},
      {"2026-11-01T05:00:00.000000Z", "2026-11-01T05:00:00Z"},
      // Seven and more are cut, not rounded.
      {"2026-11-01T05:00:00.1234569Z", "2026-11-01T05:00:00.123456Z"},
      {"2026-11-01T05:00:00.9999999Z", "2026-11-01T05:00:00.999999Z"},
      {"2026-11-01T05:00:00.123456789012345+02:00", "2026-11-01T03:00:00.123456Z"},
      // Leap days.
      {"2024-02-29T12:00:00Z", "2024-02-29T12:00:00Z"},
      {"2000-02-29T23:59:59.999Z", "2000-02-29T23:59:59.999Z"},
      {"2024-02-29T23:00:00-02:00", "2024-03-01T01:00:00Z"},
      {"1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"},
  };
  for (const auto& [text, expected] : rows) {
    INFO(text);
    CHECK(read_back(text) == expected);
  }
}

TEST_CASE("known instants have the number that date(1) gives", "[time]") {
  // date -u -d 2026-11-01T05:00:00Z +%s
  CHECK(to_micros(parse_instant("2026-11-01T05:00:00Z").value()) == 1'793'509'200'000'000);
  CHECK(to_micros(parse_instant("1970-01-01T00:00:00.000001Z").value()) == 1);
  CHECK(to_micros(parse_instant("1969-12-31T23:59:59.999999Z").value()) == -1);
  CHECK(format_instant(from_micros(0)) == "1970-01-01T00:00:00Z");
}

TEST_CASE("what is no real instant is refused", "[time]") {
  for (const char* text : {"",
                           "2026-11-01",
                           "2026-11-01T05:00:00",  // no zone
                           "2026-11-01T05Z",
                           "2026-11-01T05:00:00 Z",
                           "2026-11-01  05:00:00Z",
                           "2026-11-01_05:00:00Z",
                           " 2026-11-01T05:00:00Z",
                           "2026-11-01T05:00:00Z ",
                           "2026-11-01T05:00:00Zjunk",
                           "2026-11-01T05:00:00.Z",
                           "2026-11-01T05:00:00,5Z",
                           "2026-11-01T05:00:00.5",
                           "2026-11-01T05:00:00.12x4Z",
                           "2026-11-01T24:00:00Z",
                           "2026-11-01T05:60:00Z",
                           "2026-11-01T05:00:61Z",
                           "2026-11-01T5:00:00Z",
                           "2026-11-1T05:00:00Z",
                           "26-11-01T05:00:00Z",
                           "2026-00-01T05:00:00Z",
                           "2026-13-01T05:00:00Z",
                           "2026-11-00T05:00:00Z",
                           "2026-11-31T05:00:00Z",
                           "2026-02-29T05:00:00Z",  // no leap year
                           "1900-02-29T05:00:00Z",  // a century
                           "2026-11-01T05:00:00+1:00",
                           "2026-11-01T05:00:00+01",
                           "2026-11-01T05:00:00+01:60",
                           "2026-11-01T05:00:00+24:00",
                           "2026-11-01T05:00:00+01:00Z",
                           "2026-11-01T05:00:00 UTC",
                           "2026-11-01T05:00:00[Europe/Zurich]",
                           "2026/11/01T05:00:00Z",
                           "-026-11-01T05:00:00Z",
                           "+2026-11-01T05:00:00Z",
                           "2026-11-01T-5:00:00Z",
                           "2026-11-01T05:+5:00Z",
                           "20261101T050000Z",
                           "1793509200",
                           "null"}) {
    INFO("\"" << text << "\"");
    CHECK_FALSE(parse_instant(text));
  }
}

TEST_CASE("a text without a zone is UTC only where the caller says so", "[time]") {
  CHECK(read_back("2026-11-01T05:00:00", MissingZone::utc) == "2026-11-01T05:00:00Z");
  CHECK(read_back("2023-11-16 18:17:03.9799600", MissingZone::utc) ==
        "2023-11-16T18:17:03.979960Z");
  CHECK(read_back("2026-11-01T05:00:00+02:00", MissingZone::utc) == "2026-11-01T03:00:00Z");
  CHECK(read_back("2026-11-01T05:00:00X", MissingZone::utc) == "refused");
  CHECK(read_back("2026-11-01T05:00:00.", MissingZone::utc) == "refused");
  CHECK(read_back("2026-02-29T05:00:00", MissingZone::utc) == "refused");
}

TEST_CASE("every microsecond from 1900 to 2200 survives its text", "[time]") {
  std::mt19937_64 random(42);
  // 1900-01-01 and 2200-01-01 in seconds of the Unix epoch.
  std::uniform_int_distribution<std::int64_t> micros(-2'208'988'800'000'000, 7'258'118'400'000'000);
  for (int n = 0; n < 5000; ++n) {
    const std::int64_t step = n % 3 == 0 ? 1 : n % 3 == 1 ? 1'000 : 1'000'000;
    const Instant instant = from_micros(micros(random) / step * step);
    const std::string text = format_instant(instant);
    INFO(text);
    CHECK(parse_instant(text) == instant);
    CHECK(text.size() <= std::string("2026-11-01T05:00:00.123456Z").size());
  }
}

TEST_CASE("texts of instants sort as the instants do", "[time]") {
  std::mt19937_64 random(43);
  for (int n = 0; n < 1000; ++n) {
    // Whole seconds: there the texts have one length.
    const auto a = from_micros(static_cast<std::int64_t>(random() % 4'000'000'000) * 1'000'000);
    const auto b = from_micros(static_cast<std::int64_t>(random() % 4'000'000'000) * 1'000'000);
    CHECK((format_instant(a) < format_instant(b)) == (a < b));
  }
}

TEST_CASE("people read an instant to the minute, with its zone", "[time]") {
  CHECK(format_instant_for_people(parse_instant("2026-11-01T05:00:00Z").value()) ==
        "2026-11-01 05:00 UTC");
  CHECK(format_instant_for_people(parse_instant("2026-11-01T05:09:59.999999Z").value()) ==
        "2026-11-01 05:09 UTC");
  CHECK(format_instant_for_people(parse_instant("1969-12-31T23:59:59Z").value()) ==
        "1969-12-31 23:59 UTC");
}

}  // namespace costd
