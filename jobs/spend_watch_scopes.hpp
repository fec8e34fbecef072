#pragma once
// The robust rule over everything it watches: every tenant's models, keys and whole, and every
// provider.

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <tuple>
#include <vector>

#include "jobs/anomaly_job.hpp"
#include "ledger/billing_zones.hpp"
#include "ledger/spend_watch.hpp"
#include "ledger/store/anomaly_store.hpp"

namespace costd {

enum class Certainty { certain, may_pass };

/// An incident without id, times, severity and reasons. `may_pass`: its only day is not over, and
/// may still turn out as usual.
struct RobustFinding {
  StoredAnomaly anomaly;
  Certainty certainty = Certainty::certain;
};

/// Watches 26 weeks, and remembers what it found: a series whose complete days are the same as
/// before costs no more than a comparison. One run at a time.
class SpendWatchScopes {
 public:
  explicit SpendWatchScopes(const AnomalyRules& rules);

  /// All incidents since 26 weeks before `from`. The day after `last`, which is the last day that
  /// is complete for all, is judged as far as it has come.
  std::vector<RobustFinding> find(Connection& connection, const BillingZones& zones, Day from,
                                  Day last, Instant now);
  /// The same of tenants' models alone, and of complete days alone. Tenant "" = all of them.
  std::vector<StoredAnomaly> find_of_models(Connection& connection, const std::string& tenant,
                                            Day from, Day last);

 private:
  struct Scope {
    std::string tenant;
    std::string api_key;
    std::string model;
    std::string provider;
    auto operator<=>(const Scope&) const = default;
  };
  struct Watched {
    Day first{};
    std::vector<Money> amounts;  ///< to the last complete day
    WatchResult result;
  };

  using Seen = std::function<void(const Scope&, const Watched&, const DailySeries&)>;
  void each_series(Connection& connection, const std::optional<std::string>& tenant,
                   const DayRange& range, std::span<const unsigned> groupings, const Seen& seen);
  const Watched& watch(const Scope& scope, Day first, std::vector<Money> amounts);
  std::vector<char> planned_days(const Scope& scope, Day first, std::size_t count) const;
  void add_complete(const Scope& scope, const Watched& watched,
                    std::vector<RobustFinding>& findings) const;
  void add_running(const Scope& scope, const Watched& watched, Money cost, double share,
                   std::vector<RobustFinding>& findings) const;
  static Scope scope_of(const StoredAnomaly& anomaly);
  static StoredAnomaly anomaly_of(const Scope& scope);

  const AnomalyRules& rules_;
  WatchOptions options_;
  std::map<Scope, Watched> known_;
};

/// How much of an ordinary day has come by a share of its hours, at most: as if everything came
/// between 6 and 18 o'clock, or evenly, whichever is more. The rollup knows days, not hours, and a
/// share that is too large only makes the rule slower to flag.
double share_of_cost(double share_of_hours);

}  // namespace costd
