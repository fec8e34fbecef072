#include "jobs/record_coverage.hpp"

#include <algorithm>

namespace costd {
namespace {

/// The instants that have the date for the tenant, and a few hours more where the zone changes.
InstantRange instants_with_date(const BillingZones& zones, const std::string& tenant, Day day) {
  const Day next = day + std::chrono::days(1);
  const Zone& zone = zones.zone_on(tenant, day);
  const Zone& before = zones.zone_on(tenant, day - std::chrono::days(1));
  const Zone& after = zones.zone_on(tenant, next);
  return {std::min(zone.start_of(day), before.start_of(day)),
          std::max(zone.start_of(next), after.start_of(next))};
}

}  // namespace

bool RecordCoverage::is_whole(const std::string& tenant, Day day) {
  if (removed_.empty()) return true;
  const auto [known, is_new] = known_.try_emplace({day, tenant}, true);
  if (!is_new) return known->second;
  const InstantRange instants = instants_with_date(zones_, tenant, day);
  const auto first_missing = removed_.lower_bound(block_day_of(instants.from));
  known->second = first_missing == removed_.end() ||
                  *first_missing > block_day_of(instants.to - std::chrono::microseconds(1));
  return known->second;
}

}  // namespace costd
