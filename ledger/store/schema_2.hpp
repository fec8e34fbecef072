#pragma once
// Carries the rows of schema 1 over to schema 2: blocks of the first codec, and rollup tables with
// one row for each series.

namespace costd {

class Connection;

/// Reads usage_block_1, usage_daily_1 and cost_daily_1, writes their successors, drops them.
void carry_over_to_schema_2(Connection& connection);

}  // namespace costd
