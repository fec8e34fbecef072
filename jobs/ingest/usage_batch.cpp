#include "jobs/ingest/usage_batch.hpp"

#include <algorithm>

#include "ledger/store/daily_store.hpp"
#include "ledger/store/fast_hash.hpp"

namespace costd {
namespace {

/// Records of a transaction: it writes some ten megabytes and holds the lock for less than 250 ms.
constexpr std::int64_t records_max = 6 * static_cast<std::int64_t>(block_records_max);
constexpr std::size_t quarantined_lines_max = 10'000;
/// Labels are the one part of a record that may be long: a batch of them has to fit into memory.
constexpr std::size_t label_bytes_max = 32 << 20;
constexpr std::size_t files_max = 2'000;
/// A block that has so many will have many more; there may be very many that never do.
constexpr std::size_t small_block_records = block_records_max / 4;

}  // namespace

UsageBatch::~UsageBatch() {
  for (OpenBlock& block : blocks_) {
    spent_.records.give(std::move(block.records));
    spent_.fingerprints.give(std::move(block.fingerprints));
    spent_.columns.give(std::move(block.encoded.columns));
  }
}

bool UsageBatch::is_full() const {
  return records_ >= records_max || quarantined_.size() >= quarantined_lines_max ||
         label_bytes_ >= label_bytes_max || files_.size() >= files_max;
}

void UsageBatch::begin_chunk(SourceId source, const RecordTexts& texts) {
  chunk_source_ = source;
  chunk_texts_ = &texts;
  chunk_labels_.assign(texts.labels.size(), TextTable::none);
  last_ = nullptr;
}

std::uint32_t UsageBatch::label_number(std::uint32_t chunk_label) {
  std::uint32_t& number = chunk_labels_[chunk_label];
  if (number != TextTable::none) return number;
  const RecordLabel& wanted = chunk_texts_->labels[chunk_label];
  const std::uint64_t hash = XXH3_64bits_withSeed(
      wanted.tags.data(), wanted.tags.size(),
      XXH3_64bits(wanted.credential_fingerprint.data(), wanted.credential_fingerprint.size()));
  number =
      label_table_.find(hash, [&](std::uint32_t known) { return texts_.labels[known] == wanted; });
  if (number == TextTable::none) {
    number = static_cast<std::uint32_t>(texts_.labels.size());
    texts_.labels.push_back(wanted);
    label_table_.add(hash, number);
    label_bytes_ += wanted.tags.size() + wanted.credential_fingerprint.size();
  }
  return number;
}

OpenBlock& UsageBatch::block_for(BlockDay day) {
  OpenBlock*& block = filling_[{chunk_source_, day}];
  if (block == nullptr || block->records.size() == block_records_max) {
    block = &blocks_.emplace_back();
    block->source = chunk_source_;
    block->records = spent_.records.take();
    block->records.clear();
    block->fingerprints = spent_.fingerprints.take();
    block->fingerprints.clear();
  }
  last_ = block;
  last_day_ = day;
  return *block;
}

void UsageBatch::add(const BlockRecord& record, std::uint64_t fingerprint) {
  const BlockDay day = block_day_of(record.at);
  const bool same_block =
      last_ != nullptr && last_day_ == day && last_->records.size() < block_records_max;
  OpenBlock& block = same_block ? *last_ : block_for(day);
  if (block.records.size() == small_block_records) {
    block.records.reserve(block_records_max);
    block.fingerprints.reserve(block_records_max);
  }
  BlockRecord& added = block.records.emplace_back(record);
  block.fingerprints.push_back(fingerprint);
  added.label = label_number(record.label);
  if (record.has_text_id) {
    added.id = {texts_.ids.size(), 0};
    texts_.ids.push_back(chunk_texts_->ids[record.id.high]);
  }
  ++records_;
}

void UsageBatch::tally(std::optional<Day> day, const std::string& tenant, IngestOutcome outcome,
                       std::int64_t calls) {
  tallies_[{day, tenant, outcome}] += calls;
}

void UsageBatch::count_duplicate(const BlockRecord& record, FileCounts& counts) {
  const std::string& tenant = catalog_.key_of(record.series).tenant;
  tally(zones_.day_of(tenant, record.at), tenant, IngestOutcome::duplicate, record.requests);
  ++counts.duplicates;
}

void UsageBatch::quarantine_conflict(const BlockRecord& record, const RecordTexts& texts,
                                     BatchLine line, FileCounts& counts) {
  QuarantinedLine& row = line.line;
  row.reason = "id_conflict";
  row.detail = "a record with this id and other content is known; that one was kept";
  row.record_id = id_text(record, texts);
  row.tenant = catalog_.key_of(record.series).tenant;
  row.day = zones_.day_of(row.tenant, record.at);
  tally(row.day, row.tenant, IngestOutcome::conflict, record.requests);
  ++counts.conflicts;
  quarantined_.push_back(std::move(line));
}

void UsageBatch::reject(const Rejection& rejection, BatchLine line, FileCounts& counts) {
  QuarantinedLine& row = line.line;
  row.reason = rejection.reason;
  row.detail = rejection.detail;
  row.record_id = rejection.record_id;
  row.tenant = rejection.tenant;
  if (rejection.at) row.day = zones_.day_of(rejection.tenant, *rejection.at);
  tally(row.day, row.tenant, IngestOutcome::quarantined, 1);
  ++counts.quarantined;
  quarantined_.push_back(std::move(line));
}

void UsageBatch::add_fingerprints(SourceId source, BlockDay day,
                                  FingerprintSet& fingerprints) const {
  for (const OpenBlock& block : blocks_) {
    if (block.source != source || block_day_of(block.records.front().at) != day) continue;
    for (const std::uint64_t fingerprint : block.fingerprints) fingerprints.insert(fingerprint);
  }
}

void UsageBatch::compact(Database& database) const {
  for (const auto& [key, block] : filling_) {
    UnitOfWork unit = database.begin();
    if (compact_usage_blocks(unit, key.first, key.second) > 0) unit.commit();
  }
}

void UsageBatch::encode(OpenBlock& block) const {
  BlockRecords sorted = sort_records(block.records, texts_, spent_.records.take());
  block.encoded = make_usage_block(block.source, sorted, texts_, spent_.columns.take());
  block.rollup = roll_up(sorted, zones_, [&](SeriesId series) -> const std::string& {
    return catalog_.key_of(series).tenant;
  });
  spent_.records.give(std::move(sorted));
}

void UsageBatch::store_usage(UnitOfWork& unit, const ClosedPeriods& closed) {
  std::vector<DailyUsage> rows;
  std::map<std::pair<Day, std::string>, std::int64_t> accepted;
  for (const OpenBlock& block : blocks_) {
    for (const auto& [key, calls] : block.rollup.requests) accepted[key] += calls;
    for (DailyUsage row : block.rollup.rows) {
      row.key.booked =
          closed.empty()
              ? month_of(row.key.day)
              : booking_month(closed, catalog_.key_of(row.key.series).tenant, row.key.day);
      rows.push_back(row);
    }
    store_usage_block(unit, block.encoded);
  }
  for (const auto& [key, calls] : accepted) {
    const auto& [day, tenant] = key;
    add_ingest_tally(unit, DatedTally{day, booking_month(closed, tenant, day)}, tenant,
                     IngestOutcome::accepted, calls);
  }
  add_daily_usage(unit, std::move(rows));
}

void UsageBatch::commit(Database& database, Instant now) {
  UnitOfWork unit = database.begin();
  const ClosedPeriods closed = load_closed_periods(unit);
  store_usage(unit, closed);
  for (auto& [id, file] : files_) {
    file.id = *id;
    *id = store_ledger_file(unit, file, now);
  }
  for (BatchLine& line : quarantined_) {
    line.line.file = *line.file;
    store_quarantined_line(unit, line.line);
  }
  for (const auto& [key, records] : tallies_) {
    const auto& [day, tenant, outcome] = key;
    const auto date =
        day ? std::optional(DatedTally{*day, booking_month(closed, tenant, *day)}) : std::nullopt;
    add_ingest_tally(unit, date, tenant, outcome, records);
  }
  if (clamped_ > 0) {
    add_ingest_tally(unit, std::nullopt, "", IngestOutcome::clamped, clamped_);
  }
  unit.commit();
}

}  // namespace costd
