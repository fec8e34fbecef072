// How stored blocks become other ones: small ones a large one, a block one with fewer records.

#include <algorithm>
#include <array>

#include "ledger/store/database.hpp"
#include "ledger/store/usage_blocks.hpp"

namespace costd {
namespace {

/// Blocks of about one size are merged when this many have gathered, so that a record is written
/// again once for each size and not once for each drop.
constexpr std::size_t blocks_of_a_size_max = 16;
/// Records that are merged at once, so that the lock is held for less than 250 ms.
constexpr std::int64_t merged_records_max = 2 * static_cast<std::int64_t>(block_records_max);
/// Upper bounds of the sizes, in records; larger blocks are left as they are.
constexpr std::array<std::int64_t, 3> sizes{256, 4'096, 49'152};

std::size_t size_class(const BlockHead& head) {
  return static_cast<std::size_t>(std::ranges::upper_bound(sizes, head.records - 1) -
                                  sizes.begin());
}

/// The first of the blocks, as many as may be merged at once.
std::span<const BlockHead> mergeable(std::span<const BlockHead> heads) {
  std::int64_t records = 0;
  std::size_t count = 0;
  while (count < heads.size() && records + heads[count].records <= merged_records_max) {
    records += heads[count++].records;
  }
  return heads.first(count);
}

void merge(UnitOfWork& unit, std::span<const BlockHead> heads) {
  std::vector<BlockRecord> records;
  RecordTexts texts;
  const auto store = [&](std::size_t count) {
    std::vector<BlockRecord> part(records.begin(),
                                  records.begin() + static_cast<std::ptrdiff_t>(count));
    records.erase(records.begin(), records.begin() + static_cast<std::ptrdiff_t>(count));
    store_usage_block(unit,
                      make_usage_block(heads.front().source, sort_records(part, texts), texts));
  };
  for (const BlockHead& head : heads) {
    const auto more = load_records(unit, head, texts);
    records.insert(records.end(), more.begin(), more.end());
    delete_usage_block(unit, head.id);
    while (records.size() >= block_records_max) store(block_records_max);
  }
  if (!records.empty()) store(records.size());
}

}  // namespace

std::vector<BlockRecord> load_records(Connection& connection, const BlockHead& head,
                                      RecordTexts& texts) {
  const auto directory = load_directory(connection, head);
  const BlockTimes times = load_times(connection, head);
  const BlockCounts counts = load_counts(connection, head);
  const BlockLabels labels = load_labels(connection, head);
  RecordIds ids = load_record_ids(connection, head);
  const auto first_label = static_cast<std::uint32_t>(texts.labels.size());
  texts.labels.insert(texts.labels.end(), labels.distinct.begin(), labels.distinct.end());
  std::vector<BlockRecord> records(static_cast<std::size_t>(head.records));
  for (const SeriesRun& run : directory) {
    for (std::size_t row = run.first; row < run.first + run.count; ++row) {
      BlockRecord& record = records[row];
      record.at = times[row];
      record.series = run.series;
      record.tokens = counts->tokens(row);
      record.requests = counts->requests(row);
      record.label = first_label + labels.rows[row];
      record.origin = counts->origin(row);
      record.stated_band = counts->stated_band(row);
      record.has_text_id = !ids.texts.empty();
      if (record.has_text_id && !parse_uuid(ids.texts[row], record.id)) {
        record.id = {texts.ids.size(), 0};
        texts.ids.push_back(std::move(ids.texts[row]));
      } else if (record.has_text_id) {
        record.has_text_id = false;  // a UUID among texts
      } else {
        record.id = ids.uuids[row];
      }
    }
  }
  return records;
}

std::int64_t compact_usage_blocks(UnitOfWork& unit, SourceId source, BlockDay day) {
  std::array<std::vector<BlockHead>, sizes.size() + 1> by_size;
  for (const BlockHead& head : load_block_heads(unit, source, day)) {
    by_size.at(size_class(head)).push_back(head);
  }
  std::int64_t merged = 0;
  for (std::size_t size = 0; size < sizes.size(); ++size) {
    if (by_size.at(size).size() < blocks_of_a_size_max) continue;
    const auto heads = mergeable(by_size.at(size));
    merge(unit, heads);
    merged += static_cast<std::int64_t>(heads.size());
  }
  return merged;
}

std::int64_t remove_records(UnitOfWork& unit, const BlockHead& head,
                            const std::function<bool(SeriesId)>& keep) {
  std::int64_t kept = 0;
  for (const SeriesRun& run : load_directory(unit, head)) {
    if (keep(run.series)) kept += static_cast<std::int64_t>(run.count);
  }
  if (kept == head.records) return 0;
  if (kept > 0) {
    RecordTexts texts;
    std::vector<BlockRecord> records = load_records(unit, head, texts);
    std::erase_if(records, [&](const BlockRecord& record) { return !keep(record.series); });
    store_usage_block(unit, make_usage_block(head.source, records, texts));
  }
  delete_usage_block(unit, head.id);
  return head.records - kept;
}

}  // namespace costd
