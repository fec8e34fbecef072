// What people are told about a schedule: slots with notes, odd expressions, meanings.

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "daemon/cron_words.hpp"
#include "daemon/schedule_check.hpp"
#include "daemon/schedule_explanation.hpp"
#include "tests/daemon/cron_slots.hpp"
#include "tests/daemon/schedule_builders.hpp"

namespace costd {
namespace {

using test::a_schedule;

/// "SLOT LOCAL NOTE", one for each.
Texts texts(const std::vector<ListedSlot>& slots) {
  Texts lines;
  for (const auto& listed : slots) {
    lines.push_back(format_instant(listed.slot) + " " + format_local_minute(listed.local) + " " +
                    listed.note);
  }
  return lines;
}

Texts listed_after(const Schedule& schedule, const std::string& instant, std::size_t count) {
  return texts(list_slots_after(schedule, at(instant), count));
}

std::string meaning_of(const ScheduleExplanation& explanation, const std::string& field) {
  const auto found = std::ranges::find(explanation.fields, field, &FieldMeaning::field);
  return found == explanation.fields.end() ? "none" : found->meaning;
}

Texts effects(const Schedule& schedule, const std::string& instant) {
  Texts lines;
  for (const auto& change : explain_schedule(schedule, at(instant)).clock_changes) {
    lines.push_back(format_instant(change.at) + " " + format_local_minute(change.before) + " " +
                    format_local_minute(change.after) + ": " + change.effect);
  }
  return lines;
}

}  // namespace

// Switzerland: UTC+1, in summer +2; in 2026 from 29 March 01:00Z to 25 October 01:00Z.
TEST_CASE("a listed slot shows UTC, the zone's clock and what a change did to it", "[slots]") {
  CHECK(listed_after(a_schedule("30 2 * * *", "Europe/Zurich"), "2026-03-28T12:00:00Z", 2) ==
        Texts{"2026-03-29T01:00:00Z 2026-03-29T03:00 the clock was set forward from 02:00 to "
              "03:00; moved to the end of the gap",
              "2026-03-30T00:30:00Z 2026-03-30T02:30 "});
  CHECK(listed_after(a_schedule("30 2 * * *", "Europe/Zurich"), "2026-10-24T12:00:00Z", 1) ==
        Texts{"2026-10-25T00:30:00Z 2026-10-25T02:30 this local time comes twice on that day; it "
              "runs at the first"});
  CHECK(listed_after(a_schedule("30 * * * *", "Europe/Zurich"), "2026-10-25T00:00:00Z", 3) ==
        Texts{"2026-10-25T00:30:00Z 2026-10-25T02:30 this local time comes twice on that day; the "
              "first",
              "2026-10-25T01:30:00Z 2026-10-25T02:30 this local time comes twice on that day; the "
              "second",
              "2026-10-25T02:30:00Z 2026-10-25T03:30 "});
}

TEST_CASE("a slot at a gap's end is told from one that was moved there", "[slots]") {
  const std::string before = "2026-03-28T12:00:00Z";
  CHECK(listed_after(a_schedule("0 3 * * *", "Europe/Zurich"), before, 1) ==
        Texts{"2026-03-29T01:00:00Z 2026-03-29T03:00 "});
  CHECK(listed_after(a_schedule("*/30 3 * * *", "Europe/Zurich"), before, 1) ==
        Texts{"2026-03-29T01:00:00Z 2026-03-29T03:00 "});
  CHECK(listed_after(a_schedule("0 2,3 * * *", "Europe/Zurich"), "2026-03-28T12:00:00Z", 1) ==
        Texts{"2026-03-29T01:00:00Z 2026-03-29T03:00 the clock was set forward from 02:00 to "
              "03:00; one run with that of 02:00"});
  CHECK(listed_after(a_schedule("0 2,3 * * *", "Europe/Zurich", DstGap::skip), before, 1) ==
        Texts{"2026-03-29T01:00:00Z 2026-03-29T03:00 "});
}

TEST_CASE("slots before an instant are those of the way forward, newest first", "[slots]") {
  for (const auto* const cron : {"30 2 * * *", "*/20 * * * *", "30 1-3 * * *", "@hourly"}) {
    for (const DstGap gap : {DstGap::run, DstGap::skip}) {
      for (const auto* const day : {"2026-03-29", "2026-10-25"}) {
        INFO(cron << " " << day);
        const auto schedule = a_schedule(cron, "Europe/Zurich", gap);
        const auto midnight = std::string(day) + "T00:00:00Z";
        auto forwards = listed_after(schedule, midnight, 10);
        const auto last = list_slots_after(schedule, at(midnight), 10).back().slot;
        const auto backwards =
            texts(list_slots_before(schedule, last + std::chrono::seconds(1), 10));
        std::ranges::reverse(forwards);
        CHECK(backwards == forwards);
      }
    }
  }
}

TEST_CASE("a schedule that never fires lists no slots", "[slots]") {
  CHECK(list_slots_after(a_schedule("0 0 30 2 *"), at("2026-01-01T00:00:00Z"), 5).empty());
  CHECK(list_slots_before(a_schedule("0 0 30 2 *"), at("2026-01-01T00:00:00Z"), 5).empty());
}

TEST_CASE("the check warns that a schedule never fires or fires next in years", "[slots]") {
  const auto warnings = [](const char* cron, const char* now) {
    return warn_of_rare_schedules({a_schedule(cron)}, at(now));
  };
  CHECK(warnings("0 0 30 2 *", "2026-01-01T00:00:00Z") ==
        Texts{"schedule \"nightly\" never fires: no date of the next 40 years matches \"0 0 30 2 "
              "*\""});
  // 29 February is a Monday in 2044 and in 2072.
  CHECK(warnings("0 0 29 2 +MON", "2038-02-28T00:00:00Z") ==
        Texts{"schedule \"nightly\" fires next in 6 years, at 2044-02-29T00:00:00Z"});
  CHECK(warnings("0 0 29 2 *", "2026-11-01T00:00:00Z") ==
        Texts{"schedule \"nightly\" fires next in 15 months, at 2028-02-29T00:00:00Z"});
  CHECK(warnings("0 6 4 * *", "2026-01-01T00:00:00Z").empty());
  CHECK(warnings("@yearly", "2028-01-01T00:00:00Z").empty());  // 366 days, of a leap year
}

TEST_CASE("an explanation says in words what each field means", "[slots]") {
  struct Row {
    std::string cron;
    std::string field;
    std::string meaning;
  };
  const std::vector<Row> rows{
      {"30 2 * * *", "minute", "at minute 30"},
      {"30 2 * * *", "hour", "at hour 2"},
      {"30 2 * * *", "day-of-month", "every day of the month"},
      {"30 2 * * *", "month", "every month"},
      {"30 2 * * *", "day-of-week", "every day of the week"},
      {"*/15 9-17 * * *", "minute", "at minutes 0, 15, 30 and 45"},
      {"*/15 9-17 * * *", "hour", "at hours 9 to 17"},
      {"* 8,9 * * *", "minute", "every minute"},
      {"* 8,9 * * *", "hour", "at hours 8 and 9"},
      {"0 0 1,15 * *", "day-of-month", "on days 1 and 15 of the month"},
      {"0 0 31 * *", "day-of-month",
       "on day 31 of the month; a month without that day has no slot"},
      {"0 0 L * *", "day-of-month", "on the last day of the month"},
      {"0 0 L-3 * *", "day-of-month", "on 3 days before the last of the month"},
      {"0 0 LW * *", "day-of-month", "on the last weekday from Monday to Friday of the month"},
      {"0 0 15W * *", "day-of-month", "on the weekday nearest to day 15, in the same month"},
      {"0 0 1,L * *", "day-of-month", "on day 1 of the month and the last day of the month"},
      {"0 0 * JAN,6-8 *", "month", "in January and June to August"},
      {"0 0 * * MON-FRI", "day-of-week", "on Monday to Friday"},
      {"0 0 * * 7", "day-of-week", "on Sunday"},
      {"0 0 * * FRI#3", "day-of-week", "on the third Friday of the month"},
      {"0 0 * * 5L", "day-of-week", "on the last Friday of the month"},
      {"@weekly", "day-of-week", "on Sunday"},
      {"@weekly", "second", "none"},
  };
  for (const auto& row : rows) {
    INFO(row.cron << " " << row.field);
    const auto explanation = explain_schedule(a_schedule(row.cron), at("2026-01-01T00:00:00Z"));
    CHECK(meaning_of(explanation, row.field) == row.meaning);
  }
}

TEST_CASE("an explanation says how the day fields go together", "[slots]") {
  const auto rule = [](const char* cron) {
    return explain_schedule(a_schedule(cron), at("2026-01-01T00:00:00Z")).days;
  };
  CHECK(rule("0 0 13 * FRI") ==
        "a date is due when either day field matches, because neither begins with a star");
  CHECK(rule("0 0 13 * +FRI") == "a date is due when both day fields match");
  CHECK(rule("0 0 */2 * FRI") == "a date is due when both day fields match");
  CHECK(rule("0 0 13 * ?") == "the day-of-month field alone decides");
  CHECK(rule("0 0 * * FRI") == "the day-of-week field alone decides");
  CHECK(rule("@daily") == "every date of these months is due");
}

TEST_CASE("an explanation lists what clock changes of twelve months do to the slots", "[slots]") {
  const std::string spring = "2026-03-29T01:00:00Z 2026-03-29T02:00 2026-03-29T03:00: ";
  const std::string autumn = "2026-10-25T01:00:00Z 2026-10-25T03:00 2026-10-25T02:00: ";
  const std::string now = "2026-01-01T00:00:00Z";
  CHECK(effects(a_schedule("30 2 * * *", "Europe/Zurich"), now) ==
        Texts{spring + "02:30 left out: due once at 03:00, 2026-03-29T01:00:00Z",
              autumn + "02:30 shown twice: due the first time"});
  CHECK(effects(a_schedule("30 2 * * *", "Europe/Zurich", DstGap::skip), now) ==
        Texts{spring + "02:30 left out: not due that day",
              autumn + "02:30 shown twice: due the first time"});
  CHECK(effects(a_schedule("*/10 * * * *", "Europe/Zurich"), now) ==
        Texts{spring + "02:00, 02:10, 02:20, 02:30 and 2 more left out: not due that day",
              autumn + "02:00, 02:10, 02:20, 02:30 and 2 more shown twice: due both times"});
  CHECK(effects(a_schedule("0 6 * * *", "Europe/Zurich"), now) ==
        Texts{spring + "no slot is left out", autumn + "no slot comes twice"});
  CHECK(effects(a_schedule("0 6 * * *"), now).empty());
  // Samoa's clock was set forward by a whole date, after summer time had come in September.
  CHECK(effects(a_schedule("0 12 * * *", "Pacific/Apia"), "2011-10-01T00:00:00Z").at(0) ==
        "2011-12-30T10:00:00Z 2011-12-30T00:00 2011-12-31T00:00: 12:00 left out: a date that never "
        "was has no slots");
}

TEST_CASE("an explanation shows the slots around a change of the clock", "[slots]") {
  const auto schedule = a_schedule("30 2 * * *", "Europe/Zurich");
  const auto changes = explain_schedule(schedule, at("2026-01-01T00:00:00Z")).clock_changes;
  REQUIRE(changes.size() == 2);
  std::vector<std::string> near;
  for (const auto& listed : changes[0].slots) near.push_back(format_instant(listed.slot));
  // 02:30 of the day before, at UTC+1, is 23.5 hours before the change, as is that of the day
  // after.
  CHECK(near == Texts{"2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"});
  const auto rare =
      explain_schedule(a_schedule("0 6 4 * *", "Europe/Zurich"), at("2026-01-01T00:00:00Z"));
  CHECK(rare.clock_changes.at(0).slots.empty());
  CHECK(rare.next.size() == 3);
}

}  // namespace costd
