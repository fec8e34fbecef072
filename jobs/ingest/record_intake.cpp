#include "jobs/ingest/record_intake.hpp"

#include <algorithm>

#include "jobs/ingest/duplicate_check.hpp"

namespace costd {
namespace {

constexpr std::size_t raw_bytes_max = 4096;

}  // namespace

RecordIntake::RecordIntake(Database& database, RecordIndex& index, const SeriesCatalog& catalog,
                           const BillingZones& zones, SpentBlocks& spent, Instant as_of)
    : database_(database),
      index_(index),
      catalog_(catalog),
      zones_(zones),
      spent_(spent),
      as_of_(as_of),
      last_removed_(load_last_removed_days(database.snapshot())),
      filling_(std::make_shared<FilledBatch>(catalog, zones, spent)) {}

std::shared_ptr<FilledBatch> RecordIntake::close() {
  return std::exchange(filling_, std::make_shared<FilledBatch>(catalog_, zones_, spent_));
}

BatchLine RecordIntake::line_at(const SpoolFile& file, const ParsedChunk& parsed,
                                const LinePlace& place) const {
  BatchLine line{file.row, {}};
  line.line.source = file.source_id();
  line.line.file_name = file.entry().name;
  line.line.line = file.progress.lines + place.number;
  line.line.at = as_of_;
  line.line.raw =
      parsed.chunk.text().substr(place.begin, std::min<std::size_t>(place.length, raw_bytes_max));
  return line;
}

/// Records without an id get one from their place in the file.
void RecordIntake::name_nameless(SpoolFile& file, ParsedChunk& parsed) const {
  if (std::ranges::none_of(parsed.texts.ids, &std::string::empty)) return;
  for (std::size_t row = 0; row < parsed.records.size(); ++row) {
    BlockRecord& record = parsed.records[row];
    if (!record.has_text_id || !parsed.texts.ids[record.id.high].empty()) continue;
    const std::string id = file.id_from_place(parsed.chunk.offset + parsed.places[row].begin);
    record.has_text_id = !parse_uuid(id, record.id);
  }
}

void RecordIntake::take_records(SpoolFile& file, const ParsedChunk& parsed,
                                const FilledBatches& waiting, FileCounts& counts) {
  const auto add_waiting = [&](SourceId source, BlockDay day, FingerprintSet& fingerprints) {
    for (const auto& filled : waiting) filled->batch.add_fingerprints(source, day, fingerprints);
    filling_->batch.add_fingerprints(source, day, fingerprints);
  };
  const RecordIndex::Found found = index_.find_suspects(file.source_id(), parsed, add_waiting);
  std::vector<DuplicateCheck::Judged> judged;
  if (!found.suspects.empty()) {
    DuplicateCheck check(database_, file.source_id(), index_.horizon_days(), parsed, found);
    check.compare_with_chunk();
    check.compare_with(filling_->batch);
    for (const auto& filled : waiting) check.compare_with(filled->batch);
    check.compare_with_stored();
    judged = check.verdicts();
  }
  filling_->batch.begin_chunk(file.source_id(), parsed.texts);
  auto next = judged.begin();
  for (std::uint32_t row = 0; row < parsed.records.size(); ++row) {
    const BlockRecord& record = parsed.records[row];
    const Verdict verdict =
        next != judged.end() && next->row == row ? (next++)->verdict : Verdict::is_new;
    if (verdict == Verdict::is_new) {
      filling_->batch.add(record, found.fingerprints[row]);
      ++counts.accepted;
      if (!last_removed_.empty() &&
          is_beyond_retention(last_removed_, file.source_id(), block_day_of(record.at))) {
        ++file.unchecked;
      }
      if (is_clamped(record.tokens)) {
        ++file.clamped;
        filling_->batch.count_clamped();
      }
    } else if (verdict == Verdict::duplicate) {
      filling_->batch.count_duplicate(record, counts);
    } else {
      filling_->batch.quarantine_conflict(record, parsed.texts,
                                          line_at(file, parsed, parsed.places[row]), counts);
    }
  }
}

void RecordIntake::take(SpoolFile& file, ParsedChunk& parsed, const FilledBatches& waiting) {
  FileCounts counts;
  name_nameless(file, parsed);
  take_records(file, parsed, waiting, counts);
  for (const RejectedLine& rejected : parsed.rejected) {
    filling_->batch.reject(rejected.rejection, line_at(file, parsed, rejected.place), counts);
  }
  file.counts += counts;
  file.progress.counts += counts;
  file.progress.lines += parsed.lines;
  file.progress.bytes = parsed.chunk.next_offset;
  file.progress.content_hash = parsed.chunk.prefix_hash;
  filling_->batch.set_progress({file.row, file.progress});
}

void RecordIntake::finish(SpoolFile& file) {
  if (file.refusal.empty() && !file.is_known() && !file.left_alone) {
    file.progress.content_hash = file.content().hash;
    file.progress.bytes = file.content().bytes;
    file.progress.done = true;
    filling_->batch.set_progress({file.row, file.progress});
  }
  file.close();
  filling_->finished.push_back(&file);
}

}  // namespace costd
