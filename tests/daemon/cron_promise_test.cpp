// What is promised about when a schedule is due, promise by promise, on changes of real clocks.

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "ledger/error.hpp"
#include "tests/daemon/cron_slots.hpp"

namespace costd {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

/// A change of a clock: at the instant it would have shown `before` and shows `after`. A fixed time
/// in the middle of what it leaves out or repeats is due at `slot`.
struct ClockVector {
  std::string zone;
  std::string change;
  std::string before;
  std::string after;
  std::string fixed_time;
  std::string slot;
};

/// Havana's autumn is that of 2020 and 2025: releases of the zone rules differ about it from 2026.
const std::vector<ClockVector> gaps{
    {"America/New_York", "2026-03-08T07:00:00Z", "2026-03-08T02:00", "2026-03-08T03:00",
     "30 2 * * *", "2026-03-08T07:00:00Z"},
    {"Europe/Berlin", "2026-03-29T01:00:00Z", "2026-03-29T02:00", "2026-03-29T03:00", "30 2 * * *",
     "2026-03-29T01:00:00Z"},
    {"Australia/Lord_Howe", "2026-10-03T15:30:00Z", "2026-10-04T02:00", "2026-10-04T02:30",
     "15 2 * * *", "2026-10-03T15:30:00Z"},
    {"Africa/Cairo", "2026-04-23T22:00:00Z", "2026-04-24T00:00", "2026-04-24T01:00", "30 0 * * *",
     "2026-04-23T22:00:00Z"},
    {"America/Havana", "2026-03-08T05:00:00Z", "2026-03-08T00:00", "2026-03-08T01:00", "30 0 * * *",
     "2026-03-08T05:00:00Z"},
    {"Asia/Beirut", "2026-03-28T22:00:00Z", "2026-03-29T00:00", "2026-03-29T01:00", "30 0 * * *",
     "2026-03-28T22:00:00Z"},
    {"America/Santiago", "2026-09-06T04:00:00Z", "2026-09-06T00:00", "2026-09-06T01:00",
     "30 0 * * *", "2026-09-06T04:00:00Z"},
    {"Atlantic/Azores", "2026-03-29T01:00:00Z", "2026-03-29T00:00", "2026-03-29T01:00",
     "30 0 * * *", "2026-03-29T01:00:00Z"},
    {"Africa/Casablanca", "2026-03-22T02:00:00Z", "2026-03-22T02:00", "2026-03-22T03:00",
     "30 2 * * *", "2026-03-22T02:00:00Z"},
};

// A repeated half past begins half an hour (Lord Howe: a quarter) before the change.
const std::vector<ClockVector> overlaps{
    {"America/New_York", "2026-11-01T06:00:00Z", "2026-11-01T02:00", "2026-11-01T01:00",
     "30 1 * * *", "2026-11-01T05:30:00Z"},
    {"Europe/Berlin", "2026-10-25T01:00:00Z", "2026-10-25T03:00", "2026-10-25T02:00", "30 2 * * *",
     "2026-10-25T00:30:00Z"},
    {"Australia/Lord_Howe", "2026-04-04T15:00:00Z", "2026-04-05T02:00", "2026-04-05T01:30",
     "45 1 * * *", "2026-04-04T14:45:00Z"},
    {"Africa/Cairo", "2026-10-29T21:00:00Z", "2026-10-30T00:00", "2026-10-29T23:00", "30 23 * * *",
     "2026-10-29T20:30:00Z"},
    {"America/Havana", "2020-11-01T05:00:00Z", "2020-11-01T01:00", "2020-11-01T00:00", "30 0 * * *",
     "2020-11-01T04:30:00Z"},
    {"America/Havana", "2025-11-02T05:00:00Z", "2025-11-02T01:00", "2025-11-02T00:00", "30 0 * * *",
     "2025-11-02T04:30:00Z"},
    {"America/Santiago", "2026-04-05T03:00:00Z", "2026-04-05T00:00", "2026-04-04T23:00",
     "30 23 * * *", "2026-04-05T02:30:00Z"},
    {"Atlantic/Azores", "2026-10-25T01:00:00Z", "2026-10-25T01:00", "2026-10-25T00:00",
     "30 0 * * *", "2026-10-25T00:30:00Z"},
    {"Africa/Casablanca", "2026-02-15T02:00:00Z", "2026-02-15T03:00", "2026-02-15T02:00",
     "30 2 * * *", "2026-02-15T01:30:00Z"},
};

const ClockVector apia{"Pacific/Apia",     "2011-12-30T10:00:00Z", "2011-12-30T00:00",
                       "2011-12-31T00:00", "30 12 30 12 *",        ""};

std::vector<ClockVector> all_vectors() {
  std::vector<ClockVector> all = gaps;
  all.insert(all.end(), overlaps.begin(), overlaps.end());
  all.push_back(apia);
  return all;
}

CronExpression cron_of(const std::string& text) {
  return CronExpression::parse(text);
}

Day day(const std::string& text) {
  return parse_day(text).value();
}

/// How many slots the day has, as the clock of the zone gives it hours.
int slots_on_day(const std::string& text, const std::string& zone_name, const std::string& date) {
  const Zone zone(zone_name);
  const auto cron = cron_of(text);
  const auto bounds = instants_of(DayRange{day(date), day(date) + days(1)}, zone);
  int count = 0;
  for (auto slot = cron.next_after(bounds.from - minutes(1), zone); slot && *slot < bounds.to;
       slot = cron.next_after(*slot, zone)) {
    if (*slot >= bounds.from) ++count;
  }
  return count;
}

}  // namespace

TEST_CASE("the clocks are changed when the promises' vectors say", "[promise]") {
  for (const auto& one : all_vectors()) {
    INFO(one.zone << " " << one.change);
    const Zone zone(one.zone);
    const Instant change = at(one.change);
    CHECK(zone.offset_at(change).from == change);
    CHECK(format_local_minute(zone.local(change - minutes(1)) + minutes(1)) == one.before);
    CHECK(format_local_minute(zone.local(change)) == one.after);
  }
}

TEST_CASE("a fixed time in a DST gap fires once at the first instant after the gap", "[promise]") {
  for (const auto& one : gaps) {
    INFO(one.zone << " " << one.fixed_time);
    const auto found =
        slots(one.fixed_time, one.zone, format_instant(at(one.change) - hours(3)), 2);
    REQUIRE(found.size() == 2);
    CHECK(found[0] == one.slot);
    CHECK(found[0] == one.change);
    CHECK(at(found[1]) - at(found[0]) > hours(22));  // the next day's
  }
}

TEST_CASE("dst_gap: skip leaves out a fixed time in a DST gap", "[promise]") {
  for (const auto& one : gaps) {
    INFO(one.zone << " " << one.fixed_time);
    const auto before = format_instant(at(one.change) - hours(3));
    const auto found = slots(one.fixed_time, one.zone, before, 1, DstGap::skip);
    CHECK(at(found.at(0)) > at(one.change) + hours(22));
    CHECK(found == slots(one.fixed_time, one.zone, one.change, 1));
  }
}

TEST_CASE("a gap's end that is a slot of the same schedule already is one run, not two",
          "[promise]") {
  for (const auto& one : gaps) {
    INFO(one.zone);
    const auto end = one.after.substr(14, 2) + " " + one.after.substr(11, 2);
    const auto minute = one.fixed_time.substr(0, 2);
    const auto hour = one.before.substr(11, 2) + "," + one.after.substr(11, 2);
    // The missing time and the gap's end in one expression, with all that these numbers make.
    const auto both = minute + "," + end.substr(0, 2) + " " + hour + " * * *";
    const auto found = slots(both, one.zone, format_instant(at(one.change) - minutes(1)), 2);
    CHECK(found.at(0) == one.change);
    CHECK(at(found.at(1)) > at(one.change));
    CHECK(cron_of(both).next_after(at(one.change) - minutes(1), Zone(one.zone), DstGap::skip) ==
          at(one.change));
  }
}

TEST_CASE("a fixed time in a DST overlap fires once, at the first occurrence", "[promise]") {
  for (const auto& one : overlaps) {
    INFO(one.zone << " " << one.fixed_time);
    for (const DstGap gap : {DstGap::run, DstGap::skip}) {
      const auto before = format_instant(at(one.change) - hours(3));
      const auto found = slots(one.fixed_time, one.zone, before, 2, gap);
      CHECK(found.at(0) == one.slot);
      CHECK(at(found.at(1)) - at(found.at(0)) > hours(23));
    }
  }
}

TEST_CASE("an interval in a gap or an overlap follows elapsed time", "[promise]") {
  for (const auto& one : all_vectors()) {
    INFO(one.zone << " " << one.change);
    const auto begin = at(one.change) - hours(2);
    const auto found = slots("*/10 * * * *", one.zone, format_instant(begin), 24);
    for (std::size_t n = 0; n < found.size(); ++n) {
      CHECK(at(found[n]) == begin + minutes(10) * static_cast<int>(n + 1));
    }
  }
}

TEST_CASE("*/10 has 6 extra runs in a 1 h overlap and none invented in a gap", "[promise]") {
  CHECK(slots_on_day("*/10 * * * *", "America/New_York", "2026-10-31") == 24 * 6);
  CHECK(slots_on_day("*/10 * * * *", "America/New_York", "2026-11-01") == 24 * 6 + 6);
  CHECK(slots_on_day("*/10 * * * *", "America/New_York", "2026-03-08") == 23 * 6);
  CHECK(slots_on_day("*/10 * * * *", "Australia/Lord_Howe", "2026-04-05") == 24 * 6 + 3);
  CHECK(slots_on_day("*/10 * * * *", "Australia/Lord_Howe", "2026-10-04") == 24 * 6 - 3);
  CHECK(slots_on_day("*/10 2 * * *", "America/New_York", "2026-03-08") == 0);
  CHECK(slots_on_day("0 */2 * * *", "America/New_York", "2026-03-08") == 11);  // no 02:00
}

TEST_CASE("the start of a local day is the first instant whose local date is that day",
          "[promise]") {
  for (const auto& one : all_vectors()) {
    const Zone zone(one.zone);
    const auto daily = cron_of("@daily");
    const Day changed = zone.day_of(at(one.change));
    for (Day date = changed - days(40); date < changed + days(40); date += days(1)) {
      const Instant start = zone.start_of(date);
      if (zone.day_of(start) != date) continue;  // it never was
      INFO(one.zone << " " << format_day(date));
      REQUIRE(zone.day_of(start - std::chrono::microseconds(1)) < date);
      REQUIRE(daily.next_after(start - minutes(1), zone) == start);
      REQUIRE(daily.next_after(start, zone) == zone.start_of(date + days(1)));
    }
  }
}

TEST_CASE("@monthly fires at the first of two midnights and at the end of a missing one",
          "[promise]") {
  CHECK(slots("@monthly", "America/Havana", "2020-10-15T00:00:00Z", 1) ==
        Texts{"2020-11-01T04:00:00Z"});
  CHECK(slots("0 0 29 * *", "Asia/Beirut", "2026-03-15T00:00:00Z", 1) ==
        Texts{"2026-03-28T22:00:00Z"});
}

TEST_CASE("a day that never existed is an empty bucket and has no run", "[promise]") {
  CHECK(slots_on_day("* * * * *", "Pacific/Apia", "2011-12-30") == 0);
  for (const DstGap gap : {DstGap::run, DstGap::skip}) {
    // Noon of 30 December 2012, 14 hours east: 22:00Z of the day before.
    CHECK(slots("0 12 30 12 *", "Pacific/Apia", "2011-06-01T00:00:00Z", 1, gap) ==
          Texts{"2012-12-29T22:00:00Z"});
  }
  CHECK(slots("0 12 29-31 12 *", "Pacific/Apia", "2011-12-01T00:00:00Z", 2) ==
        Texts{"2011-12-29T22:00:00Z", "2011-12-30T22:00:00Z"});
}

TEST_CASE("a 23:00 to 00:00 gap moves the slot to the next date's first instant", "[promise]") {
  // Nuuk, 2 hours west: 30 March 2024 had no hour from 23:00 on.
  CHECK(slots("30 23 30 3 *", "America/Nuuk", "2024-03-01T00:00:00Z", 1) ==
        Texts{"2024-03-31T01:00:00Z"});
  CHECK(format_instant(Zone("America/Nuuk").start_of(day("2024-03-31"))) == "2024-03-31T01:00:00Z");
}

TEST_CASE("a schedule's zone is an IANA name only, fixed offsets and abbreviations are refused",
          "[promise]") {
  for (const char* const name : {"Europe/Zurich", "America/Argentina/Ushuaia", "UTC", "Etc/UTC"}) {
    CHECK(Zone(name).name() == name);
  }
  for (const char* const name : {"+02:00",
                                 "UTC+2",
                                 "GMT+1",
                                 "CEST",
                                 "CET",
                                 "EST",
                                 "EST5EDT",
                                 "CET-1CEST",
                                 "Z",
                                 "GMT",
                                 "europe/zurich",
                                 "Europe/Zurich ",
                                 "Zurich",
                                 "Europe/Zuerich",
                                 "Europe/",
                                 "America/Argentina",
                                 "/etc/localtime",
                                 "../zoneinfo/UTC",
                                 "posix/UTC",
                                 "right/UTC",
                                 ""}) {
    INFO(name);
    CHECK_THROWS_AS(Zone(name), Error);
  }
}

TEST_CASE("an impossible expression is valid and never fires, forwards and backwards",
          "[promise]") {
  const Zone zone("Europe/Zurich");
  for (const auto* const text : {"0 0 31 2 *", "0 0 30 2 *", "0 0 31 4 *", "* * 30 2 *",
                                 "0 0 30 2 +MON", "0 0 31W 6 *", "0 0 1-7 * +FRI#5"}) {
    INFO(text);
    CHECK_FALSE(cron_of(text).next_after(at("2026-01-01T00:00:00Z"), zone));
    CHECK_FALSE(cron_of(text).previous_before(at("2026-01-01T00:00:00Z"), zone));
  }
}

TEST_CASE("the search is bounded to 40 years, which 29 February on a weekday needs", "[promise]") {
  // 29 February 2080 is a Thursday. The next ones: Tuesday, Sunday, Friday, Wednesday, none in
  // 2100, Friday, Wednesday, Monday, Saturday, and in 2120 Thursday.
  CHECK(slots("0 0 29 2 +THU", "UTC", "2080-02-29T00:00:00Z", 1) == Texts{"2120-02-29T00:00:00Z"});
  CHECK(format_instant(
            *cron_of("0 0 29 2 +THU").previous_before(at("2120-02-29T00:00:00Z"), Zone::utc())) ==
        "2080-02-29T00:00:00Z");
}

TEST_CASE("the slot before an instant is strictly before it, and the same in gap and overlap",
          "[promise]") {
  const auto previous = [](const char* text, const char* zone, const char* before,
                           DstGap gap = DstGap::run) {
    const auto slot = cron_of(text).previous_before(at(before), Zone(zone), gap);
    return slot ? format_instant(*slot) : "none";
  };
  CHECK(previous("0 6 * * *", "UTC", "2026-01-02T06:00:00Z") == "2026-01-01T06:00:00Z");
  CHECK(previous("0 6 * * *", "UTC", "2026-01-02T06:00:00.000001Z") == "2026-01-02T06:00:00Z");
  CHECK(previous("0 6 L * *", "UTC", "2026-03-01T00:00:00Z") == "2026-02-28T06:00:00Z");
  CHECK(previous("59 23 31 12 *", "UTC", "2026-01-01T00:00:00Z") == "2025-12-31T23:59:00Z");
  CHECK(previous("30 2 * * *", "Europe/Berlin", "2026-03-29T12:00:00Z") == "2026-03-29T01:00:00Z");
  CHECK(previous("30 2 * * *", "Europe/Berlin", "2026-03-29T01:00:00Z") == "2026-03-28T01:30:00Z");
  CHECK(previous("30 2 * * *", "Europe/Berlin", "2026-03-29T12:00:00Z", DstGap::skip) ==
        "2026-03-28T01:30:00Z");
  CHECK(previous("30 2 * * *", "Europe/Berlin", "2026-10-25T12:00:00Z") == "2026-10-25T00:30:00Z");
  CHECK(previous("30 * * * *", "Europe/Berlin", "2026-10-25T02:00:00Z") == "2026-10-25T01:30:00Z");
  CHECK(previous("@daily", "Africa/Cairo", "2026-10-30T00:00:00Z") == "2026-10-29T22:00:00Z");
  CHECK(previous("0 12 30 12 *", "Pacific/Apia", "2012-06-01T00:00:00Z") ==
        "2010-12-30T22:00:00Z");  // noon, in summer and 10 hours west until the missing day
}

}  // namespace costd
