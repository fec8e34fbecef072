#include "ledger/store/block_codec.hpp"

#include <xxhash.h>

#include <catch2/catch.hpp>
#include <random>
#include <set>
#include <tuple>

#include "ledger/error.hpp"
#include "tests/support/stored_blocks.hpp"

namespace costd {
namespace {

using test::at;
using test::BlockOfRecords;

std::string random_uuid(std::mt19937_64& random) {
  std::string text = "00000000-0000-0000-0000-000000000000";
  for (char& c : text) {
    if (c == '0') c = "0123456789abcdef"[random() % 16];
  }
  return text;
}

std::int64_t random_count(std::mt19937_64& random) {
  switch (random() % 4) {
    case 0:
      return 0;
    case 1:
      return tokens_per_record_max;
    default:
      return static_cast<std::int64_t>(random() % 10'000);
  }
}

enum class Ids { uuids, texts, mixed };

std::string random_id(std::mt19937_64& random, std::size_t number, Ids ids) {
  const bool is_uuid = ids == Ids::uuids || (ids == Ids::mixed && random() % 2 == 0);
  return is_uuid ? random_uuid(random) : "rec-" + std::to_string(number);
}

UsageRecord random_record(std::mt19937_64& random, std::size_t number, Ids ids) {
  UsageRecord record;
  // Half of them before 1970, some at the same microsecond.
  record.at = from_micros(static_cast<std::int64_t>(random() % 4'000'000'000) * 1'000'000 -
                          2'000'000'000'000'000);
  record.tokens = {random_count(random), random_count(random), random_count(random),
                   random_count(random), random_count(random), random_count(random),
                   random_count(random)};
  record.origin = static_cast<Origin>(random() % 3);
  if (random() % 4 == 0) record.requests = random_count(random);
  if (random() % 4 == 0) record.stated_band = static_cast<ContextBand>(random() % 9);
  record.record_id = random_id(random, number, ids);
  if (random() % 3 == 0) record.tags = R"({"team":"search"})";
  if (random() % 2 == 0) record.credential_fingerprint = "fp-" + std::to_string(random() % 5);
  return record;
}

BlockOfRecords random_records(std::mt19937_64& random, std::size_t count) {
  const auto ids = static_cast<Ids>(random() % 3);
  // Series far apart are sorted in another way than those close together.
  const std::int64_t factor = random() % 4 == 0 ? 1'000'000'007 : 1;
  BlockOfRecords block;
  for (std::size_t n = 0; n < count; ++n) {
    block.add(static_cast<SeriesId>(random() % 20 + 1) * factor, random_record(random, n, ids));
  }
  return block;
}

auto as_tuple(const BlockRecord& record, const std::string& id, const RecordLabel& label) {
  const TokenCounts& t = record.tokens;
  return std::tuple(record.series, record.at, id, t.input_uncached, t.cache_read, t.cache_write_5m,
                    t.cache_write_1h, t.output, t.reasoning, t.total, record.requests,
                    record.origin, record.stated_band, label.tags, label.credential_fingerprint);
}
using Row = decltype(as_tuple({}, {}, {}));

std::vector<Row> decode(const EncodedBlock& block) {
  const auto times = decode_times(block.times);
  const PackedCounts counts(block.counts);
  const BlockLabels labels = decode_labels(block.labels);
  const RecordIds ids = decode_record_ids(block.record_ids);
  std::vector<Row> rows;
  for (const SeriesRun& run : decode_directory(block.directory)) {
    for (std::size_t row = run.first; row < run.first + run.count; ++row) {
      BlockRecord record;
      record.series = run.series;
      record.at = from_micros(times[row]);
      record.tokens = counts.tokens(row);
      record.requests = counts.requests(row);
      record.origin = counts.origin(row);
      record.stated_band = counts.stated_band(row);
      rows.push_back(as_tuple(record, ids.text(row), labels[row]));
    }
  }
  return rows;
}

EncodedBlock encode(const BlockOfRecords& block) {
  return encode_block(sort_records(block.records, block.texts), block.texts);
}

void check_round_trip(const BlockOfRecords& block) {
  std::multiset<Row> wanted;
  for (const BlockRecord& record : block.records) {
    wanted.insert(as_tuple(record, id_text(record, block.texts), block.texts.labels[record.label]));
  }
  const auto decoded = decode(encode(block));
  // A multiset's order is that of series, time and id: the order a block is promised to have.
  REQUIRE(decoded.size() == wanted.size());
  auto next = wanted.begin();
  for (const Row& row : decoded) REQUIRE(row == *next++);
}

/// The column with a fitting checksum, whatever its bytes are.
std::string with_checksum(std::string bytes) {
  const std::uint64_t checksum = XXH3_64bits(bytes.data(), bytes.size());
  return bytes.append(reinterpret_cast<const char*>(&checksum), sizeof(checksum));
}

void read_counts(const std::string& bytes) {
  const PackedCounts counts(bytes);
  for (std::size_t row = 0; row < counts.size(); ++row) {
    counts.tokens(row);
    counts.requests(row);
    counts.origin(row);
    counts.stated_band(row);
  }
}

/// Every damage is refused as Error(data), or (with a checksum that fits) read as other values.
template <typename Read>
int refusals(const std::vector<std::string>& damaged, Read read) {
  int refused = 0;
  for (const std::string& bytes : damaged) {
    try {
      read(bytes);
    } catch (const Error& error) {
      REQUIRE(error.code() == ErrorCode::data);
      ++refused;
    }
  }
  return refused;
}

std::vector<std::string> damaged(std::mt19937_64& random, const std::string& good,
                                 std::size_t from) {
  std::vector<std::string> all;
  for (int round = 0; round < 2'000; ++round) {
    std::string bytes = good;
    const std::size_t at = from + random() % (bytes.size() - from);
    if (random() % 4 == 0) {
      bytes.resize(at);
    } else {
      bytes[at] = static_cast<char>(bytes[at] ^ static_cast<char>(random() % 255 + 1));
    }
    all.push_back(bytes);
  }
  return all;
}

}  // namespace

TEST_CASE("blocks of random records come back sorted and complete", "[store]") {
  std::mt19937_64 random(65536);
  for (int round = 0; round < 60; ++round) {
    CAPTURE(round);
    check_round_trip(random_records(random, random() % 400 + 1));
  }
}

TEST_CASE("a block holds one record and the most it may", "[store]") {
  std::mt19937_64 random(1);
  check_round_trip(random_records(random, 1));
  check_round_trip(random_records(random, block_records_max));
}

TEST_CASE("a block of equal records repeats them", "[store]") {
  UsageRecord record;
  record.at = at("2026-10-05T12:00:00Z");
  BlockOfRecords block;
  for (int n = 0; n < 1'000; ++n) block.add(3, record);
  check_round_trip(block);
}

TEST_CASE("the order of a block does not depend on the order of its records", "[store]") {
  std::mt19937_64 random(7);
  BlockOfRecords block = random_records(random, 500);
  const auto decoded = decode(encode(block));
  std::ranges::shuffle(block.records, random);
  CHECK(decode(encode(block)) == decoded);
  BlockRecords spent(9);
  const auto sorted = sort_records(block.records, block.texts, std::move(spent));
  CHECK(decode(encode_block(sorted, block.texts)) == decoded);
}

TEST_CASE("the band of a sum over several calls is the stated one, or none", "[store]") {
  BlockRecord record;
  record.tokens.input_uncached = 40'000;  // beyond 32,000, the first edge
  CHECK(band_of(record) == 1);
  record.requests = 2;
  CHECK(band_of(record) == 0);
  record.stated_band = 4;  // band 3 and one
  CHECK(band_of(record) == 3);
}

TEST_CASE("a damaged column is a data error, whichever byte it is", "[store]") {
  std::mt19937_64 random(404);
  const EncodedBlock block = encode(random_records(random, 300));
  const auto attack = [&](const std::string& good, std::size_t from, auto read) {
    const auto all = damaged(random, good, from);
    CHECK(refusals(all, read) == static_cast<int>(all.size()));
  };
  attack(block.directory, 0, [](const std::string& bytes) { decode_directory(bytes); });
  attack(block.times, 0, [](const std::string& bytes) { decode_times(bytes); });
  attack(block.counts, 0, read_counts);
  // The frame header stays: it may ask for up to 1 GiB, which is allowed and slow.
  attack(block.labels, 10, [](const std::string& bytes) { decode_labels(bytes); });
  attack(block.record_ids, 0, [](const std::string& bytes) { decode_record_ids(bytes); });
}

TEST_CASE("wrong bytes under a right checksum are never a crash", "[store]") {
  std::mt19937_64 random(405);
  const EncodedBlock block = encode(random_records(random, 300));
  const auto attack = [&](const std::string& good, auto read) {
    auto all = damaged(random, good.substr(0, good.size() - 8), 0);
    for (std::string& bytes : all) bytes = with_checksum(bytes);
    CHECK(refusals(all, read) > 50);
  };
  attack(block.directory, [](const std::string& bytes) { decode_directory(bytes); });
  attack(block.times, [](const std::string& bytes) { decode_times(bytes).unpack(); });
  attack(block.counts, read_counts);
  attack(block.record_ids, [](const std::string& bytes) { decode_record_ids(bytes); });
}

}  // namespace costd
