#include "jobs/ingest/record_index.hpp"

#include <catch2/catch.hpp>

#include "ledger/store/file_ledger.hpp"
#include "tests/support/test_database.hpp"

namespace costd {
namespace {

using test::a_usage_record;

/// Stores the records as one block of the source, as a batch would.
BlockId store_block(test::TestDatabase& test, SeriesCatalog& catalog,
                    const std::vector<UsageRecord>& records) {
  BlockId id = 0;
  test.change([&](UnitOfWork& unit) {
    std::vector<BlockRecord> block;
    for (const UsageRecord& record : records) {
      block.push_back({catalog.id_of(unit, record.series), record.at, record.tokens, record.origin,
                       record.record_id, record.tags, record.credential_fingerprint});
    }
    id = store_usage_block(unit, store_source(unit, "gateway"), 1, std::move(block));
  });
  return id;
}

}  // namespace

TEST_CASE("an index knows pending, stored and earlier records", "[ingest]") {
  test::TestDatabase test;
  SeriesCatalog catalog(test.database.snapshot());
  const UsageRecord earlier = a_usage_record().with_id("earlier");
  store_block(test, catalog, {earlier});
  RecordIndex index(test.database, 1, catalog);
  CHECK(index.judge(earlier, {}) == Verdict::duplicate);

  const UsageRecord fresh = a_usage_record().with_id("fresh");
  CHECK(index.judge(fresh, {}) == Verdict::is_new);
  index.add_pending(fresh, 0);
  CHECK(index.judge(fresh, {fresh}) == Verdict::duplicate);
  const UsageRecord changed = a_usage_record().with_id("fresh").with_output_tokens(7);
  CHECK(index.judge(changed, {fresh}) == Verdict::conflict);

  index.pending_stored(store_block(test, catalog, {fresh}));
  CHECK(index.judge(fresh, {}) == Verdict::duplicate);
  CHECK(index.judge(changed, {}) == Verdict::conflict);
}

TEST_CASE("an index of another source knows nothing of these records", "[ingest]") {
  test::TestDatabase test;
  SeriesCatalog catalog(test.database.snapshot());
  store_block(test, catalog, {a_usage_record()});
  RecordIndex index(test.database, 2, catalog);
  CHECK(index.judge(a_usage_record(), {}) == Verdict::is_new);
}

TEST_CASE("more blocks than are kept open are still compared", "[ingest]") {
  test::TestDatabase test;
  SeriesCatalog catalog(test.database.snapshot());
  std::vector<UsageRecord> records;
  for (int n = 0; n < 12; ++n) {
    records.push_back(
        a_usage_record().with_id("rec-" + std::to_string(n)).for_tenant("t-" + std::to_string(n)));
    store_block(test, catalog, {records.back()});
  }
  RecordIndex index(test.database, 1, catalog);
  for (int round = 0; round < 2; ++round) {
    for (const UsageRecord& record : records) {
      CHECK(index.judge(record, {}) == Verdict::duplicate);
      UsageRecord changed = record;
      changed.tags = R"({"a":"b"})";
      CHECK(index.judge(changed, {}) == Verdict::conflict);
    }
  }
}

}  // namespace costd
