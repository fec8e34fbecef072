#include "ledger/billing_zones.hpp"

#include <catch2/catch.hpp>
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

}  // namespace costd
