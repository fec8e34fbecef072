#pragma once
// What a change of prices does, as people read it: entries with old and new prices, and the costs
// of open months before and after.

#include <string>
#include <vector>

#include "daemon/costctl_table.hpp"

namespace costd {

/// A table of price entries: their own columns between those.
TableModel price_table(std::vector<Column> before, const std::vector<Column>& after,
                       std::string when_empty);

/// The entries of an answer: one row each, "2.50 → 3.00" where a price takes over from another.
void print_price_changes(Context& context, const Json& entries);

/// The costs that change by tenant and model, to the last digit, or that none do.
void print_reprice(Context& context, const Json& answer);

/// One line on standard error for each warning of the answer.
void print_price_warnings(Context& context, const Json& answer);

}  // namespace costd
