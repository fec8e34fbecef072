#pragma once
// The daily rollup of usage: what is stored per day, and what everything later is priced from.

#include <compare>
#include <cstdint>

#include "ledger/context_band.hpp"
#include "ledger/time/calendar.hpp"
#include "ledger/token_usage.hpp"

namespace costd {

/// The small id of a series in the database; positive.
using SeriesId = std::int64_t;

/// The key of usage_daily and cost_daily.
struct DailyKey {
  Day day{};  ///< local date in the tenant's billing zone
  SeriesId series = 0;
  ContextBand band = 0;
  Month booked{};  ///< the open month the row is booked in; later than `day` for corrections
  Origin origin = Origin::exact;
  friend auto operator<=>(const DailyKey&, const DailyKey&) = default;
};

struct DailyUsage {
  DailyKey key;
  std::int64_t requests = 0;
  TokenCounts tokens;
};

}  // namespace costd
