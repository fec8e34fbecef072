#include "jobs/ingest/record_index.hpp"

#include <algorithm>
#include <functional>

namespace costd {
namespace {

std::size_t fingerprint_of(const std::string& record_id) {
  return std::hash<std::string>{}(record_id);
}

std::size_t series_at(const std::vector<SeriesRun>& directory, std::size_t row) {
  const auto after = std::ranges::upper_bound(directory, row, {}, &SeriesRun::first);
  return static_cast<std::size_t>(after - directory.begin()) - 1;
}

}  // namespace

void RecordIndex::load_day_of(Instant at) {
  const auto day = std::chrono::floor<std::chrono::days>(at);
  if (!loaded_days_.insert(day).second) return;
  const Snapshot snapshot = database_.snapshot();
  for (const BlockHead& head :
       load_block_heads(snapshot, day, day + std::chrono::days(1), source_)) {
    if (!loaded_blocks_.insert(head.id).second) continue;
    for (const std::string& id :
         load_usage_block(snapshot, head.id, record_ids_column).record_ids) {
      blocks_by_id_.emplace(fingerprint_of(id), head.id);
    }
  }
}

Verdict RecordIndex::judge(const UsageRecord& record, const std::vector<UsageRecord>& pending) {
  load_day_of(record.at);
  if (const auto found = pending_.find(record.record_id); found != pending_.end()) {
    return pending[found->second] == record ? Verdict::duplicate : Verdict::conflict;
  }
  const auto [first, last] = blocks_by_id_.equal_range(fingerprint_of(record.record_id));
  for (auto hint = first; hint != last; ++hint) {
    const OpenBlock& block = open(hint->second);
    const auto row = block.rows.find(record.record_id);
    if (row == block.rows.end()) continue;
    return same_content(record, block, row->second) ? Verdict::duplicate : Verdict::conflict;
  }
  return Verdict::is_new;
}

void RecordIndex::add_pending(const UsageRecord& record, std::size_t index) {
  pending_.emplace(record.record_id, index);
}

void RecordIndex::pending_stored(BlockId block) {
  for (const auto& [id, index] : pending_) blocks_by_id_.emplace(fingerprint_of(id), block);
  pending_.clear();
  loaded_blocks_.insert(block);
}

const RecordIndex::OpenBlock& RecordIndex::open(BlockId id) {
  const auto found = std::ranges::find(open_blocks_, id, &OpenBlock::id);
  if (found != open_blocks_.end()) {
    open_blocks_.splice(open_blocks_.begin(), open_blocks_, found);
    return open_blocks_.front();
  }
  OpenBlock opened;
  opened.id = id;
  opened.block = load_usage_block(database_.snapshot(), id, all_columns);
  for (std::size_t row = 0; row < opened.block.record_ids.size(); ++row) {
    opened.rows.emplace(opened.block.record_ids[row], row);
  }
  open_blocks_.push_front(std::move(opened));
  if (open_blocks_.size() > open_blocks_max) open_blocks_.pop_back();
  return open_blocks_.front();
}

bool RecordIndex::same_content(const UsageRecord& record, const OpenBlock& open,
                               std::size_t row) const {
  const UsageBlock& block = open.block;
  const SeriesKey* series =
      catalog_.key_of(block.directory[series_at(block.directory, row)].series);
  return series != nullptr && *series == record.series && block.times[row] == record.at &&
         block.counts[row] == record.tokens && block.labels.origins[row] == record.origin &&
         block.labels.tags[row] == record.tags &&
         block.labels.credential_fingerprints[row] == record.credential_fingerprint;
}

}  // namespace costd
