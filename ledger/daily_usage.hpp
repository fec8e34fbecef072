#pragma once
// The daily rollup of usage: what is stored per day, and what everything later is priced from.

#include <cstdint>
#include <map>
#include <vector>

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

/// Sums records into daily rows. Order of records does not matter.
class DailyUsageRollup {
 public:
  void add(const DailyKey& key, const TokenCounts& tokens, std::int64_t requests = 1);
  /// The rows in key order.
  std::vector<DailyUsage> rows() const;
  bool empty() const { return sums_.empty(); }

 private:
  struct Sums {
    std::int64_t requests = 0;
    TokenCounts tokens;
  };
  std::map<DailyKey, Sums> sums_;
};

}  // namespace costd
