#include "ledger/ulid.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>
#include <string>
#include <vector>

namespace costd {
namespace {

Instant milliseconds(std::int64_t count) {
  return from_micros(count * 1000);
}

}  // namespace

TEST_CASE("an id begins with its time in base 32", "[ulid]") {
  // The example of the ULID specification: 1469918176385 ms is 01ARYZ6S41.
  CHECK(make_ulid(milliseconds(1'469'918'176'385)).substr(0, 10) == "01ARYZ6S41");
  CHECK(make_ulid(milliseconds(0)).substr(0, 10) == "0000000000");
  CHECK(make_ulid(milliseconds(31)).substr(0, 10) == "000000000Z");
  CHECK(make_ulid(milliseconds(32)).substr(0, 10) == "0000000010");
  CHECK(make_ulid(milliseconds((std::int64_t{1} << 48) - 1)).substr(0, 10) == "7ZZZZZZZZZ");
  // Microseconds are cut: they do not spill into the next millisecond.
  CHECK(make_ulid(from_micros(31'999)).substr(0, 10) == "000000000Z");
}

TEST_CASE("ids of later milliseconds sort later", "[ulid]") {
  std::vector<std::string> ids;
  for (std::int64_t ms = 1'793'509'200'000; ms < 1'793'509'201'000; ++ms) {
    ids.push_back(make_ulid(milliseconds(ms)));
  }
  CHECK(std::ranges::is_sorted(ids));
}

TEST_CASE("ids of one millisecond differ, in every character of their random part", "[ulid]") {
  std::set<std::string> ids;
  std::vector<std::set<char>> letters(26);
  for (int n = 0; n < 5'000; ++n) {
    const std::string id = make_ulid(milliseconds(1'793'509'200'000));
    REQUIRE(id.size() == 26);
    REQUIRE(is_ulid(id));
    ids.insert(id);
    for (std::size_t at = 0; at < id.size(); ++at) letters[at].insert(id[at]);
  }
  CHECK(ids.size() == 5'000);
  for (std::size_t at = 0; at < 10; ++at) CHECK(letters[at].size() == 1);
  // 5,000 draws miss one of 32 letters with a chance of 32 * (31/32)^5000, less than 10^-67.
  for (std::size_t at = 10; at < 26; ++at) CHECK(letters[at].size() == 32);
}

TEST_CASE("an id is 26 characters without the letters I, L, O and U", "[ulid]") {
  CHECK(is_ulid("01ARYZ6S410123456789ABCDEF"));
  CHECK(is_ulid("7ZZZZZZZZZZZZZZZZZZZZZZZZZ"));
  for (const std::string text :
       {"", "01ARYZ6S410123456789ABCDE", "01ARYZ6S410123456789ABCDEFG",
        "01ARYZ6S41I123456789ABCDEF", "01ARYZ6S41L123456789ABCDEF", "01ARYZ6S41O123456789ABCDEF",
        "01ARYZ6S41U123456789ABCDEF", "01ARYZ6S41-123456789ABCDEF", "01ARYZ6S41 123456789ABCDEF",
        "../../../../../etc/passwd0", "01ARYZ6S41é23456789ABCDEF"}) {
    INFO("\"" << text << "\"");
    CHECK_FALSE(is_ulid(text));
  }
}

}  // namespace costd
