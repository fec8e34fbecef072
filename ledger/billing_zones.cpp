#include "ledger/billing_zones.hpp"

#include <algorithm>
#include <cassert>

namespace costd {
namespace {

using std::chrono::days;

Instant begin_of(const DatedZone& dated) {
  return dated.zone.start_of(days_of(dated.effective).from);
}

/// The last entry for which `holds` is true, else the first entry.
template <typename Holds>
const Zone& last_that(const std::vector<DatedZone>& zones, Holds holds) {
  for (auto dated = zones.rbegin(); dated != zones.rend(); ++dated) {
    if (holds(*dated)) return dated->zone;
  }
  return zones.front().zone;
}

}  // namespace

BillingZones::BillingZones(std::map<std::string, std::vector<DatedZone>> zones)
    : zones_(std::move(zones)) {
  assert(!zones_.at("").empty());
}

const std::vector<DatedZone>& BillingZones::zones_of(const std::string& tenant) const {
  const auto own = zones_.find(tenant);
  return own == zones_.end() || own->second.empty() ? zones_.at("") : own->second;
}

const Zone& BillingZones::zone_at(const std::string& tenant, Instant instant) const {
  const auto& zones = zones_of(tenant);
  if (zones.size() == 1) return zones.front().zone;
  return last_that(zones, [&](const DatedZone& dated) { return begin_of(dated) <= instant; });
}

const Zone& BillingZones::zone_on(const std::string& tenant, Day day) const {
  return last_that(zones_of(tenant), [&](const DatedZone& dated) {
    return days_of(dated.effective).from <= day;
  });
}

Day BillingZones::last_complete_day(const std::string& tenant, Instant now) const {
  return day_of(tenant, now) - days(1);
}

bool BillingZones::has_own_zones(Day day) const {
  return std::ranges::any_of(zones_, [&](const auto& entry) {
    return zone_on(entry.first, day).name() != zone_on("", day).name();
  });
}

}  // namespace costd
