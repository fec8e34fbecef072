#pragma once
// How months stand: what the gates ask, read from the ledger, and what they answer.

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "ledger/store/period_store.hpp"

namespace costd {

class AlertDesk;
class BillingZones;

struct CloseOptions {
  std::chrono::hours grace{72};
  std::vector<std::string> sources{};  ///< the configured ones; each has to get beyond the month
  AlertDesk* alerts = nullptr;         ///< told of months that are due and cannot be closed
};

/// One tenant's month: what is known, what is in the way, and what was waived.
struct PeriodStanding {
  PeriodFacts facts;
  std::vector<Obstacle> obstacles;  ///< every one, waived or not; none of a closed month
  std::vector<Waiver> waivers;
  std::optional<ClosedPeriod> closed;
  /// What still keeps the month open.
  std::vector<Obstacle> blocking() const { return without_waived(obstacles, waivers); }
};

/// The month of each of the tenants that has usage in it, by tenant. Reads the month once, however
/// many tenants there are.
std::vector<PeriodStanding> load_period_standings(Connection& connection,
                                                  const CloseOptions& options, Month month,
                                                  const TenantChoice& tenants, Instant now);

/// Months with usage, dated or booked in them, oldest first.
std::vector<Month> load_months_with_usage(Connection& connection);

}  // namespace costd
