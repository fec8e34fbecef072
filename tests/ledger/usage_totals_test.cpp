#include "ledger/usage_totals.hpp"

#include <catch2/catch.hpp>

namespace costd {

TEST_CASE("totals add up field by field", "[rollup]") {
  UsageTotals sum{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
  sum += UsageTotals{100, 200, 300, 400, 500, 600, 700, 800, 900, 1'000, 1'100};
  CHECK(sum == UsageTotals{101, 202, 303, 404, 505, 606, 707, 808, 909, 1'010, 1'111});
}

}  // namespace costd
