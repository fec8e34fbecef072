// What a change of the clock does to slots.

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/daemon/cron_slots.hpp"

namespace costd {
namespace {

struct SlotCase {
  std::string about;
  std::string text;
  std::string zone;
  std::string after;
  Texts expected;
};

/// Around changes of the clock. Instants are the change given in UTC, plus or minus what the local
/// time differs from it.
const std::vector<SlotCase> fixed_time_cases{
    {"New York springs 02:00 to 03:00 at 07:00Z",
     "30 2 * * *",
     "America/New_York",
     "2026-03-07T12:00:00Z",
     {"2026-03-08T07:00:00Z", "2026-03-09T06:30:00Z"}},
    {"several slots of one gap are one run",
     "0,15,30 2 * * *",
     "America/New_York",
     "2026-03-08T06:00:00Z",
     {"2026-03-08T07:00:00Z", "2026-03-09T06:00:00Z"}},
    {"a slot at the gap's end takes the moved one in",
     "30 2,3 * * *",
     "America/New_York",
     "2026-03-08T06:00:00Z",
     {"2026-03-08T07:00:00Z", "2026-03-08T07:30:00Z"}},
    {"a gap's end that is a slot itself runs once",
     "0,30 2-3 * * *",
     "America/New_York",
     "2026-03-08T06:00:00Z",
     {"2026-03-08T07:00:00Z", "2026-03-08T07:30:00Z"}},
    {"New York falls 02:00 to 01:00 at 06:00Z",
     "30 1 * * *",
     "America/New_York",
     "2026-11-01T00:00:00Z",
     {"2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"}},
    {"asked inside the repeated hour",
     "30 1 * * *",
     "America/New_York",
     "2026-11-01T06:10:00Z",
     {"2026-11-02T06:30:00Z"}},
    {"monthly in the repeated hour",
     "30 1 1 * *",
     "America/New_York",
     "2026-10-15T00:00:00Z",
     {"2026-11-01T05:30:00Z", "2026-12-01T06:30:00Z"}},
    {"every hour by numbers is a fixed time",
     "0 0-23 * * *",
     "America/New_York",
     "2026-11-01T04:30:00Z",
     {"2026-11-01T05:00:00Z", "2026-11-01T07:00:00Z"}},
    {"Berlin springs at 01:00Z",
     "30 2 * * *",
     "Europe/Berlin",
     "2026-03-28T12:00:00Z",
     {"2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"}},
    {"Berlin falls at 01:00Z",
     "30 2 * * *",
     "Europe/Berlin",
     "2026-10-24T12:00:00Z",
     {"2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"}},
    {"Lord Howe falls half an hour at 15:00Z",
     "45 1 * * *",
     "Australia/Lord_Howe",
     "2026-04-04T12:00:00Z",
     {"2026-04-04T14:45:00Z", "2026-04-05T15:15:00Z"}},
    {"Lord Howe springs half an hour at 15:30Z",
     "15 2 * * *",
     "Australia/Lord_Howe",
     "2026-10-03T12:00:00Z",
     {"2026-10-03T15:30:00Z", "2026-10-04T15:15:00Z"}},
    {"Cairo has no midnight on 24 April",
     "@daily",
     "Africa/Cairo",
     "2026-04-22T23:00:00Z",
     {"2026-04-23T22:00:00Z", "2026-04-24T21:00:00Z"}},
    {"Cairo goes back from midnight to the day before",
     "30 23 * * *",
     "Africa/Cairo",
     "2026-10-29T12:00:00Z",
     {"2026-10-29T20:30:00Z", "2026-10-30T21:30:00Z"}},
    {"Cairo's day after the long one begins once",
     "@daily",
     "Africa/Cairo",
     "2026-10-29T12:00:00Z",
     {"2026-10-29T22:00:00Z", "2026-10-30T22:00:00Z"}},
    {"Havana has no midnight on 8 March",
     "@daily",
     "America/Havana",
     "2026-03-07T12:00:00Z",
     {"2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z"}},
    {"Havana's November begins at the first of two midnights",
     "@monthly",
     "America/Havana",
     "2020-10-15T00:00:00Z",
     {"2020-11-01T04:00:00Z", "2020-12-01T05:00:00Z"}},
    // Cuba kept summer time in 2026 by a later rule, so only the first slot is sure.
    {"Havana's November 2026 begins at 04:00Z",
     "@monthly",
     "America/Havana",
     "2026-10-15T00:00:00Z",
     {"2026-11-01T04:00:00Z"}},
    {"Beirut has no midnight on 29 March",
     "@daily",
     "Asia/Beirut",
     "2026-03-27T23:00:00Z",
     {"2026-03-28T22:00:00Z", "2026-03-29T21:00:00Z"}},
    {"Santiago goes back from midnight on 5 April",
     "@daily",
     "America/Santiago",
     "2026-04-04T12:00:00Z",
     {"2026-04-05T04:00:00Z", "2026-04-06T04:00:00Z"}},
    {"Santiago repeats 23:30 on 4 April",
     "30 23 * * *",
     "America/Santiago",
     "2026-04-04T12:00:00Z",
     {"2026-04-05T02:30:00Z", "2026-04-06T03:30:00Z"}},
    {"Santiago has no midnight on 6 September",
     "@daily",
     "America/Santiago",
     "2026-09-05T12:00:00Z",
     {"2026-09-06T04:00:00Z", "2026-09-07T03:00:00Z"}},
    {"the Azores repeat their midnight hour",
     "15 0 * * *",
     "Atlantic/Azores",
     "2026-10-24T12:00:00Z",
     {"2026-10-25T00:15:00Z", "2026-10-26T01:15:00Z"}},
    {"the Azores have no midnight on 29 March",
     "@daily",
     "Atlantic/Azores",
     "2026-03-28T12:00:00Z",
     {"2026-03-29T01:00:00Z", "2026-03-30T00:00:00Z"}},
    {"Casablanca goes back for Ramadan at 02:00Z",
     "30 2 * * *",
     "Africa/Casablanca",
     "2026-02-14T12:00:00Z",
     {"2026-02-15T01:30:00Z", "2026-02-16T02:30:00Z"}},
    {"Casablanca comes out of Ramadan at 02:00Z",
     "30 2 * * *",
     "Africa/Casablanca",
     "2026-03-21T12:00:00Z",
     {"2026-03-22T02:00:00Z", "2026-03-23T01:30:00Z"}},
    {"Apia never had 30 December 2011",
     "@daily",
     "Pacific/Apia",
     "2011-12-29T00:00:00Z",
     {"2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z"}},
    {"a slot on a date that never was is dropped",
     "0 12 30 12 *",
     "Pacific/Apia",
     "2011-01-01T00:00:00Z",
     {"2012-12-29T22:00:00Z"}},
    {"Nuuk jumps 23:00 to the next date's midnight",
     "30 23 * * *",
     "America/Nuuk",
     "2024-03-30T12:00:00Z",
     {"2024-03-31T01:00:00Z", "2024-04-01T00:30:00Z"}},
};

const std::vector<SlotCase> elapsed_time_cases{
    {"ten minutes apart through a gap",
     "*/10 * * * *",
     "America/New_York",
     "2026-03-08T06:45:00Z",
     {"2026-03-08T06:50:00Z", "2026-03-08T07:00:00Z"}},
    {"and through a repeated hour",
     "*/30 * * * *",
     "America/New_York",
     "2026-11-01T05:15:00Z",
     {"2026-11-01T05:30:00Z", "2026-11-01T06:00:00Z", "2026-11-01T06:30:00Z",
      "2026-11-01T07:00:00Z"}},
    {"hourly runs in both",
     "@hourly",
     "America/New_York",
     "2026-11-01T04:30:00Z",
     {"2026-11-01T05:00:00Z", "2026-11-01T06:00:00Z", "2026-11-01T07:00:00Z"}},
    {"a missing 02:00 is not moved",
     "0 */2 * * *",
     "America/New_York",
     "2026-03-08T04:30:00Z",
     {"2026-03-08T05:00:00Z", "2026-03-08T08:00:00Z"}},
    {"a repeated 01:30 of a star hour runs twice",
     "30 * * * *",
     "America/New_York",
     "2026-11-01T05:00:00Z",
     {"2026-11-01T05:30:00Z", "2026-11-01T06:30:00Z"}},
    {"a star minute in a gap waits for the next day",
     "*/10 2 * * *",
     "America/New_York",
     "2026-03-08T04:00:00Z",
     {"2026-03-09T06:00:00Z"}},
    {"Lord Howe's half hour keeps the distance",
     "*/20 * * * *",
     "Australia/Lord_Howe",
     "2026-04-04T14:30:00Z",
     {"2026-04-04T14:40:00Z", "2026-04-04T15:10:00Z", "2026-04-04T15:30:00Z"}},
};

void check(const std::vector<SlotCase>& cases) {
  for (const auto& one : cases) {
    INFO(one.about << ": " << one.text << " " << one.zone << " after " << one.after);
    CHECK(slots(one.text, one.zone, one.after, one.expected.size()) == one.expected);
  }
}

}  // namespace

TEST_CASE("a fixed time runs once a day through every change of the clock", "[cron]") {
  check(fixed_time_cases);
}

TEST_CASE("an interval follows elapsed time through a change of the clock", "[cron]") {
  check(elapsed_time_cases);
}

TEST_CASE("a slot in a gap can be skipped instead", "[cron]") {
  CHECK(slots("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", 1, DstGap::skip) ==
        Texts{"2026-03-30T00:30:00Z"});
  CHECK(slots("30 2,3 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", 1, DstGap::skip) ==
        Texts{"2026-03-29T01:30:00Z"});
}

}  // namespace costd
