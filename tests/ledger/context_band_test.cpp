#include "ledger/context_band.hpp"

#include <catch2/catch.hpp>
#include <utility>
#include <vector>

namespace costd {

TEST_CASE("a band is the number of edges that the input exceeds", "[prices]") {
  const std::vector<std::pair<std::int64_t, int>> rows{
      {0, 0},
      {1, 0},
      {32'000, 0},
      {32'001, 1},
      {64'000, 1},
      {64'001, 2},
      {128'000, 2},
      {128'001, 3},
      {200'000, 3},
      {200'001, 4},
      {256'000, 4},
      {256'001, 5},
      {272'000, 5},
      {272'001, 6},
      {512'000, 6},
      {512'001, 7},
      {1'000'000, 7},
      {1'000'001, 8},
      {1'000'000'000'000, 8},
  };
  for (const auto& [tokens, band] : rows) {
    INFO(tokens);
    CHECK(int{band_of(tokens)} == band);
  }
}

TEST_CASE("the band above an edge is the first whose requests all exceed it", "[prices]") {
  for (const std::int64_t edge : context_band_edges) {
    INFO(edge);
    REQUIRE(band_above(edge));
    CHECK(*band_above(edge) == band_of(edge + 1));
    CHECK(*band_above(edge) > band_of(edge));
  }
  CHECK(band_above(32'000) == ContextBand{1});
  CHECK(band_above(200'000) == ContextBand{4});
  CHECK(band_above(1'000'000) == ContextBand{8});
  for (const std::int64_t other : {0, -1, 31'999, 32'001, 100'000, 131'072, 2'000'000}) {
    INFO(other);
    CHECK_FALSE(band_above(other));
  }
}

TEST_CASE("the edges are listed for messages", "[prices]") {
  CHECK(list_of_edges() == "32000, 64000, 128000, 200000, 256000, 272000, 512000, 1000000");
}

}  // namespace costd
