#pragma once
// A change of prices and what it does to the daily costs: said before, done in one transaction.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ledger/money.hpp"
#include "ledger/store/price_store.hpp"

namespace costd {

class Connection;
class UnitOfWork;

/// What the change does to one tenant's cost of one model, over the days from the first affected
/// one on, in open months. Requests that move between being priced, unpriced and out of range are
/// counted by where they arrive.
struct RepriceGroup {
  std::string tenant;
  std::string model;
  Money before;
  Money after;
  std::int64_t newly_priced = 0;
  std::int64_t newly_unpriced = 0;
  std::int64_t newly_out_of_range = 0;
  Money difference() const { return after - before; }
};

struct RepriceReport {
  std::vector<RepriceGroup> groups;  ///< only those that change, by tenant and model
  RepriceGroup total;                ///< their sum; without names
  std::optional<Day> from;           ///< the first affected day; nothing if no price changes
  std::int64_t rows = 0;             ///< rows of cost_daily with another charge
  std::int64_t days = 0;             ///< days that are rewritten
};

/// What apply_and_reprice would report; reads only. Added entries need no ids yet.
RepriceReport preview_reprice(Connection& connection, const PriceChanges& changes);

/// Applies the changes and prices the open rows of all days with usage from the first affected day
/// on. A row booked in a closed month keeps its charge. A day that waits for its rollup is rated
/// with them, and is no longer waiting; the report has its difference as if it had been rated
/// before. Only days with a charge that changes are written. Nothing is committed here.
RepriceReport apply_and_reprice(UnitOfWork& unit, PriceChanges& changes, Instant now);

}  // namespace costd
