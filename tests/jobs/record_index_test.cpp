#include "jobs/ingest/record_index.hpp"

#include <catch2/catch.hpp>
#include <random>
#include <set>

#include "tests/support/parser_bench.hpp"
#include "tests/support/stored_blocks.hpp"

namespace costd {
namespace {

using test::a_usage_record;
using test::store_blocks;

using Rows = std::vector<std::uint32_t>;

const BlockDay oct_5 = block_day_of(test::at("2026-10-05T00:00:00Z"));

constexpr std::size_t much_memory = std::size_t{64} << 20;

void nothing_waits(SourceId, BlockDay, FingerprintSet&) {}

UsageRecord dated(const std::string& id, int days = 0) {
  UsageRecord record = a_usage_record().with_id(id);
  record.at += std::chrono::days(days);
  return record;
}

struct IndexBench : test::ParserBench {
  SourceId source = 0;
  IndexBench() {
    change([&](UnitOfWork& unit) { source = store_source(unit, "gateway"); });
  }
  Rows suspects(RecordIndex& index, const std::vector<UsageRecord>& records) {
    return index.find_suspects(source, parse(records), nothing_waits).suspects;
  }
};

}  // namespace

TEST_CASE("a set of fingerprints has what was inserted and nothing else", "[ingest]") {
  std::mt19937_64 random(64);
  FingerprintSet fingerprints;
  CHECK_FALSE(fingerprints.contains(1));
  CHECK(fingerprints.bytes() == 0);
  fingerprints.prefetch(1);
  std::set<std::uint64_t> known;
  for (int n = 0; n < 50'000; ++n) {
    // Small numbers and multiples fall on few slots, so that probing goes far.
    const std::uint64_t fingerprint = n % 3 == 0   ? random() | 1
                                      : n % 3 == 1 ? random() % 50'000 + 1
                                                   : (random() % 5'000 + 1) << 20;
    REQUIRE(fingerprints.contains(fingerprint) == known.contains(fingerprint));
    if (random() % 2 == 0 && known.insert(fingerprint).second) fingerprints.insert(fingerprint);
    REQUIRE(fingerprints.contains(fingerprint) == known.contains(fingerprint));
  }
  for (const std::uint64_t fingerprint : known) REQUIRE(fingerprints.contains(fingerprint));
  CHECK(fingerprints.bytes() <= known.size() * 24);
  CHECK(fingerprints.bytes() >= known.size() * 12);
}

TEST_CASE("a set makes room for what is expected once it is no small one", "[ingest]") {
  std::mt19937_64 random(65);
  FingerprintSet fingerprints;
  fingerprints.expect(300'000);
  std::vector<std::uint64_t> known;
  const auto insert = [&](std::size_t count) {
    for (; known.size() < count; fingerprints.insert(known.back())) known.push_back(random());
  };
  insert(4'000);
  CHECK(fingerprints.bytes() <= 4'000 * 30);
  insert(20'000);
  const std::size_t bytes = fingerprints.bytes();
  CHECK(bytes >= 300'000 * 10);
  insert(300'000);
  CHECK(fingerprints.bytes() == bytes);
  CHECK(fingerprints.size() == 300'000);
  for (const std::uint64_t fingerprint : known) REQUIRE(fingerprints.contains(fingerprint));
}

TEST_CASE("an id has the same fingerprint wherever it is kept", "[ingest]") {
  const std::string uuid = "0a1b2c3d-4e5f-6789-abcd-ef0123456789";
  RecordTexts texts;
  texts.ids = {"rec-1", "rec-2"};
  BlockRecord record;
  REQUIRE(parse_uuid(uuid, record.id));
  CHECK(fingerprint_of(record, texts) == fingerprint_of(record.id));
  record.has_text_id = true;
  record.id = {1, 0};
  CHECK(fingerprint_of(record, texts) == fingerprint_of("rec-2"));
  CHECK(fingerprint_of("rec-1") != fingerprint_of("rec-2"));
}

TEST_CASE("fingerprints of UUIDs that are alike are apart", "[ingest]") {
  std::set<std::uint64_t> fingerprints;
  for (std::uint64_t n = 0; n < 20'000; ++n) {
    fingerprints.insert(fingerprint_of(RecordId{n, 0}));
    fingerprints.insert(fingerprint_of(RecordId{0, n + 1}));
    fingerprints.insert(fingerprint_of(RecordId{(n + 1) << 44, 0x8000'0000'0000'0000}));
  }
  CHECK(fingerprints.size() == 60'000);
}

TEST_CASE("an index knows stored records, and those it has seen", "[ingest]") {
  IndexBench bench;
  const std::string uuid = "0a1b2c3d-4e5f-6789-abcd-ef0123456789";
  store_blocks(bench, {dated("text"), dated(uuid)});  // kept as texts, both
  store_blocks(bench, {dated(format_uuid({1, 2}))});  // kept as UUIDs
  RecordIndex index(bench.database, 1, much_memory);
  CHECK(bench.suspects(index, {dated("new"), dated("text"), dated(uuid), dated(format_uuid({1, 2})),
                               dated("new")}) == Rows{1, 2, 3, 4});
  CHECK(bench.suspects(index, {dated("new"), dated("newer")}) == Rows{0});
}

TEST_CASE("an index of one source knows nothing of another's records", "[ingest]") {
  IndexBench bench;
  store_blocks(bench, {dated("a")}, "exports");
  RecordIndex index(bench.database, 1, much_memory);
  CHECK(bench.suspects(index, {dated("a")}).empty());
}

TEST_CASE("ids are looked for on the days of the horizon", "[ingest]") {
  IndexBench bench;
  store_blocks(bench, {dated("a")});
  const int horizon = GENERATE(0, 1, 2);
  for (const int days : {-3, -2, -1, 0, 1, 2, 3}) {
    RecordIndex index(bench.database, horizon, much_memory);
    CAPTURE(horizon, days);
    CHECK(bench.suspects(index, {dated("a", days)}).empty() == (std::abs(days) > horizon));
  }
}

TEST_CASE("what waits to be stored is added to a day that is loaded", "[ingest]") {
  IndexBench bench;
  RecordIndex index(bench.database, 1, much_memory);
  std::set<BlockDay> asked;
  const auto waiting = [&](SourceId source, BlockDay day, FingerprintSet& fingerprints) {
    CHECK(source == bench.source);
    CHECK(asked.insert(day).second);
    if (day == oct_5) fingerprints.insert(fingerprint_of("waits"));
  };
  const ParsedChunk parsed = bench.parse({dated("waits"), dated("other"), dated("waits", 1)});
  CHECK(index.find_suspects(bench.source, parsed, waiting).suspects == Rows{0, 2});
  CHECK(asked == std::set<BlockDay>{oct_5 - 1, oct_5, oct_5 + 1, oct_5 + 2});
}

TEST_CASE("days beyond the memory's limit are dropped, and loaded again when needed", "[ingest]") {
  IndexBench bench;
  std::vector<UsageRecord> stored;
  for (int day = 0; day < 20; ++day) stored.push_back(dated("rec-" + std::to_string(day), day));
  store_blocks(bench, stored);
  int loaded = 0;
  const auto count_loads = [&](SourceId, BlockDay, FingerprintSet&) { ++loaded; };
  // A set has at least 1,024 slots of ten bytes: the limit is two days.
  RecordIndex index(bench.database, 0, 2 * 10'240);
  for (int round = 0; round < 2; ++round) {
    for (const UsageRecord& record : stored) {
      CHECK(index.find_suspects(bench.source, bench.parse({record}), count_loads).suspects ==
            Rows{0});
    }
  }
  CHECK(loaded == 40);
  // The last two are still there.
  for (const std::size_t n : {18, 19}) {
    index.find_suspects(bench.source, bench.parse({stored[n]}), count_loads);
  }
  CHECK(loaded == 40);
}

}  // namespace costd
