#pragma once
// Tokens and costs of some days by series and token class: what an anomaly is explained from.

#include <vector>

#include "ledger/anomaly_reasons.hpp"
#include "ledger/store/cost_summary.hpp"

namespace costd {

/// Only charges of the filter's series and days that have a price; `booked` and `state` of the
/// filter are not looked at.
std::vector<SpendCell> load_spend_cells(Connection& connection, const CostFilter& filter);

}  // namespace costd
