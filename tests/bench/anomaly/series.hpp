#pragma once
// Generated daily costs with events of known class, strength and days; the same for a seed on every
// run.

#include <string>
#include <vector>

#include "ledger/forecast.hpp"
#include "tests/bench/anomaly/grid.hpp"

namespace costd::bench {

enum class EventClass { spike, drop, level_shift, new_spend };
const char* name_of(EventClass kind);  ///< "spike", "drop", ...

struct LabelledEvent {
  EventClass kind = EventClass::spike;
  double strength = 0;  ///< how many times the usual, or of it; 0 for new spend
  Day first{};
  /// Inclusive. An alarm that begins within it is about this event: the days of a spike or a drop,
  /// 14 days from the beginning of a level shift or new spend.
  Day last{};
};

struct WatchedSeries {
  std::string id;  ///< "t007-3"
  int tenant = 0;
  std::string kind;
  Day judged_from{};  ///< earlier days are known and not judged
  Day known_since{};  ///< of the tenant: its first day
  DailySeries costs;  ///< whole micro-USD
  std::vector<LabelledEvent> events;
  /// What each day would cost without noise and without what is going on: a shift belongs to it
  /// from the 15th day on. And the deviation of a day's logarithm. For the bound of what can be
  /// found, nothing else.
  std::vector<double> usual;
  double noise = 0;

  Day end() const {
    return costs.first + std::chrono::days(static_cast<int>(costs.amounts.size()));
  }
};

/// series_of_a_tenant series of each tenant, in order.
std::vector<WatchedSeries> make_watched_series(const WatchGrid& grid);

}  // namespace costd::bench
