#include "ledger/time/calendar.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

namespace costd {
namespace {

Day day(const std::string& text) {
  return parse_day(text).value();
}
Month month(const std::string& text) {
  return parse_month(text).value();
}
DayRange range(const std::string& from, const std::string& to) {
  return {day(from), day(to)};
}

}  // namespace

TEST_CASE("a date is read strictly", "[calendar]") {
  // date -u -d 2026-10-31 +%s is 1793404800, which is 20757 days.
  CHECK(to_day_number(day("2026-10-31")) == 20'757);
  CHECK(to_day_number(day("1970-01-01")) == 0);
  CHECK(to_day_number(day("1969-12-31")) == -1);
  CHECK(from_day_number(20'757) == day("2026-10-31"));
  CHECK(parse_day("2024-02-29"));
  CHECK(parse_day("2000-02-29"));
  for (const char* text : {"",           "2026-10",     "2026-10-32",  "2026-10-00",
                           "2026-13-01", "2026-00-10",  "2026-02-29",  "1900-02-29",
                           "2026-04-31", "2026-1-01",   "2026-10-1",   "26-10-01",
                           "2026/10/01", "2026-10-01 ", " 2026-10-01", "2026-10-01T00:00:00Z",
                           "20261001",   "-026-10-01",  "+026-10-01",  "2026-+1-01",
                           "2026-10-0x", "today"}) {
    INFO("\"" << text << "\"");
    CHECK_FALSE(parse_day(text));
  }
}

TEST_CASE("a month is read strictly", "[calendar]") {
  CHECK(to_month_number(month("2026-10")) == 202'610);
  CHECK(to_month_number(month("2026-01")) == 202'601);
  CHECK(from_month_number(202'612) == month("2026-12"));
  for (const char* text : {"", "2026", "2026-0", "2026-00", "2026-13", "2026-1", "2026-10-01",
                           "26-10", "2026/10", " 2026-10", "2026-10 ", "202610", "2026-+1"}) {
    INFO("\"" << text << "\"");
    CHECK_FALSE(parse_month(text));
  }
}

TEST_CASE("every date from 1970 to 2100 survives its text and its number", "[calendar]") {
  for (Day date = day("1970-01-01"); date < day("2100-03-02"); date += std::chrono::days(1)) {
    REQUIRE(parse_day(format_day(date)) == date);
    REQUIRE(from_day_number(to_day_number(date)) == date);
    REQUIRE(days_of(month_of(date)).contains(date));
  }
}

TEST_CASE("every month follows the one before it without a gap", "[calendar]") {
  Month current = month("1970-01");
  while (current < month("2100-04")) {
    const Month next = next_month(current);
    REQUIRE(days_of(current).to == days_of(next).from);
    REQUIRE(previous_month(next) == current);
    REQUIRE(whole_month(days_of(current)) == current);
    REQUIRE(parse_month(format_month(current)) == current);
    REQUIRE(from_month_number(to_month_number(current)) == current);
    REQUIRE(days_of(current).days() >= 28);
    REQUIRE(days_of(current).days() <= 31);
    current = next;
  }
}

TEST_CASE("a month has its own number of days", "[calendar]") {
  const std::vector<std::pair<const char*, int>> rows{
      {"2026-01", 31}, {"2026-02", 28}, {"2024-02", 29}, {"2100-02", 28},
      {"2000-02", 29}, {"2026-04", 30}, {"2026-11", 30}, {"2026-12", 31},
  };
  for (const auto& [text, days] : rows) CHECK(days_of(month(text)).days() == days);
  CHECK(days_of(month("2026-10")) == range("2026-10-01", "2026-11-01"));
  CHECK(next_month(month("2026-12")) == month("2027-01"));
  CHECK(previous_month(month("2026-01")) == month("2025-12"));
}

TEST_CASE("a range has its first day and not its last bound", "[calendar]") {
  const DayRange october = range("2026-10-01", "2026-11-01");
  CHECK(october.contains(day("2026-10-01")));
  CHECK(october.contains(day("2026-10-31")));
  CHECK_FALSE(october.contains(day("2026-11-01")));
  CHECK_FALSE(october.contains(day("2026-09-30")));
  CHECK(october.days() == 31);
  CHECK(range("2026-10-01", "2026-10-01").days() == 0);
}

TEST_CASE("only exactly one calendar month is a whole month", "[calendar]") {
  CHECK(whole_month(range("2026-10-01", "2026-11-01")) == month("2026-10"));
  CHECK(whole_month(range("2026-12-01", "2027-01-01")) == month("2026-12"));
  CHECK_FALSE(whole_month(range("2026-10-01", "2026-10-31")));  // the forgotten last day
  CHECK_FALSE(whole_month(range("2026-10-02", "2026-11-01")));
  CHECK_FALSE(whole_month(range("2026-10-01", "2026-12-01")));
  CHECK_FALSE(whole_month(range("2026-10-01", "2027-11-01")));
  CHECK_FALSE(whole_month(range("2026-10-01", "2026-10-01")));
  CHECK_FALSE(whole_month(range("2026-10-15", "2026-11-15")));
}

TEST_CASE("an ISO week begins on Monday", "[calendar]") {
  // 2026-10-05 is a Monday.
  for (const char* text : {"2026-10-05", "2026-10-06", "2026-10-07", "2026-10-08", "2026-10-09",
                           "2026-10-10", "2026-10-11"}) {
    INFO(text);
    CHECK(format_day(start_of_week(day(text))) == "2026-10-05");
  }
  CHECK(format_day(start_of_week(day("2026-10-12"))) == "2026-10-12");
  CHECK(format_day(start_of_week(day("2027-01-03"))) == "2026-12-28");  // over the year's end
  CHECK(format_day(start_of_week(day("1970-01-01"))) == "1969-12-29");  // a Thursday
}

TEST_CASE("each day of a range comes once, in order", "[calendar]") {
  const auto days = each_day(range("2026-02-27", "2026-03-02"));
  REQUIRE(days.size() == 3);
  CHECK(format_day(days[0]) == "2026-02-27");
  CHECK(format_day(days[1]) == "2026-02-28");
  CHECK(format_day(days[2]) == "2026-03-01");
  CHECK(each_day(range("2026-02-27", "2026-02-27")).empty());
  CHECK(each_day(days_of(month("2024-02"))).size() == 29);
}

TEST_CASE("people read a range with its last day", "[calendar]") {
  struct Row {
    const char* from;
    const char* to;
    const char* text;
  };
  const std::vector<Row> rows{
      {"2026-10-01", "2026-11-01", "1–31 Oct 2026"},
      {"2026-02-01", "2026-03-01", "1–28 Feb 2026"},
      {"2026-10-01", "2026-11-16", "1 Oct – 15 Nov 2026"},
      {"2025-12-20", "2026-01-04", "20 Dec 2025 – 3 Jan 2026"},
      {"2026-12-01", "2027-01-01", "1–31 Dec 2026"},  // not "– 1 Jan 2027"
      {"2025-10-01", "2026-10-01", "1 Oct 2025 – 30 Sep 2026"},
      {"2026-01-01", "2027-01-01", "1 Jan – 31 Dec 2026"},
  };
  for (const Row& row : rows) CHECK(describe(range(row.from, row.to)) == row.text);
}

TEST_CASE("a range of one day is not written as from and to", "[calendar]") {
  CHECK(describe(range("2026-10-05", "2026-10-06")) == "5 Oct 2026");
}

TEST_CASE("people read months and days by name", "[calendar]") {
  const std::vector<std::pair<const char*, const char*>> months{
      {"2026-01", "January 2026"}, {"2026-02", "February 2026"}, {"2026-03", "March 2026"},
      {"2026-04", "April 2026"},   {"2026-05", "May 2026"},      {"2026-06", "June 2026"},
      {"2026-07", "July 2026"},    {"2026-08", "August 2026"},   {"2026-09", "September 2026"},
      {"2026-10", "October 2026"}, {"2026-11", "November 2026"}, {"2026-12", "December 2026"},
  };
  for (const auto& [text, name] : months) CHECK(name_of(month(text)) == name);
  const std::vector<std::pair<const char*, const char*>> days{
      {"2026-10-05", "Mon 5 Oct"},  {"2026-10-06", "Tue 6 Oct"},  {"2026-10-07", "Wed 7 Oct"},
      {"2026-10-08", "Thu 8 Oct"},  {"2026-10-09", "Fri 9 Oct"},  {"2026-10-10", "Sat 10 Oct"},
      {"2026-10-11", "Sun 11 Oct"}, {"2026-12-31", "Thu 31 Dec"},
  };
  for (const auto& [text, name] : days) CHECK(describe(day(text)) == name);
}

}  // namespace costd
