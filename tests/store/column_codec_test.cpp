#include "ledger/store/column_codec.hpp"

#include <catch2/catch.hpp>
#include <limits>
#include <random>

#include "ledger/error.hpp"

namespace costd {
namespace {

using Integers = std::vector<std::int64_t>;
using Strings = std::vector<std::string>;

Integers after_a_trip(const Integers& values) {
  ColumnWriter writer;
  writer.write_integers(values);
  return ColumnReader(writer.compress()).read_integers();
}

Strings after_a_trip(const Strings& values) {
  ColumnWriter writer;
  writer.write_strings(values);
  return ColumnReader(writer.compress()).read_strings();
}

}  // namespace

TEST_CASE("integer columns come back as they were written", "[store]") {
  constexpr std::int64_t lowest = std::numeric_limits<std::int64_t>::min();
  constexpr std::int64_t highest = std::numeric_limits<std::int64_t>::max();
  const Integers column = GENERATE(Integers{}, Integers{0}, Integers{-1}, Integers{7, 7, 7},
                                   Integers{lowest, highest}, Integers{lowest, lowest},
                                   Integers{highest, 0, lowest}, Integers{1'000'000, 3'000'000},
                                   Integers{-5, 250, 251}, Integers{0, 1'000'000'000'000});
  CHECK(after_a_trip(column) == column);
}

TEST_CASE("random integer columns come back as they were written", "[store]") {
  std::mt19937_64 random(20261005);
  for (int round = 0; round < 200; ++round) {
    Integers column(random() % 300);
    const unsigned bits = static_cast<unsigned>(random() % 64);
    const auto factor = static_cast<std::int64_t>(random() % 1'000'000 + 1);
    for (std::int64_t& value : column) {
      value = static_cast<std::int64_t>(random() >> bits);
      if (bits > 40) value *= factor;
    }
    CAPTURE(round, bits, factor);
    REQUIRE(after_a_trip(column) == column);
  }
}

TEST_CASE("text columns come back as they were written", "[store]") {
  const Strings column = GENERATE(
      Strings{}, Strings{""}, Strings{"", "", ""}, Strings{"a", "", "Ζ\xc3\xbcrich"},
      Strings{std::string(1, '\0') + "x"}, Strings{std::string(100'000, 'y'), "z"},
      Strings{"0a1b2c3d-0000-4fff-8000-0123456789ab", "ffffffff-ffff-ffff-ffff-ffffffffffff"},
      Strings{"0a1b2c3d-0000-4fff-8000-0123456789ab", "0A1B2C3D-0000-4fff-8000-0123456789ab"},
      Strings{"0a1b2c3d-0000-4fff-8000-0123456789ab", "rec-7"},
      Strings{"0a1b2c3d-0000-4fff-8000-0123456789a-"});
  CHECK(after_a_trip(column) == column);
}

TEST_CASE("a dictionary keeps the order of its values", "[store]") {
  const Strings column{"", "b", "a", "b", "", "c"};
  ColumnWriter writer;
  writer.write_dictionary(column);
  writer.write_dictionary(Strings{});
  ColumnReader reader(writer.compress());
  CHECK(reader.read_dictionary() == column);
  CHECK(reader.read_dictionary().empty());
}

TEST_CASE("a column that ends too early is an error", "[store]") {
  ColumnWriter writer;
  writer.write_integers(Integers{1, 2, 300});
  ColumnReader reader(writer.compress());
  reader.read_integers();
  CHECK_THROWS_AS(reader.read_integers(), Error);
}

TEST_CASE("a count larger than its bytes is refused before memory is taken for it", "[store]") {
  ColumnWriter integers;
  for (const std::uint64_t part :
       {std::uint64_t{1} << 60, std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{0}}) {
    integers.write_number(part);
  }
  CHECK_THROWS_AS(ColumnReader(integers.compress()).read_integers(), Error);
  ColumnWriter strings;
  strings.write_number(std::uint64_t{1} << 60);
  CHECK_THROWS_AS(ColumnReader(strings.compress()).read_strings(), Error);
  ColumnWriter length;
  for (const std::uint64_t part : {std::uint64_t{1}, std::uint64_t{0}, ~std::uint64_t{0}}) {
    length.write_number(part);
  }
  CHECK_THROWS_AS(ColumnReader(length.compress()).read_strings(), Error);
}

TEST_CASE("bytes that are no column are refused", "[store]") {
  CHECK_THROWS_AS(ColumnReader(""), Error);
  CHECK_THROWS_AS(ColumnReader("not compressed"), Error);
}

}  // namespace costd
