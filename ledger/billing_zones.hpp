#pragma once
// Which zone's dates a tenant is billed by. Zones are dated: a change holds from a month's first.

#include <map>
#include <string>
#include <vector>

#include "ledger/time/zone.hpp"

namespace costd {

struct DatedZone {
  Month effective;  ///< from the first instant of this month, in the new zone
  Zone zone;
};

/// The deployment's zones ("" as the tenant) and those of tenants that have their own.
class BillingZones {
 public:
  /// Every tenant's list is sorted by month; the deployment's has at least one entry.
  explicit BillingZones(std::map<std::string, std::vector<DatedZone>> zones);

  /// The zone in which the tenant's dates are reckoned at the instant. Before a tenant's first own
  /// zone the deployment's holds, and the deployment's first one holds from the beginning.
  const Zone& zone_at(const std::string& tenant, Instant instant) const;
  /// The zone that holds on the day.
  const Zone& zone_on(const std::string& tenant, Day day) const;
  Day day_of(const std::string& tenant, Instant instant) const {
    return zone_at(tenant, instant).day_of(instant);
  }
  /// The tenant's date at the instant, with instants around it that all have that date.
  struct DatedSpan {
    Day day{};
    Instant from;  ///< inclusive
    Instant to;    ///< exclusive
  };
  DatedSpan span_at(const std::string& tenant, Instant instant) const;
  /// The last day that is over at `now` for the tenant ("" = the deployment).
  Day last_complete_day(const std::string& tenant, Instant now) const;
  /// The last day that is over at `now` for every tenant.
  Day last_day_complete_for_all(Instant now) const;
  /// The largest share of the day's hours that is over at `now` in any of the zones, 0 to 1.
  double largest_share_of(Day day, Instant now) const;
  /// The same in the tenant's own zone.
  double share_of(const std::string& tenant, Day day, Instant now) const;
  /// Tenants with a zone of their own that differs from the deployment's on that day.
  bool has_own_zones(Day day) const;

 private:
  struct Period {
    Day first_day;
    Instant begin;  ///< of the first day in the zone; kept because every record asks for it
    Zone zone;
  };
  template <typename Holds>
  const Zone& find(const std::string& tenant, Holds holds) const;

  std::map<std::string, std::vector<Period>> periods_;
};

}  // namespace costd
