#include "jobs/ingest/duplicate_check.hpp"

#include <algorithm>
#include <cstdlib>
#include <set>
#include <utility>

#include "jobs/ingest/record_index.hpp"
#include "ledger/store/database.hpp"

namespace costd {
namespace {

bool is_any(std::uint32_t /*number*/) {
  return true;
}

}  // namespace

DuplicateCheck::DuplicateCheck(Database& database, SourceId source, int horizon_days,
                               const ParsedChunk& chunk, const RecordIndex::Found& found)
    : database_(database),
      source_(source),
      horizon_days_(horizon_days),
      chunk_(chunk),
      fingerprints_(found.fingerprints) {
  for (const std::uint32_t row : found.suspects) {
    const auto number = static_cast<std::uint32_t>(suspects_.size());
    const std::uint64_t fingerprint = fingerprints_[row];
    suspects_.push_back({row});
    next_alike_.push_back(TextTable::none);
    const std::uint32_t first = by_fingerprint_.find(fingerprint, is_any);
    if (first == TextTable::none) {
      by_fingerprint_.add(fingerprint, number);
    } else {
      next_alike_[number] = std::exchange(next_alike_[first], number);
    }
  }
}

/// Calls `compare` for each suspect of the fingerprint that may be a record of that day.
template <typename Compare>
void DuplicateCheck::match(std::uint64_t fingerprint, BlockDay day, Compare compare) {
  for (std::uint32_t number = by_fingerprint_.find(fingerprint, is_any); number != TextTable::none;
       number = next_alike_[number]) {
    Suspect& suspect = suspects_[number];
    const BlockRecord& record = chunk_.records[suspect.row];
    if (suspect.found || std::abs(block_day_of(record.at) - day) > horizon_days_) continue;
    if (!compare(record, suspect)) continue;
    suspect.found = true;
    ++found_;
  }
}

bool DuplicateCheck::same_id(const BlockRecord& suspect, const BlockRecord& other,
                             const RecordTexts& texts) const {
  if (suspect.has_text_id != other.has_text_id) return false;
  return suspect.has_text_id ? chunk_.texts.ids[suspect.id.high] == texts.ids[other.id.high]
                             : suspect.id == other.id;
}

Verdict DuplicateCheck::compare(const BlockRecord& suspect, const BlockRecord& other,
                                const RecordTexts& texts) const {
  const bool same = suspect.at == other.at && suspect.series == other.series &&
                    suspect.tokens == other.tokens && suspect.requests == other.requests &&
                    suspect.origin == other.origin && suspect.stated_band == other.stated_band &&
                    chunk_.texts.labels[suspect.label] == texts.labels[other.label];
  return same ? Verdict::duplicate : Verdict::conflict;
}

void DuplicateCheck::compare_with(const UsageBatch& batch) {
  for (const OpenBlock& block : batch.blocks()) {
    if (block.source != source_) continue;
    const BlockDay day = block_day_of(block.records.front().at);
    for (std::size_t row = 0; row < block.records.size(); ++row) {
      if (all_found()) return;
      const BlockRecord& record = block.records[row];
      match(block.fingerprints[row], day, [&](const BlockRecord& suspect, Suspect& judged) {
        if (!same_id(suspect, record, batch.texts())) return false;
        judged.verdict = compare(suspect, record, batch.texts());
        return true;
      });
    }
  }
}

void DuplicateCheck::compare_with_chunk() {
  std::size_t next = 0;  // of the suspects, which are in order, too
  for (std::uint32_t row = 0; row < chunk_.records.size() && !all_found(); ++row) {
    if (next < suspects_.size() && suspects_[next].row == row) {
      ++next;
      continue;
    }
    const BlockRecord& record = chunk_.records[row];
    match(fingerprints_[row], block_day_of(record.at),
          [&](const BlockRecord& suspect, Suspect& judged) {
            if (!same_id(suspect, record, chunk_.texts)) return false;
            judged.verdict = compare(suspect, record, chunk_.texts);
            return true;
          });
  }
}

std::vector<BlockDay> DuplicateCheck::days() const {
  std::set<BlockDay> days;
  for (const Suspect& suspect : suspects_) {
    if (suspect.found) continue;
    const BlockDay day = block_day_of(chunk_.records[suspect.row].at);
    for (BlockDay near = day - horizon_days_; near <= day + horizon_days_; ++near) {
      days.insert(near);
    }
  }
  return {days.begin(), days.end()};
}

void DuplicateCheck::compare_with_block(Connection& connection, const BlockHead& head) {
  const RecordIds ids = load_record_ids(connection, head);
  std::vector<BlockRecord> records;  // decoded once an id is found
  RecordTexts texts;
  for (std::size_t row = 0; row < ids.size(); ++row) {
    RecordId uuid;
    const bool is_text = !ids.texts.empty() && !parse_uuid(ids.texts[row], uuid);
    if (!is_text && ids.texts.empty()) uuid = ids.uuids[row];
    const std::uint64_t fingerprint =
        is_text ? fingerprint_of(ids.texts[row]) : fingerprint_of(uuid);
    match(fingerprint, head.day, [&](const BlockRecord& suspect, Suspect& judged) {
      const bool same =
          is_text == suspect.has_text_id &&
          (is_text ? ids.texts[row] == chunk_.texts.ids[suspect.id.high] : uuid == suspect.id);
      if (!same) return false;
      if (records.empty()) records = load_records(connection, head, texts);
      judged.verdict = compare(suspect, records[row], texts);
      return true;
    });
  }
}

void DuplicateCheck::compare_with_stored() {
  if (all_found()) return;
  const Snapshot snapshot = database_.snapshot();
  for (const BlockDay day : days()) {
    for (const BlockHead& head : load_block_heads(snapshot, source_, day)) {
      if (all_found()) return;
      compare_with_block(snapshot, head);
    }
  }
}

std::vector<DuplicateCheck::Judged> DuplicateCheck::verdicts() {
  std::vector<Judged> verdicts;
  for (std::uint32_t number = 0; number < suspects_.size(); ++number) {
    Suspect& suspect = suspects_[number];
    verdicts.push_back({suspect.row, suspect.verdict});
    if (suspect.found) continue;
    // Nothing but the hash was alike. Later suspects of the same id are repeats of this one.
    const BlockRecord& record = chunk_.records[suspect.row];
    suspect.found = true;
    match(fingerprints_[suspect.row], block_day_of(record.at),
          [&](const BlockRecord& later, Suspect& judged) {
            if (!same_id(later, record, chunk_.texts)) return false;
            judged.verdict = compare(later, record, chunk_.texts);
            return true;
          });
  }
  return verdicts;
}

}  // namespace costd
