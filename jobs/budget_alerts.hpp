#pragma once
// Which alerts a cap's standing calls for, and how they read.

#include <optional>
#include <vector>

#include "ledger/alert.hpp"
#include "ledger/budget_standing.hpp"

namespace costd {

/// The percentages of its limit at which the cap alerts, lowest first, each once: its soft limit,
/// 100, and the further ones.
std::vector<int> thresholds_of(const BudgetCap& cap, const std::vector<int>& further);

/// The highest of the thresholds that is crossed; 0 if none is.
int highest_crossed(const BudgetStanding& standing, const std::vector<int>& thresholds);

/// "budget/(cap)/(version)/(period's first day)/(percent)": once for each period and cap version.
Alert threshold_alert(const BudgetStanding& standing, int percent);

/// The limit will be crossed in this period if spending goes on; nothing if it will not, if it is
/// crossed already, or if fewer than 7 complete days are known: an early guess would use up the
/// one alert that the period has.
std::optional<Alert> forecast_alert(const BudgetStanding& standing);

}  // namespace costd
