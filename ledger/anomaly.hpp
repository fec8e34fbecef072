#pragma once
// The published anomaly rule: a day's cost against the mean of the 7 complete days before it.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ledger/forecast.hpp"

namespace costd {

enum class AnomalyRuleName { published, robust };
const char* name_of(AnomalyRuleName rule);  ///< "PUBLISHED", "ROBUST"

/// The published rule knows spikes and new spend only.
enum class AnomalyClass { spike, drop, new_spend, level_shift };
const char* name_of(AnomalyClass kind);  ///< "SPIKE", "DROP", "NEW_SPEND", "LEVEL_SHIFT"

/// Days of the baseline; a series with less history is not judged.
inline constexpr int baseline_days = 7;

/// Percentages as an integer of thousandths: 50 % = 50'000.
using MilliPercent = std::int64_t;
/// "50", "12.5", at most 3 decimals, above 0 and at most 100000. Throws Error(config).
MilliPercent parse_threshold(const std::string& text);

struct AnomalyRule {
  MilliPercent threshold = 50'000;  ///< flagged when the deviation is above it
  Money impact_min;                 ///< and current - baseline is at least this
};

struct AnomalyFinding {
  AnomalyClass kind = AnomalyClass::spike;
  Day day{};
  Money current;
  Money baseline;
  Money impact() const { return current - baseline; }
  /// One decimal ("183.4"), empty for new spend: there is no percentage of nothing.
  std::string deviation_percent() const;
};

/// Days in a row on which one series was flagged: one incident, whatever the class of its later
/// days, because the day after new spend is a spike by the rule.
struct AnomalyIncident {
  AnomalyClass kind = AnomalyClass::spike;  ///< of its first day
  Day first_day{};
  Day last_day{};  ///< inclusive
  Money current;   ///< cost of its last day
  Money baseline;  ///< of its first day: what a day cost before it began
  Money impact;    ///< cost of all its days above that baseline
  /// Of the last day, as AnomalyFinding has it.
  std::string deviation_percent() const;
  friend bool operator==(const AnomalyIncident&, const AnomalyIncident&) = default;
};
/// The incidents of one series, in order; the findings are by day.
std::vector<AnomalyIncident> group_incidents(std::span<const AnomalyFinding> findings);

/// "LOW", "MEDIUM", "HIGH", "CRITICAL": from 5, 25 and 100 times the smallest impact that is an
/// anomaly at all (10 USD where none is set). Up to half above or below what was usual it is MEDIUM
/// at most.
std::string severity_of(const AnomalyIncident& incident, Money impact_min);

/// Judges one complete day. `known_since` is the first day with any usage of the tenant: a day
/// less than 7 days after it has no baseline.
std::optional<AnomalyFinding> judge_day(const DailySeries& series, Day day, Day known_since,
                                        const AnomalyRule& rule);

}  // namespace costd
