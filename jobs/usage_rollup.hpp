#pragma once
// From records to daily rows: the one place where it is decided what a record adds to which row.

#include <functional>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "ledger/billing_zones.hpp"
#include "ledger/store/usage_blocks.hpp"

namespace costd {

/// Sums of records by local day, before it is known which month they are booked in.
struct UsageRollup {
  std::vector<DailyUsage> rows;  ///< booked is not set; several rows may have one key
  std::map<std::pair<Day, std::string>, std::int64_t> requests;  ///< by day and tenant
};

/// The tenant a series belongs to.
using TenantOfSeries = std::function<const std::string&(SeriesId)>;

/// `sorted` are records in the order of a block: by series, then time.
UsageRollup roll_up(std::span<const BlockRecord> sorted, const BillingZones& zones,
                    const TenantOfSeries& tenant_of);
/// The same of a stored block, from the columns that count. Throws Error(data) where they hold what
/// no record can have.
UsageRollup roll_up_block(const CountedBlock& block, const BillingZones& zones,
                          const TenantOfSeries& tenant_of);

}  // namespace costd
