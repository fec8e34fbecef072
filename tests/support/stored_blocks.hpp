#pragma once
// Usage blocks made of records, as an ingest would leave them.

#include <map>
#include <vector>

#include "ledger/store/file_ledger.hpp"
#include "ledger/store/usage_blocks.hpp"
#include "tests/support/test_database.hpp"

namespace costd::test {

/// Records as a block keeps them, and the texts they refer to.
struct BlockOfRecords {
  std::vector<BlockRecord> records;
  RecordTexts texts;

  void add(SeriesId series, const UsageRecord& record) {
    BlockRecord& added = records.emplace_back();
    added.at = record.at;
    added.series = series;
    added.tokens = record.tokens;
    added.requests = record.requests;
    added.origin = record.origin;
    added.stated_band =
        record.stated_band ? static_cast<std::uint8_t>(*record.stated_band + 1) : std::uint8_t{0};
    added.label = static_cast<std::uint32_t>(texts.labels.size());
    texts.labels.push_back({record.tags, record.credential_fingerprint});
    if (!parse_uuid(record.record_id, added.id)) {
      added.has_text_id = true;
      added.id = {texts.ids.size(), 0};
      texts.ids.push_back(record.record_id);
    }
  }
};

/// Stores the records as one block for each of their UTC days; gives the blocks' ids by day.
inline std::map<BlockDay, BlockId> store_blocks(UnitOfWork& unit,
                                                const std::vector<UsageRecord>& records,
                                                const std::string& source = "gateway") {
  std::map<BlockDay, BlockOfRecords> days;
  for (const UsageRecord& record : records) {
    days[block_day_of(record.at)].add(store_series(unit, record.series), record);
  }
  const SourceId source_id = store_source(unit, source);
  std::map<BlockDay, BlockId> ids;
  for (const auto& [day, block] : days) {
    const auto sorted = sort_records(block.records, block.texts);
    ids[day] = store_usage_block(unit, make_usage_block(source_id, sorted, block.texts));
  }
  return ids;
}

inline std::map<BlockDay, BlockId> store_blocks(TestDatabase& test,
                                                const std::vector<UsageRecord>& records,
                                                const std::string& source = "gateway") {
  std::map<BlockDay, BlockId> ids;
  test.change([&](UnitOfWork& unit) { ids = store_blocks(unit, records, source); });
  return ids;
}

/// The source's blocks of the day, in the order they were stored.
inline std::vector<BlockHead> block_heads_on(TestDatabase& test, BlockDay day,
                                             const std::string& source = "gateway") {
  std::vector<BlockHead> heads;
  test.change(
      [&](UnitOfWork& unit) { heads = load_block_heads(unit, store_source(unit, source), day); });
  return heads;
}

}  // namespace costd::test
