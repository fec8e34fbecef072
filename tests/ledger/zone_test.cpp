#include "ledger/time/zone.hpp"

#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <vector>

#include "ledger/error.hpp"

namespace costd {
namespace {

Instant at(const std::string& text) {
  return parse_instant(text).value();
}
Day day(const std::string& text) {
  return parse_day(text).value();
}

/// "2026-10-05T06:30" as a reading of a wall clock.
LocalTime wall(const std::string& text) {
  return LocalTime(at(text + ":00Z").time_since_epoch());
}

std::string text_of(const std::optional<Instant>& instant) {
  return instant ? format_instant(*instant) : "none";
}

}  // namespace

// Havana's autumn is taken from 2025: releases of the zone rules differ about it from 2026 on.
TEST_CASE("a day begins at its first instant, whatever the clock does there", "[zone]") {
  struct Row {
    const char* zone;
    const char* day;
    const char* start;
    const char* about;
  };
  const std::vector<Row> rows{
      {"UTC", "2026-10-01", "2026-10-01T00:00:00Z", ""},
      {"Asia/Kathmandu", "2026-10-01", "2026-09-30T18:15:00Z", "+05:45 all year"},
      {"Pacific/Kiritimati", "2026-10-01", "2026-09-30T10:00:00Z", "+14:00 all year"},
      {"Etc/GMT+12", "2026-10-01", "2026-10-01T12:00:00Z", "-12:00: the sign of Etc is turned"},
      {"America/New_York", "2026-03-08", "2026-03-08T05:00:00Z", "before the gap at 07:00Z"},
      {"America/New_York", "2026-03-09", "2026-03-09T04:00:00Z", "after it"},
      {"America/New_York", "2026-11-01", "2026-11-01T04:00:00Z", "before the fold at 06:00Z"},
      {"America/New_York", "2026-11-02", "2026-11-02T05:00:00Z", "after it"},
      {"Europe/Berlin", "2026-03-29", "2026-03-28T23:00:00Z", ""},
      {"Europe/Berlin", "2026-03-30", "2026-03-29T22:00:00Z", ""},
      {"Europe/Berlin", "2026-10-25", "2026-10-24T22:00:00Z", ""},
      {"Europe/Berlin", "2026-10-26", "2026-10-25T23:00:00Z", ""},
      {"Australia/Lord_Howe", "2026-04-05", "2026-04-04T13:00:00Z", "+11:00 before 15:00Z"},
      {"Australia/Lord_Howe", "2026-04-06", "2026-04-05T13:30:00Z", "+10:30 after"},
      {"Australia/Lord_Howe", "2026-10-04", "2026-10-03T13:30:00Z", "+10:30 before 15:30Z"},
      {"Australia/Lord_Howe", "2026-10-05", "2026-10-04T13:00:00Z", "+11:00 after"},
      {"Africa/Cairo", "2026-04-24", "2026-04-23T22:00:00Z", "no midnight: 00:00 is 01:00"},
      {"Africa/Cairo", "2026-04-25", "2026-04-24T21:00:00Z", ""},
      {"Africa/Cairo", "2026-10-29", "2026-10-28T21:00:00Z", ""},
      {"Africa/Cairo", "2026-10-30", "2026-10-29T22:00:00Z", "24:00 of the 29th was 23:00"},
      {"America/Havana", "2026-03-08", "2026-03-08T05:00:00Z", "no midnight"},
      {"America/Havana", "2026-03-09", "2026-03-09T04:00:00Z", ""},
      {"America/Havana", "2025-11-02", "2025-11-02T04:00:00Z", "the first of two midnights"},
      {"America/Havana", "2025-11-03", "2025-11-03T05:00:00Z", ""},
      {"Asia/Beirut", "2026-03-29", "2026-03-28T22:00:00Z", "no midnight"},
      {"Asia/Beirut", "2026-03-30", "2026-03-29T21:00:00Z", ""},
      {"America/Santiago", "2026-04-04", "2026-04-04T03:00:00Z", ""},
      {"America/Santiago", "2026-04-05", "2026-04-05T04:00:00Z", "24:00 of the 4th was 23:00"},
      {"America/Santiago", "2026-09-06", "2026-09-06T04:00:00Z", "no midnight"},
      {"America/Santiago", "2026-09-07", "2026-09-07T03:00:00Z", ""},
      {"Atlantic/Azores", "2026-03-29", "2026-03-29T01:00:00Z", "no midnight"},
      {"Atlantic/Azores", "2026-10-25", "2026-10-25T00:00:00Z", "the first of two midnights"},
      {"Atlantic/Azores", "2026-10-26", "2026-10-26T01:00:00Z", ""},
      {"Africa/Casablanca", "2026-02-15", "2026-02-14T23:00:00Z", "+01:00 before Ramadan"},
      {"Africa/Casablanca", "2026-02-16", "2026-02-16T00:00:00Z", "+00:00 in it"},
      {"Africa/Casablanca", "2026-03-23", "2026-03-22T23:00:00Z", "+01:00 after it"},
      {"America/St_Johns", "2010-11-07", "2010-11-07T02:30:00Z",
       "one minute, then 00:01 was 23:01 of the day before"},
  };
  for (const Row& row : rows) {
    INFO(row.zone << " " << row.day << " " << row.about);
    CHECK(format_instant(Zone(row.zone).start_of(day(row.day))) == row.start);
  }
}

TEST_CASE("the instant before a day's start has an earlier date, the start has not", "[zone]") {
  for (const char* name :
       {"UTC", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Africa/Cairo",
        "America/Havana", "Asia/Beirut", "America/Santiago", "Atlantic/Azores", "Africa/Casablanca",
        "Asia/Kathmandu", "Pacific/Apia", "Pacific/Chatham", "America/Los_Angeles",
        "Antarctica/Troll", "America/Asuncion", "Asia/Tehran"}) {
    const Zone zone(name);
    for (Day date = day("2025-12-28"); date < day("2027-01-05"); date += std::chrono::days(1)) {
      const Instant start = zone.start_of(date);
      INFO(name << " " << format_day(date));
      REQUIRE(zone.day_of(start) == date);
      REQUIRE(zone.day_of(start - std::chrono::microseconds(1)) < date);
    }
  }
}

TEST_CASE("a day has as many hours as the clock gives it", "[zone]") {
  struct Row {
    const char* zone;
    const char* day;
    int minutes;
  };
  const std::vector<Row> rows{
      {"America/New_York", "2026-03-07", 24 * 60},
      {"America/New_York", "2026-03-08", 23 * 60},
      {"America/New_York", "2026-11-01", 25 * 60},
      {"Europe/Berlin", "2026-03-29", 23 * 60},
      {"Europe/Berlin", "2026-10-25", 25 * 60},
      {"Europe/Berlin", "2026-10-26", 24 * 60},
      {"Australia/Lord_Howe", "2026-04-05", 24 * 60 + 30},
      {"Australia/Lord_Howe", "2026-10-04", 23 * 60 + 30},
      {"Africa/Cairo", "2026-04-24", 23 * 60},
      {"Africa/Cairo", "2026-10-29", 25 * 60},
      {"America/Havana", "2026-03-08", 23 * 60},
      {"America/Havana", "2025-11-02", 25 * 60},
      {"Asia/Beirut", "2026-03-29", 23 * 60},
      {"America/Santiago", "2026-04-04", 25 * 60},
      {"America/Santiago", "2026-09-06", 23 * 60},
      {"Atlantic/Azores", "2026-10-25", 25 * 60},
      {"Africa/Casablanca", "2026-02-15", 25 * 60},
      {"Africa/Casablanca", "2026-03-22", 23 * 60},
      {"Pacific/Apia", "2011-12-29", 24 * 60},
      {"Pacific/Apia", "2011-12-30", 0},
      {"Pacific/Apia", "2011-12-31", 24 * 60},
      {"UTC", "2026-10-25", 24 * 60},
  };
  for (const Row& row : rows) {
    INFO(row.zone << " " << row.day);
    const Day date = day(row.day);
    const auto bounds = instants_of(DayRange{date, date + std::chrono::days(1)}, Zone(row.zone));
    CHECK(bounds.to - bounds.from == std::chrono::minutes(row.minutes));
  }
}

TEST_CASE("the day that Apia never had is empty and holds no instant", "[zone]") {
  const Zone apia("Pacific/Apia");
  CHECK(format_instant(apia.start_of(day("2011-12-29"))) == "2011-12-29T10:00:00Z");
  CHECK(format_instant(apia.start_of(day("2011-12-30"))) == "2011-12-30T10:00:00Z");
  CHECK(format_instant(apia.start_of(day("2011-12-31"))) == "2011-12-30T10:00:00Z");
  CHECK(format_day(apia.day_of(at("2011-12-30T09:59:59.999999Z"))) == "2011-12-29");
  CHECK(format_day(apia.day_of(at("2011-12-30T10:00:00Z"))) == "2011-12-31");
}

TEST_CASE("months made of days abut in every zone", "[zone]") {
  for (const char* name : {"America/New_York", "Africa/Cairo", "Asia/Beirut", "Pacific/Apia"}) {
    const Zone zone(name);
    for (Month month{std::chrono::year(2011), std::chrono::January};
         month.year() < std::chrono::year(2014); month = next_month(month)) {
      CHECK(instants_of(days_of(month), zone).to ==
            instants_of(days_of(next_month(month)), zone).from);
    }
  }
  // October 2026 in Berlin has one hour more than 31 days of 24.
  const auto october =
      instants_of(DayRange{day("2026-10-01"), day("2026-11-01")}, Zone("Europe/Berlin"));
  CHECK(format_instant(october.from) == "2026-09-30T22:00:00Z");
  CHECK(format_instant(october.to) == "2026-10-31T23:00:00Z");
  CHECK(october.to - october.from == std::chrono::hours(745));
}

TEST_CASE("an instant falls on the date that the wall clock shows", "[zone]") {
  struct Row {
    const char* zone;
    const char* instant;
    const char* local;
  };
  const std::vector<Row> rows{
      {"America/New_York", "2026-03-08T06:59:59Z", "2026-03-08T01:59"},
      {"America/New_York", "2026-03-08T07:00:00Z", "2026-03-08T03:00"},
      {"America/New_York", "2026-11-01T05:59:59Z", "2026-11-01T01:59"},
      {"America/New_York", "2026-11-01T06:00:00Z", "2026-11-01T01:00"},
      {"Europe/Berlin", "2026-10-31T22:59:59.999999Z", "2026-10-31T23:59"},
      {"Europe/Berlin", "2026-10-31T23:00:00Z", "2026-11-01T00:00"},
      {"Australia/Lord_Howe", "2026-04-04T14:59:00Z", "2026-04-05T01:59"},
      {"Australia/Lord_Howe", "2026-04-04T15:00:00Z", "2026-04-05T01:30"},
      {"Australia/Lord_Howe", "2026-10-03T15:29:00Z", "2026-10-04T01:59"},
      {"Australia/Lord_Howe", "2026-10-03T15:30:00Z", "2026-10-04T02:30"},
      {"Africa/Cairo", "2026-04-23T21:59:59Z", "2026-04-23T23:59"},
      {"Africa/Cairo", "2026-04-23T22:00:00Z", "2026-04-24T01:00"},
      {"Africa/Cairo", "2026-10-29T20:59:59Z", "2026-10-29T23:59"},
      {"Africa/Cairo", "2026-10-29T21:00:00Z", "2026-10-29T23:00"},  // still the 29th
      {"Africa/Cairo", "2026-10-29T22:00:00Z", "2026-10-30T00:00"},
      {"America/Havana", "2025-11-02T05:00:00Z", "2025-11-02T00:00"},
      {"America/Santiago", "2026-04-05T03:00:00Z", "2026-04-04T23:00"},
      {"Atlantic/Azores", "2026-10-25T01:00:00Z", "2026-10-25T00:00"},
      {"Africa/Casablanca", "2026-02-15T02:00:00Z", "2026-02-15T02:00"},
      {"Africa/Casablanca", "2026-03-22T02:00:00Z", "2026-03-22T03:00"},
      {"UTC", "1969-12-31T23:59:59.999999Z", "1969-12-31T23:59"},
  };
  for (const Row& row : rows) {
    INFO(row.zone << " " << row.instant);
    const Zone zone(row.zone);
    CHECK(format_local_minute(zone.local(at(row.instant))) == row.local);
    CHECK(format_day(zone.day_of(at(row.instant))) == std::string(row.local).substr(0, 10));
  }
}

TEST_CASE("a wall-clock reading has no instant in a gap and two in a fold", "[zone]") {
  struct Row {
    const char* zone;
    const char* local;
    const char* first;
    const char* second;
    const char* gap_end;  // looked at only where there is no instant
  };
  const std::vector<Row> rows{
      {"UTC", "2026-10-05T06:00", "2026-10-05T06:00:00Z", "none", ""},
      {"America/New_York", "2026-03-08T01:59", "2026-03-08T06:59:00Z", "none", ""},
      {"America/New_York", "2026-03-08T02:00", "none", "none", "2026-03-08T07:00:00Z"},
      {"America/New_York", "2026-03-08T02:59", "none", "none", "2026-03-08T07:00:00Z"},
      {"America/New_York", "2026-03-08T03:00", "2026-03-08T07:00:00Z", "none", ""},
      {"America/New_York", "2026-11-01T00:59", "2026-11-01T04:59:00Z", "none", ""},
      {"America/New_York", "2026-11-01T01:00", "2026-11-01T05:00:00Z", "2026-11-01T06:00:00Z", ""},
      {"America/New_York", "2026-11-01T01:59", "2026-11-01T05:59:00Z", "2026-11-01T06:59:00Z", ""},
      {"America/New_York", "2026-11-01T02:00", "2026-11-01T07:00:00Z", "none", ""},
      {"Europe/Berlin", "2026-03-29T02:30", "none", "none", "2026-03-29T01:00:00Z"},
      {"Europe/Berlin", "2026-10-25T02:30", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", ""},
      {"Australia/Lord_Howe", "2026-04-05T01:29", "2026-04-04T14:29:00Z", "none", ""},
      {"Australia/Lord_Howe", "2026-04-05T01:30", "2026-04-04T14:30:00Z", "2026-04-04T15:00:00Z",
       ""},
      {"Australia/Lord_Howe", "2026-10-04T02:15", "none", "none", "2026-10-03T15:30:00Z"},
      {"Australia/Lord_Howe", "2026-10-04T02:30", "2026-10-03T15:30:00Z", "none", ""},
      {"Africa/Cairo", "2026-04-24T00:00", "none", "none", "2026-04-23T22:00:00Z"},
      {"Africa/Cairo", "2026-10-29T23:30", "2026-10-29T20:30:00Z", "2026-10-29T21:30:00Z", ""},
      {"America/Havana", "2026-03-08T00:00", "none", "none", "2026-03-08T05:00:00Z"},
      {"America/Havana", "2025-11-02T00:00", "2025-11-02T04:00:00Z", "2025-11-02T05:00:00Z", ""},
      {"Asia/Beirut", "2026-03-29T00:30", "none", "none", "2026-03-28T22:00:00Z"},
      {"America/Santiago", "2026-04-04T23:00", "2026-04-05T02:00:00Z", "2026-04-05T03:00:00Z", ""},
      {"America/Santiago", "2026-09-06T00:00", "none", "none", "2026-09-06T04:00:00Z"},
      {"Atlantic/Azores", "2026-10-25T00:30", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", ""},
      {"Africa/Casablanca", "2026-02-15T02:30", "2026-02-15T01:30:00Z", "2026-02-15T02:30:00Z", ""},
      {"Africa/Casablanca", "2026-03-22T02:30", "none", "none", "2026-03-22T02:00:00Z"},
      {"Pacific/Apia", "2011-12-30T12:00", "none", "none", "2011-12-30T10:00:00Z"},
  };
  for (const Row& row : rows) {
    INFO(row.zone << " " << row.local);
    const auto found = Zone(row.zone).instants_of(wall(row.local));
    CHECK(text_of(found.first) == row.first);
    CHECK(text_of(found.second) == row.second);
    if (!found.first) CHECK(format_instant(found.gap_end) == row.gap_end);
  }
}

TEST_CASE("each instant is among the instants of its own wall-clock reading", "[zone]") {
  std::mt19937_64 random(5);
  for (const char* name : {"America/New_York", "Australia/Lord_Howe", "Africa/Cairo",
                           "America/Havana", "America/Santiago", "Atlantic/Azores"}) {
    const Zone zone(name);
    for (int n = 0; n < 2000; ++n) {
      // 2026, in whole seconds: 1767225600 is its first.
      const auto second = 1'767'225'600 + static_cast<std::int64_t>(random() % 31'536'000);
      const Instant instant = from_micros(second * 1'000'000);
      const auto found = zone.instants_of(zone.local(instant));
      INFO(name << " " << format_instant(instant));
      REQUIRE(found.first);
      REQUIRE((found.first == instant || found.second == instant));
      if (found.second) REQUIRE(*found.first < *found.second);
    }
  }
}

TEST_CASE("between two transitions the offset is one", "[zone]") {
  const Zone berlin("Europe/Berlin");
  const auto summer = berlin.offset_at(at("2026-07-01T00:00:00Z"));
  CHECK(summer.seconds == std::chrono::hours(2));
  CHECK(format_instant(summer.from) == "2026-03-29T01:00:00Z");
  CHECK(format_instant(summer.to) == "2026-10-25T01:00:00Z");
  CHECK(berlin.offset_at(at("2026-10-25T00:59:59.999999Z")).seconds == std::chrono::hours(2));
  CHECK(berlin.offset_at(at("2026-10-25T01:00:00Z")).seconds == std::chrono::hours(1));
  CHECK(Zone("Asia/Kathmandu").offset_at(at("2026-01-01T00:00:00Z")).seconds ==
        std::chrono::minutes(345));
  CHECK(Zone("America/New_York").offset_at(at("2026-01-01T00:00:00Z")).seconds ==
        std::chrono::hours(-5));
  CHECK(Zone::utc().offset_at(at("2026-01-01T00:00:00Z")).seconds == std::chrono::seconds(0));
}

TEST_CASE("only IANA names are zones", "[zone]") {
  for (const char* name : {"UTC", "Etc/UTC", "Europe/Zurich", "America/Argentina/Buenos_Aires",
                           "Asia/Calcutta", "Etc/GMT-3"}) {
    INFO(name);
    CHECK(Zone(name).name() == name);
  }
  for (const std::string name :
       {"", "+02:00", "-0500", "UTC+2", "GMT+2", "CEST", "Foo/Bar", "europe/zurich",
        "Europe/Zurich ", " Europe/Zurich", "Europe", "Europe/", "/Europe/Zurich",
        "../zoneinfo/UTC", "Europe/../UTC", "posixrules", "localtime", "tzdata.zi", "zone.tab"}) {
    INFO("\"" << name << "\"");
    try {
      const Zone zone(name);
      FAIL_CHECK("taken for a zone");
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::config);
      CHECK(std::string(error.what()).find(name) != std::string::npos);
    }
  }
}

TEST_CASE("a copy of a zone is the same zone", "[zone]") {
  const Zone copy = Zone("Europe/Zurich");
  CHECK(copy.name() == "Europe/Zurich");
  CHECK(copy.start_of(day("2026-10-01")) == Zone("Europe/Zurich").start_of(day("2026-10-01")));
  CHECK(Zone::utc().name() == "UTC");
}

TEST_CASE("the version of the zone rules is named or said to be unknown", "[zone]") {
  const std::string version = time_zone_version();
  INFO(version);
  // "2025b": a year and a letter.
  const bool release = version.size() >= 5 && version.compare(0, 2, "20") == 0;
  CHECK((release || version == "unknown"));
}

}  // namespace costd
