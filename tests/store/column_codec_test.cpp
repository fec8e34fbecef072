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
  const std::string bytes = writer.take();
  return ColumnReader(bytes).read_integers();
}

Strings after_a_trip(const Strings& values) {
  ColumnWriter writer;
  writer.write_strings(values);
  const std::string bytes = writer.take();
  return ColumnReader(bytes).read_strings();
}

std::string uuid_after_a_trip(const std::string& text) {
  RecordId id;
  return parse_uuid(text, id) ? format_uuid(id) : "no UUID";
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

TEST_CASE("a column packed in pieces between others has the bytes of one written at once",
          "[store]") {
  std::mt19937_64 random(7);
  for (int round = 0; round < 100; ++round) {
    const std::size_t count = random() % 50 + 1;
    std::vector<Integers> columns(3, Integers(count));
    for (Integers& column : columns) {
      const unsigned bits = static_cast<unsigned>(random() % 64);
      const auto factor = static_cast<std::int64_t>(std::uint64_t{1} << random() % 8) * 125;
      for (std::int64_t& value : column) {
        value = static_cast<std::int64_t>(random() >> bits) / 100'000 * factor;
      }
    }
    ColumnWriter at_once;
    for (const Integers& column : columns) at_once.write_integers(column);
    std::vector<IntegerRange> ranges(columns.size());
    ColumnWriter in_pieces(std::string(100, '#'));
    std::vector<PackedPlace> places;
    const std::size_t piece = random() % count + 1;
    const auto for_each_piece = [&](auto take) {
      for (std::size_t first = 0; first < count; first += piece) {
        for (std::size_t n = 0; n < columns.size(); ++n) {
          take(n, std::span<const std::int64_t>(columns[n])
                      .subspan(first, std::min(piece, count - first)));
        }
      }
    };
    for_each_piece([&](std::size_t n, auto values) { ranges[n].add(values); });
    for (const IntegerRange& range : ranges) places.push_back(in_pieces.add_integers(count, range));
    for_each_piece([&](std::size_t n, auto values) { in_pieces.pack(places[n], values); });
    REQUIRE(in_pieces.take() == at_once.take());
  }
}

TEST_CASE("sums of a packed column are those of its values", "[store]") {
  constexpr std::int64_t lowest = std::numeric_limits<std::int64_t>::min();
  constexpr std::int64_t highest = std::numeric_limits<std::int64_t>::max();
  std::mt19937_64 random(12);
  std::vector<Integers> columns{Integers(30, -7), Integers(100, 0)};
  for (unsigned bits = 0; bits < 64; ++bits) {
    Integers& column = columns.emplace_back(60);
    for (std::int64_t& value : column) value = static_cast<std::int64_t>(random()) >> bits;
  }
  columns.emplace_back(40, highest);
  columns.back()[3] = lowest;
  for (const Integers& column : columns) {
    ColumnWriter writer;
    writer.write_integers(column);
    const std::string bytes = writer.take();
    const PackedIntegers packed = ColumnReader(bytes).read_packed();
    for (std::size_t first = 0; first < column.size(); first += 5) {
      for (std::size_t count = 0; first + count <= column.size(); count += 3) {
        int128 sum = 0;
        for (std::size_t n = first; n < first + count; ++n) sum += column[n];
        REQUIRE((packed.sum(first, count) == sum));
      }
    }
  }
}

TEST_CASE("packed columns are equal if their values are", "[store]") {
  const std::vector<Integers> columns{{}, {1}, {1, 1}, {1, 2}, {2, 1}, {1, 3}, {1, 300}, {0, 0}};
  for (const Integers& a : columns) {
    for (const Integers& b : columns) {
      ColumnWriter writer;
      writer.write_integers(a);
      writer.write_integers(b);
      const std::string bytes = writer.take();
      ColumnReader reader(bytes);
      const PackedIntegers first = reader.read_packed();
      CHECK((first == reader.read_packed()) == (a == b));
    }
  }
}

TEST_CASE("a range knows low, divisor and width of all its pieces", "[store]") {
  struct Row {
    std::vector<Integers> pieces;
    std::int64_t low;
    std::uint64_t divisor;
    std::size_t width;
  };
  constexpr std::int64_t lowest = std::numeric_limits<std::int64_t>::min();
  constexpr std::int64_t highest = std::numeric_limits<std::int64_t>::max();
  const std::vector<Row> rows{
      {{}, 0, 1, 0},
      {{{7, 7}, {7}}, 7, 1, 0},
      {{{5'000}, {}, {2'000, 9'000}}, 2'000, 1'000, 1},      // differences 3000 and 7000
      {{{0, 1'000}, {500}}, 0, 500, 1},                      // a later piece halves it
      {{{0, 256}, {64'000 * 256}}, 0, 256, 2},               // 64000 times 256
      {{{-6, 6}, {0}}, -6, 6, 1},
      {{{lowest}, {highest}}, lowest, 0xffff'ffff'ffff'ffff, 1},
      {{{lowest, highest}, {0}}, lowest, 1, 8},
  };
  for (const Row& row : rows) {
    IntegerRange range;
    for (const Integers& piece : row.pieces) range.add(piece);
    CAPTURE(row.low, row.divisor);
    CHECK(range.low() == row.low);
    CHECK(range.divisor() == row.divisor);
    CHECK(range.width() == row.width);
  }
}

TEST_CASE("multiples are told from other numbers, and divided, as by division", "[store]") {
  std::mt19937_64 random(11);
  for (int round = 0; round < 2'000; ++round) {
    const std::uint64_t divisor = (random() >> random() % 64) | (round % 2 == 0 ? 1 : 0);
    if (divisor == 0) continue;
    const ExactDivisor exact(divisor);
    const std::uint64_t value = random() >> random() % 64;
    CAPTURE(divisor, value);
    REQUIRE(exact.divides(value) == (value % divisor == 0));
    REQUIRE(exact.divides(0));
    const std::uint64_t multiple = value / divisor * divisor;
    REQUIRE(exact.divides(multiple));
    REQUIRE(exact.quotient(multiple) == multiple / divisor);
  }
}

TEST_CASE("single values and runs are read from a packed column without the others", "[store]") {
  std::mt19937_64 random(3);
  for (unsigned bytes = 0; bytes <= 8; ++bytes) {
    Integers column(100);
    for (std::int64_t& value : column) {
      value = bytes == 0 ? -9 : static_cast<std::int64_t>(random() >> (64 - bytes * 8));
    }
    ColumnWriter writer;
    writer.write_integers(column);
    writer.write_integers(Integers{1});
    const std::string stored = writer.take();
    ColumnReader reader(stored);
    const PackedIntegers packed = reader.read_packed();
    CHECK(reader.read_integers() == Integers{1});
    CAPTURE(bytes);
    REQUIRE(packed.size() == column.size());
    for (std::size_t n = 0; n < column.size(); ++n) REQUIRE(packed[n] == column[n]);
    Integers part{5};
    packed.unpack_into(part, 90, 10);
    Integers wanted{5};
    wanted.insert(wanted.end(), column.begin() + 90, column.end());
    CHECK(part == wanted);
  }
}

TEST_CASE("a column without differences takes a few bytes, whatever its length", "[store]") {
  const auto size_of = [](const Integers& column) {
    ColumnWriter writer;
    writer.write_integers(column);
    return writer.take().size();
  };
  // Count 2, minimum 1, divisor 1, width 1, checksum 8.
  CHECK(size_of(Integers(1'000, 7)) == 13);
  // Thousands of one second: a byte each, beside a count 2, minimum 1, divisor 2, width 1.
  Integers seconds;
  for (int n = 0; n < 200; ++n) seconds.push_back(n * 1'000);
  CHECK(size_of(seconds) == 200 + 6 + 8);
}

TEST_CASE("text columns come back as they were written", "[store]") {
  const Strings column = GENERATE(
      Strings{}, Strings{""}, Strings{"", "", ""}, Strings{"a", "", "Ζ\xc3\xbcrich"},
      Strings{std::string(1, '\0') + "x"}, Strings{std::string(100'000, 'y'), "z"},
      Strings{"0a1b2c3d-0000-4fff-8000-0123456789ab", "ffffffff-ffff-ffff-ffff-ffffffffffff"},
      Strings{"0a1b2c3d-0000-4fff-8000-0123456789ab", "rec-7"});
  CHECK(after_a_trip(column) == column);
}

TEST_CASE("only canonical lower-case UUIDs are taken for one", "[store]") {
  const std::string uuid = "0a1b2c3d-4e5f-6789-abcd-ef0123456789";
  CHECK(uuid_after_a_trip(uuid) == uuid);
  RecordId id;
  REQUIRE(parse_uuid(uuid, id));
  CHECK(id == RecordId{0x0a1b'2c3d'4e5f'6789U, 0xabcd'ef01'2345'6789U});
  for (const char* other :
       {"00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"}) {
    CHECK(uuid_after_a_trip(other) == other);
  }
  for (std::size_t at = 0; at < uuid.size(); ++at) {
    for (const char wrong : {'A', 'F', 'g', '/', ':', '`', '-', '0', ' ', '\0', '\x80', '\xff'}) {
      std::string text = uuid;
      const bool is_dash = text[at] == '-';
      text[at] = wrong;
      const bool fits = is_dash ? wrong == '-' : wrong == '0';
      CAPTURE(at, wrong);
      CHECK(parse_uuid(text, id) == fits);
    }
  }
  CHECK_FALSE(parse_uuid("", id));
  CHECK_FALSE(parse_uuid(uuid + "0", id));
  CHECK_FALSE(parse_uuid(uuid.substr(1), id));
  CHECK_FALSE(parse_uuid("{" + uuid + "}", id));
}

TEST_CASE("UUIDs are ordered as their texts are", "[store]") {
  std::mt19937_64 random(16);
  for (int round = 0; round < 200; ++round) {
    const RecordId a{random(), random() % 3};
    const RecordId b{random() % 2 == 0 ? a.high : random(), random() % 3};
    CHECK((a < b) == (format_uuid(a) < format_uuid(b)));
  }
}

TEST_CASE("UUID columns come back as they were written", "[store]") {
  const std::vector<RecordId> ids{{1, 2}, {0, 0}, {~std::uint64_t{0}, 7}};
  ColumnWriter writer;
  writer.write_uuids(ids);
  writer.write_uuids({});
  const std::string bytes = writer.take();
  CHECK(bytes.size() == 1 + 3 * 16 + 1 + 8);
  ColumnReader reader(bytes);
  CHECK(reader.read_uuids() == ids);
  CHECK(reader.read_uuids().empty());
  CHECK_THROWS_AS(reader.read_uuids(), Error);
}

TEST_CASE("a dictionary keeps the order of its values", "[store]") {
  const Strings column{"", "b", "a", "b", "", "c"};
  ColumnWriter writer;
  writer.write_dictionary(column);
  writer.write_dictionary(Strings{});
  const std::string bytes = decompress_column(writer.compress());
  ColumnReader reader(bytes);
  CHECK(reader.read_dictionary() == column);
  CHECK(reader.read_dictionary().empty());
}

TEST_CASE("a column that ends too early is an error", "[store]") {
  ColumnWriter writer;
  writer.write_integers(Integers{1, 2, 300});
  const std::string bytes = writer.take();
  ColumnReader reader(bytes);
  reader.read_integers();
  CHECK_THROWS_AS(reader.read_integers(), Error);
}

TEST_CASE("a count larger than its bytes is refused before memory is taken for it", "[store]") {
  const auto bytes_of = [](const std::vector<std::uint64_t>& numbers) {
    ColumnWriter writer;
    for (const std::uint64_t number : numbers) writer.write_number(number);
    return writer.take();
  };
  const std::uint64_t huge = std::uint64_t{1} << 60;
  const std::string integers = bytes_of({huge, 0, 1, 0});
  CHECK_THROWS_AS(ColumnReader(integers).read_integers(), Error);
  const std::string wide = bytes_of({1, 0, 1, 9, 0, 0});
  CHECK_THROWS_AS(ColumnReader(wide).read_integers(), Error);
  const std::string count = bytes_of({huge});
  CHECK_THROWS_AS(ColumnReader(count).read_strings(), Error);
  CHECK_THROWS_AS(ColumnReader(count).read_uuids(), Error);
  const std::string length = bytes_of({1, ~std::uint64_t{0}});
  CHECK_THROWS_AS(ColumnReader(length).read_strings(), Error);
  const std::string endless = bytes_of({~std::uint64_t{0}}).replace(0, 10, 10, '\xff');
  CHECK_THROWS_AS(ColumnReader(endless), Error);  // its checksum
}

TEST_CASE("bytes that are no column are refused", "[store]") {
  CHECK_THROWS_AS(ColumnReader(""), Error);
  CHECK_THROWS_AS(ColumnReader("1234567"), Error);
  CHECK_THROWS_AS(ColumnReader("no checksum at its end"), Error);
  CHECK_THROWS_AS(decompress_column(""), Error);
  CHECK_THROWS_AS(decompress_column("not compressed"), Error);
}

}  // namespace costd
