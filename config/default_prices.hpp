#pragma once
// The list prices that costd ships (config/prices.yaml), built in: what warnings compare with. They
// price nothing; a site copies the file, or a part of it, and names that copy in its configuration.

#include <vector>

#include "ledger/price_entry.hpp"

namespace costd {

/// Read once, in the order of the file. Thread-safe.
const std::vector<PriceEntry>& default_prices();

}  // namespace costd
