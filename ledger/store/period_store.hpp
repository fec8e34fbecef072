#pragma once
// What billing periods are closed with, what was waived for them, and what their gates ask about.

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ledger/period_gates.hpp"
#include "ledger/store/period_figures.hpp"

namespace costd {

class Connection;
class UnitOfWork;

/// A month that is closed for a tenant.
struct ClosedPeriod {
  std::string tenant;
  Month month{};
  Instant closed_at;
  std::string closed_by;                   ///< "schedule:month-end"
  std::optional<PeriodFigures> figures{};  ///< nothing if an older costd closed it
};
/// By month and tenant.
std::vector<ClosedPeriod> load_closed_period_records(Connection& connection);
/// What the month was closed with; in the transaction that closes it.
void store_period_figures(UnitOfWork& unit, const std::string& tenant, Month month,
                          const PeriodFigures& figures);

/// Takes the place of an earlier waiver of the same gate.
void store_waiver(UnitOfWork& unit, const std::string& tenant, Month month, const Waiver& waiver);
/// By tenant, each in the order of the gates.
std::map<std::string, std::vector<Waiver>> load_waivers(Connection& connection, Month month);

/// The latest record of each source that ever took anything in. Of records that the retention has
/// removed, the day counts.
std::map<std::string, Instant> load_source_progress(Connection& connection);

/// What was refused and may belong to a month: with a date in it, or without a date and refused
/// since `since`. Of the tenant, or of nobody in particular.
struct RefusedCounts {
  std::int64_t dated_lines = 0;
  std::int64_t undated_lines = 0;
  std::int64_t files = 0;  ///< refused as a whole, so without a date
};
RefusedCounts count_refusals(Connection& connection, const std::string& tenant,
                             const DayRange& days, Instant since);

}  // namespace costd
