#include "ledger/store/large_vector.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>
#include <numeric>

namespace costd {

TEST_CASE("a large vector keeps its values, however often it grows", "[store]") {
  LargeVector<std::uint64_t> values;
  for (std::uint64_t n = 0; n < 1'000'000; ++n) values.push_back(n);  // 8 MB, past some huge pages
  for (std::uint64_t n = 0; n < values.size(); ++n) REQUIRE(values[n] == n);
  const LargeVector<std::uint64_t> copy = values;
  CHECK(copy == values);
  values.resize(10);
  values.shrink_to_fit();
  CHECK(std::accumulate(values.begin(), values.end(), std::uint64_t{0}) == 45);
}

TEST_CASE("a value given to resize is what the new places have", "[store]") {
  LargeVector<char> bytes(3, '#');
  bytes.resize(5'000'000, '\0');
  CHECK(std::count(bytes.begin(), bytes.end(), '\0') == 5'000'000 - 3);
}

TEST_CASE("what has the size of a huge page begins where one may begin", "[store]") {
  const LargeVector<char> large(std::size_t{2} << 20);
  CHECK(reinterpret_cast<std::uintptr_t>(large.data()) % (std::size_t{2} << 20) == 0);
}

}  // namespace costd
