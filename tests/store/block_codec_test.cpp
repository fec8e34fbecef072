#include "ledger/store/block_codec.hpp"

#include <catch2/catch.hpp>
#include <random>
#include <set>
#include <tuple>

#include "ledger/error.hpp"
#include "tests/support/ledger_builders.hpp"

namespace costd {
namespace {

using test::at;

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

BlockRecord random_record(std::mt19937_64& random, std::size_t number, bool with_uuids) {
  BlockRecord record;
  record.series = static_cast<SeriesId>(random() % 20 + 1);
  // Half of them before 1970, some at the same microsecond.
  record.at = from_micros(static_cast<std::int64_t>(random() % 4'000'000'000) * 1'000'000 -
                          2'000'000'000'000'000);
  record.tokens = {random_count(random), random_count(random), random_count(random),
                   random_count(random), random_count(random), random_count(random),
                   random_count(random)};
  record.origin = static_cast<Origin>(random() % 3);
  record.record_id = with_uuids ? random_uuid(random) : "rec-" + std::to_string(number);
  if (random() % 3 == 0) record.tags = R"({"team":"search"})";
  if (random() % 2 == 0) record.credential_fingerprint = "fp-" + std::to_string(random() % 5);
  return record;
}

std::vector<BlockRecord> random_records(std::mt19937_64& random, std::size_t count) {
  const bool with_uuids = random() % 2 == 0;
  std::vector<BlockRecord> records;
  for (std::size_t n = 0; n < count; ++n) {
    records.push_back(random_record(random, n, with_uuids));
  }
  return records;
}

auto as_tuple(const BlockRecord& record) {
  const TokenCounts& t = record.tokens;
  return std::tuple(record.series, record.at, record.record_id, t.input_uncached, t.cache_read,
                    t.cache_write_5m, t.cache_write_1h, t.output, t.reasoning, t.total,
                    record.origin, record.tags, record.credential_fingerprint);
}

std::vector<BlockRecord> decode(const EncodedBlock& block) {
  const auto times = decode_times(block.times);
  const auto counts = decode_counts(block.counts);
  const BlockLabels labels = decode_labels(block.labels);
  const auto ids = decode_record_ids(block.record_ids);
  std::vector<BlockRecord> records;
  for (const SeriesRun& run : decode_directory(block.directory)) {
    for (std::size_t row = run.first; row < run.first + run.count; ++row) {
      records.push_back({run.series, times.at(row), counts.at(row), labels.origins.at(row),
                         ids.at(row), labels.tags.at(row), labels.credential_fingerprints.at(row)});
    }
  }
  return records;
}

void check_round_trip(const std::vector<BlockRecord>& records) {
  std::multiset<decltype(as_tuple(records.front()))> wanted;
  for (const BlockRecord& record : records) wanted.insert(as_tuple(record));
  const auto decoded = decode(encode_block(records));
  // A multiset's order is that of series, time and id: the order a block is promised to have.
  REQUIRE(decoded.size() == wanted.size());
  auto next = wanted.begin();
  for (const BlockRecord& record : decoded) REQUIRE(as_tuple(record) == *next++);
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
  BlockRecord record;
  record.series = 3;
  record.at = at("2026-10-05T12:00:00Z");
  check_round_trip(std::vector<BlockRecord>(1000, record));
}

TEST_CASE("damaged columns are data errors, never a crash", "[store]") {
  std::mt19937_64 random(404);
  const EncodedBlock block = encode_block(random_records(random, 300));
  const auto attack = [&](const std::string& good, auto decode_column) {
    int refused = 0;
    for (int round = 0; round < 3000; ++round) {
      std::string bytes = good;
      // The frame header stays: it may ask for up to 1 GiB, which is allowed and slow.
      const std::size_t at = 10 + random() % (bytes.size() - 10);
      if (random() % 4 == 0) {
        bytes.resize(at);
      } else {
        bytes[at] = static_cast<char>(random());
      }
      try {
        decode_column(bytes);
      } catch (const Error& error) {
        REQUIRE(error.code() == ErrorCode::data);
        ++refused;
      }
    }
    CHECK(refused > 500);
  };
  attack(block.directory, [](const std::string& bytes) { decode_directory(bytes); });
  attack(block.times, [](const std::string& bytes) { decode_times(bytes); });
  attack(block.counts, [](const std::string& bytes) { decode_counts(bytes); });
  attack(block.labels, [](const std::string& bytes) { decode_labels(bytes); });
  attack(block.record_ids, [](const std::string& bytes) { decode_record_ids(bytes); });
}

}  // namespace costd
