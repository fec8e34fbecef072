#include "daemon/cron.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "ledger/error.hpp"
#include "tests/daemon/cron_slots.hpp"

namespace costd {
namespace {

/// The dates (in UTC) of the next slots at midnight.
std::vector<std::string> dates(const std::string& day_fields, const std::string& after,
                               std::size_t count) {
  auto found = slots("0 0 " + day_fields, "UTC", after + "T12:00:00Z", count);
  for (auto& slot : found) slot.resize(10);
  return found;
}

std::string refusal(const std::string& text, CronSeconds seconds = CronSeconds::absent) {
  try {
    CronExpression::parse(text, seconds);
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::config);
    return error.what();
  }
  return "";
}

struct DateCase {
  std::string day_fields;
  std::string after;
  Texts expected;
};

/// Day-of-month, month and day-of-week, with the first dates after a day. Calendars: 1 January 2025
/// was a Wednesday, 1 February 2025 a Saturday, 15 June 2025 a Sunday.
const std::vector<DateCase> date_cases{
    {"15W * *", "2025-06-01", {"2025-06-16"}},                // the 15th is a Sunday
    {"15W * *", "2025-02-28", {"2025-03-14"}},                // the 15th is a Saturday
    {"15W * *", "2025-01-01", {"2025-01-15"}},                // the 15th is a Wednesday
    {"1W * *", "2025-01-31", {"2025-02-03"}},                 // Saturday the 1st, not January
    {"31W * *", "2025-08-01", {"2025-08-29", "2025-10-31"}},  // Sunday the 31st; September has none
    {"31w * *", "2026-01-01", {"2026-01-30"}},                // Saturday the 31st
    {"LW * *", "2025-05-01", {"2025-05-30", "2025-06-30"}},   // 31 May is a Saturday
    {"LW * *", "2025-08-01", {"2025-08-29"}},                 // 31 August is a Sunday
    {"L * *", "2024-02-01", {"2024-02-29", "2024-03-31", "2024-04-30"}},
    {"L-1 2 *", "2025-01-01", {"2025-02-27", "2026-02-27", "2027-02-27", "2028-02-28"}},
    {"L-30 * *", "2025-01-31", {"2025-03-01", "2025-05-01"}},  // only months of 31 days
    {"1,L * *", "2025-01-15", {"2025-01-31", "2025-02-01", "2025-02-28"}},
    {"1W,15W * *", "2025-02-01", {"2025-02-03", "2025-02-14"}},
    {"* * FRI#L", "2025-02-01", {"2025-02-28", "2025-03-28"}},
    {"* * 5L", "2025-02-01", {"2025-02-28", "2025-03-28"}},
    {"* * fri#l", "2025-02-01", {"2025-02-28"}},
    {"* * TUE#3", "2025-06-01", {"2025-06-17", "2025-07-15"}},
    {"* * 2#3", "2025-06-01", {"2025-06-17"}},
    {"* * SUN#5", "2025-06-01", {"2025-06-29", "2025-08-31"}},  // July 2025 has four Sundays
    {"* * 7#1", "2025-06-02", {"2025-07-06"}},
    {"* * 0L,MON#1", "2025-06-02", {"2025-06-29", "2025-07-07"}},
    {"? * MON", "2025-06-01", {"2025-06-02", "2025-06-09"}},
    {"13 * ?", "2025-06-01", {"2025-06-13", "2025-07-13"}},
    {"* * 0", "2025-06-01", {"2025-06-08"}},
    {"* * 7", "2025-06-01", {"2025-06-08"}},
    {"* * 5-7", "2025-06-01", {"2025-06-06", "2025-06-07", "2025-06-08", "2025-06-13"}},
    {"* * Mon-wed", "2025-06-04", {"2025-06-09", "2025-06-10", "2025-06-11", "2025-06-16"}},
    {"1 jan,Jul *", "2025-06-01", {"2025-07-01", "2026-01-01"}},
    {"1 */5 *", "2025-01-15", {"2025-06-01", "2025-11-01", "2026-01-01"}},
    {"31 * *", "2025-03-15", {"2025-03-31", "2025-05-31", "2025-07-31"}},
    {"10-20/5 * *", "2025-01-01", {"2025-01-10", "2025-01-15", "2025-01-20", "2025-02-10"}},
    // Both day fields restricted: either one is enough. 13 June 2025 is a Friday.
    {"1 * MON", "2025-09-28", {"2025-09-29", "2025-10-01", "2025-10-06"}},
    {"13 * FRI", "2025-06-01", {"2025-06-06", "2025-06-13", "2025-06-20"}},
    {"1-31 * MON", "2025-10-05", {"2025-10-06", "2025-10-07"}},
    // A plus, or a star in front, and both are needed.
    {"13 * +FRI", "2025-06-01", {"2025-06-13", "2026-02-13", "2026-03-13", "2026-11-13"}},
    {"1 * +MON", "2025-08-31", {"2025-09-01", "2025-12-01"}},
    {"*/2 * MON", "2025-06-01", {"2025-06-09", "2025-06-23", "2025-07-07"}},
    {"1 * */2", "2025-06-30", {"2025-07-01", "2025-11-01", "2026-01-01"}},  // Tue, Sat, Thu
    {"29 2 *", "2025-01-01", {"2028-02-29", "2032-02-29"}},
    {"29 2 +MON", "2025-01-01", {"2044-02-29", "2072-02-29"}},
    {"29 2 +THU", "2080-03-01", {"2120-02-29"}},  // 2100 has no 29 February
};

}  // namespace

TEST_CASE("day fields pick the dates they name", "[cron]") {
  for (const auto& one : date_cases) {
    INFO(one.day_fields << " after " << one.after);
    CHECK(dates(one.day_fields, one.after, one.expected.size()) == one.expected);
  }
}

TEST_CASE("the next slot is strictly after the instant, to the second", "[cron]") {
  CHECK(slots("0 6 * * *", "UTC", "2026-01-01T06:00:00Z", 1) == Texts{"2026-01-02T06:00:00Z"});
  CHECK(slots("0 6 * * *", "UTC", "2026-01-01T05:59:59.999999Z", 1) ==
        Texts{"2026-01-01T06:00:00Z"});
  // A moved slot too: the gap ends at 01:00Z.
  CHECK(slots("30 2 * * *", "Europe/Berlin", "2026-03-29T00:59:59.5Z", 1) ==
        Texts{"2026-03-29T01:00:00Z"});
  CHECK(slots("30 2 * * *", "Europe/Berlin", "2026-03-29T01:00:00Z", 1) ==
        Texts{"2026-03-30T00:30:00Z"});
}

TEST_CASE("an expression that never matches has no next slot", "[cron]") {
  for (const auto* const text : {"0 0 30 2 *", "0 0 31 2,4,6,9,11 *", "0 0 31W 2 *", "0 0 L-30 2 *",
                                 "0 0 1-7 * +MON#5", "0 0 31 4 +FRI"}) {
    INFO(text);
    CHECK(slots(text, "Europe/Zurich", "2026-01-01T00:00:00Z", 1).empty());
  }
}

TEST_CASE("nicknames mean their five fields", "[cron]") {
  const std::vector<std::pair<std::string, std::string>> nicknames{
      {"@yearly", "0 0 1 1 *"}, {"@annually", "0 0 1 1 *"}, {"@monthly", "0 0 1 * *"},
      {"@weekly", "0 0 * * 0"}, {"@daily", "0 0 * * *"},    {"@midnight", "0 0 * * *"},
      {"@hourly", "0 * * * *"}, {"  @daily ", "0 0 * * *"}};
  for (const auto& [nickname, fields] : nicknames) {
    INFO(nickname);
    CHECK(slots(nickname, "Europe/Zurich", "2026-03-20T10:00:00Z", 12) ==
          slots(fields, "Europe/Zurich", "2026-03-20T10:00:00Z", 12));
  }
}

TEST_CASE("six fields begin with the second", "[cron]") {
  const auto cron = CronExpression::parse("*/20 30 2 * * *", CronSeconds::leading_field);
  const auto zone = Zone::utc();
  CHECK(format_instant(*cron.next_after(at("2026-01-01T00:00:00Z"), zone)) ==
        "2026-01-01T02:30:00Z");
  CHECK(format_instant(*cron.next_after(at("2026-01-01T02:30:20Z"), zone)) ==
        "2026-01-01T02:30:40Z");
  CHECK(format_instant(*cron.next_after(at("2026-01-01T02:30:40Z"), zone)) ==
        "2026-01-02T02:30:00Z");
  CHECK(refusal("0 30 2 * * *").find("seconds: true") != std::string::npos);
  CHECK(refusal("30 2 * * *", CronSeconds::leading_field).find("seconds: true") !=
        std::string::npos);
}

TEST_CASE("a star in front of the minute or the hour makes an interval", "[cron]") {
  const auto fixed = [](const char* text) { return is_fixed_time(CronExpression::parse(text)); };
  CHECK(fixed("0 0-23 * * *"));
  CHECK(fixed("0-59 2 * * *"));
  CHECK(fixed("@daily"));
  CHECK_FALSE(fixed("*/10 2 * * *"));
  CHECK_FALSE(fixed("0 */2 * * *"));
  CHECK_FALSE(fixed("@hourly"));
  CHECK_FALSE(fixed("* * * * *"));
}

TEST_CASE("what is no cron expression is refused, naming the field", "[cron]") {
  const std::vector<std::pair<std::string, std::string>> refusals{
      {"", "0 fields"},
      {"* * * *", "4 fields"},
      {"0 0 0 1 1 * 2026", "7 fields"},
      {"60 0 * * *", "minute \"60\""},
      {"256 0 * * *", "minute"},
      {"99999999999 0 * * *", "minute"},
      {"0 24 * * *", "hour \"24\""},
      {"0 0 0 * *", "day-of-month \"0\""},
      {"0 0 32 * *", "day-of-month \"32\""},
      {"0 0 * 13 *", "month \"13\""},
      {"0 0 * 0 *", "month \"0\""},
      {"0 0 * * 8", "day-of-week \"8\""},
      {"0 0 10-5 * *", "runs backwards"},
      {"0 22-2 * * *", "runs backwards"},
      {"0 0 * * FRI-SUN", "runs backwards"},
      {"0 0 1-15W * *", "15W"},
      {"0 0 32W * *", "no day 32"},
      {"0 0 0W * *", "no day 0"},
      {"0 0 W * *", "15W"},
      {"0 0 15W/2 * *", "day-of-month"},
      {"0 0 L-31 * *", "L-3"},
      {"0 0 L- * *", "L-3"},
      {"0 0 L/2 * *", "day-of-month"},
      {"0 0 * * L", "FRI#L"},
      {"0 0 * * FRI#0", "1 to 5"},
      {"0 0 * * FRI#6", "1 to 5"},
      {"0 0 * * FRI#", "1 to 5"},
      {"0 0 * * #3", "day-of-week"},
      {"0 0 * * MON-FRI#2", "day-of-week"},
      {"0 0 * * 8L", "outside 0-7"},
      {"0 0 +1 * *", "day-of-month"},
      {"0 0 * * MON,+FRI", "day-of-week"},
      {"0 0 * * +", "day-of-week"},
      {"? 0 * * *", "minute \"?\""},
      {"0 ? * * *", "hour"},
      {"0 0 * ? *", "month"},
      {"0 0 ?,1 * *", "day-of-month"},
      {"*/0 * * * *", "step"},
      {"*/ * * * *", "step"},
      {"*/-5 * * * *", "step"},
      {"/30 * * * *", "minute"},
      {"5/15 * * * *", "5-59/15"},
      {"1,,2 * * * *", "minute"},
      {",1 * * * *", "minute"},
      {"1- * * * *", "minute"},
      {"-1 * * * *", "minute"},
      {"1-2-3 * * * *", "minute"},
      {"*5 * * * *", "minute"},
      {"**/5 * * * *", "minute"},
      {"0 0 * JANUARY *", "month"},
      {"0 0 * MON *", "month"},
      {"0 0 * * JAN", "day-of-week"},
      {"L 0 * * *", "minute"},
      {"0 0\n* * *", "fields"},
      {"@reboot", "catch_up"},
      {"@month_end", "previous_month"},
      {"@Daily", "lower case"},
      {"@daily 0 0 * * *", "alone"},
      {"@", "nickname"},
  };
  for (const auto& [text, reason] : refusals) {
    INFO(text);
    const auto message = refusal(text);
    CHECK(message.find("cron expression \"" + text + "\"") == 0);
    CHECK(message.find(reason) != std::string::npos);
  }
}

}  // namespace costd
