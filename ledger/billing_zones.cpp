#include "ledger/billing_zones.hpp"

#include <algorithm>
#include <cassert>

namespace costd {

using std::chrono::days;

namespace {

const std::string deployment;  // the tenant name under which the deployment's zones are kept

}  // namespace

BillingZones::BillingZones(std::map<std::string, std::vector<DatedZone>> zones) {
  for (const auto& [tenant, dated_zones] : zones) {
    auto& periods = periods_[tenant];
    for (const DatedZone& dated : dated_zones) {
      const Day first_day = days_of(dated.effective).from;
      periods.push_back({first_day, dated.zone.start_of(first_day), dated.zone});
    }
  }
  assert(!periods_.at("").empty());
}

/// The tenant's last period for which `holds` is true, else the deployment's, else its first.
template <typename Holds>
const Zone& BillingZones::find(const std::string& tenant, Holds holds) const {
  const auto& shared = periods_.at("");
  const auto own = periods_.find(tenant);
  for (const auto* periods : {own == periods_.end() ? &shared : &own->second, &shared}) {
    const auto found = std::find_if(periods->rbegin(), periods->rend(), holds);
    if (found != periods->rend()) return found->zone;
  }
  return shared.front().zone;
}

const Zone& BillingZones::zone_at(const std::string& tenant, Instant instant) const {
  return find(tenant, [&](const Period& period) { return period.begin <= instant; });
}

const Zone& BillingZones::zone_on(const std::string& tenant, Day day) const {
  return find(tenant, [&](const Period& period) { return period.first_day <= day; });
}

BillingZones::DatedSpan BillingZones::span_at(const std::string& tenant, Instant instant) const {
  // Within one offset of one zone the date is that of the shifted clock.
  const Zone::Offset offset = zone_at(tenant, instant).offset_at(instant);
  const auto local = LocalTime(instant.time_since_epoch() + offset.seconds);
  DatedSpan span;
  span.day = std::chrono::floor<days>(local);
  const Instant midnight(LocalTime(span.day).time_since_epoch() - offset.seconds);
  span.from = std::max(midnight, offset.from);
  span.to = std::min(midnight + days(1), offset.to);
  for (const auto* name : {&tenant, &deployment}) {
    const auto own = periods_.find(*name);
    if (own == periods_.end()) continue;
    for (const Period& period : own->second) {
      if (period.begin <= instant) {
        span.from = std::max(span.from, period.begin);
      } else {
        span.to = std::min(span.to, period.begin);
      }
    }
  }
  return span;
}

Day BillingZones::last_complete_day(const std::string& tenant, Instant now) const {
  return day_of(tenant, now) - days(1);
}

Day BillingZones::last_day_complete_for_all(Instant now) const {
  Day last = last_complete_day("", now);
  for (const auto& [tenant, periods] : periods_) {
    last = std::min(last, last_complete_day(tenant, now));
  }
  return last;
}

double BillingZones::share_of(const std::string& tenant, Day day, Instant now) const {
  const InstantRange range = instants_of({day, day + days(1)}, zone_on(tenant, day));
  const auto whole = static_cast<double>((range.to - range.from).count());
  const auto past = static_cast<double>((now - range.from).count());
  return whole <= 0 ? 1 : std::clamp(past / whole, 0.0, 1.0);
}

double BillingZones::largest_share_of(Day day, Instant now) const {
  double most = 0;
  for (const auto& [tenant, periods] : periods_) most = std::max(most, share_of(tenant, day, now));
  return most;
}

bool BillingZones::has_own_zones(Day day) const {
  return std::ranges::any_of(periods_, [&](const auto& entry) {
    return zone_on(entry.first, day).name() != zone_on("", day).name();
  });
}

}  // namespace costd
