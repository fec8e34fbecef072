#include "ledger/billing_zones.hpp"

#include <catch2/catch.hpp>
#include <random>
#include <string>

namespace costd {
namespace {

Instant at(const std::string& text) {
  return parse_instant(text).value();
}
Day day(const std::string& text) {
  return parse_day(text).value();
}
Month month(const std::string& text) {
  return parse_month(text).value();
}

/// The deployment is in UTC, acme moves from New York to Tokyo with November 2026, and lone has
/// Zurich from October 2026 on.
BillingZones some_zones() {
  return BillingZones(
      {{"", {{month("1970-01"), Zone::utc()}}},
       {"acme",
        {{month("1970-01"), Zone("America/New_York")}, {month("2026-11"), Zone("Asia/Tokyo")}}},
       {"lone", {{month("2026-10"), Zone("Europe/Zurich")}}}});
}

}  // namespace

TEST_CASE("a tenant without a zone of its own has the deployment's", "[zone]") {
  const BillingZones zones = some_zones();
  CHECK(zones.zone_on("other", day("2026-10-15")).name() == "UTC");
  CHECK(zones.zone_at("other", at("2026-10-15T00:00:00Z")).name() == "UTC");
  CHECK(zones.zone_on("", day("2026-10-15")).name() == "UTC");
  CHECK(format_day(zones.day_of("other", at("2026-10-31T23:30:00Z"))) == "2026-10-31");
}

TEST_CASE("a dated zone holds from the first of its month, not before", "[zone]") {
  const BillingZones zones = some_zones();
  CHECK(zones.zone_on("acme", day("2026-10-31")).name() == "America/New_York");
  CHECK(zones.zone_on("acme", day("2026-11-01")).name() == "Asia/Tokyo");
  CHECK(zones.zone_on("acme", day("2027-05-01")).name() == "Asia/Tokyo");
}

TEST_CASE("the change comes at the month's first instant in the new zone", "[zone]") {
  const BillingZones zones = some_zones();
  // 1 November in Tokyo begins at 2026-10-31T15:00Z.
  CHECK(zones.zone_at("acme", at("2026-10-31T14:59:59.999999Z")).name() == "America/New_York");
  CHECK(zones.zone_at("acme", at("2026-10-31T15:00:00Z")).name() == "Asia/Tokyo");
  CHECK(format_day(zones.day_of("acme", at("2026-10-31T14:59:59Z"))) == "2026-10-31");
  CHECK(format_day(zones.day_of("acme", at("2026-10-31T15:00:00Z"))) == "2026-11-01");
}

TEST_CASE("moving west, the hours between the two midnights belong to the first of the month",
          "[zone]") {
  // From Tokyo to New York with November: 1 November begins in Tokyo at 2026-10-31T15:00Z, in New
  // York at 2026-11-01T04:00Z. Until then the old zone's clock counts.
  const BillingZones zones(
      {{"",
        {{month("1970-01"), Zone("Asia/Tokyo")}, {month("2026-11"), Zone("America/New_York")}}}});
  CHECK(zones.zone_at("", at("2026-11-01T03:59:59Z")).name() == "Asia/Tokyo");
  CHECK(zones.zone_at("", at("2026-11-01T04:00:00Z")).name() == "America/New_York");
  CHECK(format_day(zones.day_of("", at("2026-10-31T14:59:59Z"))) == "2026-10-31");
  CHECK(format_day(zones.day_of("", at("2026-10-31T15:00:00Z"))) == "2026-11-01");
  CHECK(format_day(zones.day_of("", at("2026-11-01T03:59:59Z"))) == "2026-11-01");
  CHECK(format_day(zones.day_of("", at("2026-11-01T04:00:00Z"))) == "2026-11-01");
}

TEST_CASE("a tenant's later zone leaves the time before it to the deployment", "[zone]") {
  const BillingZones zones = some_zones();
  CHECK(zones.zone_on("lone", day("2026-09-30")).name() == "UTC");
  CHECK(zones.zone_on("lone", day("2026-10-01")).name() == "Europe/Zurich");
  // 1 October in Zurich begins at 2026-09-30T22:00Z.
  CHECK(zones.zone_at("lone", at("2026-09-30T21:59:59Z")).name() == "UTC");
  CHECK(zones.zone_at("lone", at("2026-09-30T22:00:00Z")).name() == "Europe/Zurich");
}

TEST_CASE("the last complete day ends with the tenant's own midnight", "[zone]") {
  const BillingZones zones = some_zones();
  CHECK(format_day(zones.last_complete_day("", at("2026-10-15T00:00:00Z"))) == "2026-10-14");
  CHECK(format_day(zones.last_complete_day("", at("2026-10-14T23:59:59Z"))) == "2026-10-13");
  // New York's midnight is 04:00Z in October.
  CHECK(format_day(zones.last_complete_day("acme", at("2026-10-15T03:59:59Z"))) == "2026-10-13");
  CHECK(format_day(zones.last_complete_day("acme", at("2026-10-15T04:00:00Z"))) == "2026-10-14");
  CHECK(format_day(zones.last_complete_day("lone", at("2026-10-14T22:00:00Z"))) == "2026-10-14");
}

TEST_CASE("own zones are mentioned only where they differ on that day", "[zone]") {
  const BillingZones zones = some_zones();
  CHECK(zones.has_own_zones(day("2026-10-15")));
  const BillingZones alone({{"", {{month("1970-01"), Zone::utc()}}}});
  CHECK_FALSE(alone.has_own_zones(day("2026-10-15")));
  const BillingZones same(
      {{"", {{month("1970-01"), Zone::utc()}}}, {"acme", {{month("1970-01"), Zone("UTC")}}}});
  CHECK_FALSE(same.has_own_zones(day("2026-10-15")));
  const BillingZones later({{"", {{month("1970-01"), Zone::utc()}}},
                            {"lone", {{month("2026-10"), Zone("Europe/Zurich")}}}});
  CHECK_FALSE(later.has_own_zones(day("2026-09-30")));
  CHECK(later.has_own_zones(day("2026-10-01")));
}

TEST_CASE("a span of a tenant's date ends at midnight, a change of the clock or of the zone",
          "[zone]") {
  const BillingZones zones = some_zones();
  const auto span_of = [&](const char* tenant, const char* instant) {
    const BillingZones::DatedSpan span = zones.span_at(tenant, at(instant));
    return format_day(span.day) + " " + format_instant(span.from) + " " + format_instant(span.to);
  };
  CHECK(span_of("other", "2026-10-15T00:00:00Z") ==
        "2026-10-15 2026-10-15T00:00:00Z 2026-10-16T00:00:00Z");
  // New York is at UTC-4 in October.
  CHECK(span_of("acme", "2026-10-15T03:59:59.999999Z") ==
        "2026-10-14 2026-10-14T04:00:00Z 2026-10-15T04:00:00Z");
  // Tokyo's November begins at 15:00Z, before New York's October ends.
  CHECK(span_of("acme", "2026-10-31T14:59:59Z") ==
        "2026-10-31 2026-10-31T04:00:00Z 2026-10-31T15:00:00Z");
  CHECK(span_of("acme", "2026-10-31T15:00:00Z") ==
        "2026-11-01 2026-10-31T15:00:00Z 2026-11-01T15:00:00Z");
  // Zurich's summer time ends on 25 October 2026 at 01:00Z, an hour after 02:00 local time.
  CHECK(span_of("lone", "2026-10-24T23:00:00Z") ==
        "2026-10-25 2026-10-24T22:00:00Z 2026-10-25T01:00:00Z");
  CHECK(span_of("lone", "2026-10-25T01:00:00Z") ==
        "2026-10-25 2026-10-25T01:00:00Z 2026-10-25T23:00:00Z");
  // Before its own zone's first day the deployment's holds: 30 September of UTC until 22:00Z.
  CHECK(span_of("lone", "2026-09-30T21:00:00Z") ==
        "2026-09-30 2026-09-30T00:00:00Z 2026-09-30T22:00:00Z");
}

/// Spans of random instants are compared with what each instant's own date is.
void check_spans(const BillingZones& zones, std::mt19937_64& random, Instant begin, Instant end) {
  const auto instant_in = [&](Instant from, Instant to) {
    return from +
           std::chrono::microseconds(random() % static_cast<std::uint64_t>((to - from).count()));
  };
  for (const std::string tenant : {"", "own"}) {
    for (int round = 0; round < 1'500; ++round) {
      const Instant instant = instant_in(begin, end);
      const BillingZones::DatedSpan span = zones.span_at(tenant, instant);
      CAPTURE(tenant, format_instant(instant), format_instant(span.from), format_instant(span.to));
      REQUIRE(span.from <= instant);
      REQUIRE(instant < span.to);
      REQUIRE(span.to - span.from <= std::chrono::days(1));
      REQUIRE(zones.day_of(tenant, instant) == span.day);
      REQUIRE(zones.day_of(tenant, span.from) == span.day);
      REQUIRE(zones.day_of(tenant, span.to - std::chrono::microseconds(1)) == span.day);
      for (int n = 0; n < 4; ++n) {
        REQUIRE(zones.day_of(tenant, instant_in(span.from, span.to)) == span.day);
      }
    }
  }
}

TEST_CASE("every instant of a span has the span's date, whatever the zone's rules", "[zone]") {
  // Clocks that change at midnight, by half an hour or by a whole day; dates that do not exist.
  const auto name = GENERATE(as<std::string>{}, "America/Havana", "Africa/Cairo",
                             "Australia/Lord_Howe", "Pacific/Apia", "Asia/Beirut",
                             "America/Santiago", "Africa/Casablanca", "Asia/Kathmandu", "UTC");
  CAPTURE(name);
  std::mt19937_64 random(2011);
  const Instant begin = at("2000-01-01T00:00:00Z");
  const Instant end = at("2026-01-01T00:00:00Z");
  check_spans(BillingZones({{"", {{month("1970-01"), Zone(name)}}}}), random, begin, end);
  // The days of the changes themselves: Apia left out 30 December 2011.
  check_spans(BillingZones({{"", {{month("1970-01"), Zone(name)}}}}), random,
              at("2011-12-28T00:00:00Z"), at("2012-01-02T00:00:00Z"));
}

TEST_CASE("every instant of a span has the span's date across dated zones", "[zone]") {
  const auto other = GENERATE(as<std::string>{}, "Pacific/Apia", "America/Havana", "Asia/Tokyo",
                              "Pacific/Honolulu");
  CAPTURE(other);
  const BillingZones zones({{"",
                             {{month("1970-01"), Zone("America/Santiago")},
                              {month("2011-12"), Zone(other)},
                              {month("2012-01"), Zone("Africa/Cairo")}}},
                            {"own",
                             {{month("2012-01"), Zone("Australia/Lord_Howe")},
                              {month("2012-02"), Zone(other)},
                              {month("2012-03"), Zone("America/New_York")}}}});
  std::mt19937_64 random(2012);
  check_spans(zones, random, at("2011-11-25T00:00:00Z"), at("2012-03-06T00:00:00Z"));
  for (const char* first : {"2011-12-01", "2012-01-01", "2012-02-01", "2012-03-01"}) {
    const Instant midnight = at(std::string(first) + "T00:00:00Z");
    check_spans(zones, random, midnight - std::chrono::hours(30),
                midnight + std::chrono::hours(30));
  }
}

}  // namespace costd
