#include "jobs/ingest/usage_batch.hpp"

#include "ledger/store/daily_store.hpp"

namespace costd {
namespace {

constexpr std::size_t quarantined_lines_max = 10'000;
/// Tags are the one part of a record that may be long: a batch of them has to fit into memory.
constexpr std::size_t tag_bytes_max = 32 << 20;

}  // namespace

bool UsageBatch::is_full() const {
  return records_.size() >= block_records_max || quarantined_.size() >= quarantined_lines_max ||
         tag_bytes_ >= tag_bytes_max;
}

std::optional<Day> UsageBatch::day_of(const std::string& tenant,
                                      const std::optional<Instant>& at) const {
  if (!at) return std::nullopt;
  return zones_.day_of(tenant, *at);
}

void UsageBatch::tally(std::optional<Day> day, const std::string& tenant, IngestOutcome outcome,
                       std::int64_t calls) {
  tallies_[{day, tenant, outcome}] += calls;
}

Verdict UsageBatch::add(UsageRecord& record) {
  const Verdict verdict = index_.judge(record, records_);
  if (verdict == Verdict::conflict) return verdict;
  const bool is_new = verdict == Verdict::is_new;
  tally(zones_.day_of(record.series.tenant, record.at), record.series.tenant,
        is_new ? IngestOutcome::accepted : IngestOutcome::duplicate, record.requests);
  ++(is_new ? counts_.accepted : counts_.duplicates);
  if (is_new) {
    tag_bytes_ += record.tags.size();
    index_.add_pending(record, records_.size());
    records_.push_back(std::move(record));
  }
  return verdict;
}

void UsageBatch::quarantine_conflict(const UsageRecord& record, QuarantinedLine line) {
  line.reason = "id_conflict";
  line.detail = "a record with this id and other content is known; that one was kept";
  line.record_id = record.record_id;
  line.tenant = record.series.tenant;
  line.day = zones_.day_of(record.series.tenant, record.at);
  tally(line.day, line.tenant, IngestOutcome::conflict);
  ++counts_.conflicts;
  quarantined_.push_back(std::move(line));
}

void UsageBatch::reject(const Rejection& rejection, QuarantinedLine line) {
  line.reason = rejection.reason;
  line.detail = rejection.detail;
  line.record_id = rejection.record_id;
  line.tenant = rejection.tenant;
  line.day = day_of(rejection.tenant, rejection.at);
  tally(line.day, line.tenant, IngestOutcome::quarantined);
  ++counts_.quarantined;
  quarantined_.push_back(std::move(line));
}

BlockId UsageBatch::store_records(UnitOfWork& unit, const LedgerFile& file,
                                  const ClosedPeriods& closed) {
  DailyUsageRollup rollup;
  std::vector<BlockRecord> block;
  block.reserve(records_.size());
  for (UsageRecord& record : records_) {
    const SeriesId series = catalog_.id_of(unit, record.series);
    const Day day = zones_.day_of(record.series.tenant, record.at);
    rollup.add({day, series, band_of(record), booking_month(closed, record.series.tenant, day),
                record.origin},
               record.tokens, record.requests);
    block.push_back({series, record.at, record.tokens, record.origin, std::move(record.record_id),
                     std::move(record.tags), std::move(record.credential_fingerprint)});
  }
  add_daily_usage(unit, rollup.rows());
  return store_usage_block(unit, file.source, file.id, std::move(block));
}

void UsageBatch::commit(LedgerFile& file, Instant now) {
  file.counts += counts_;
  UnitOfWork unit = database_.begin();
  const ClosedPeriods closed = load_closed_periods(unit);
  const BlockId block = records_.empty() ? 0 : store_records(unit, file, closed);
  for (const QuarantinedLine& line : quarantined_) store_quarantined_line(unit, line);
  for (const auto& [key, records] : tallies_) {
    const auto& [day, tenant, outcome] = key;
    const auto date =
        day ? std::optional(DatedTally{*day, booking_month(closed, tenant, *day)}) : std::nullopt;
    add_ingest_tally(unit, date, tenant, outcome, records);
  }
  update_ledger_file(unit, file, now);
  unit.commit();
  if (block != 0) index_.pending_stored(block);
  records_.clear();
  quarantined_.clear();
  tallies_.clear();
  counts_ = {};
  tag_bytes_ = 0;
}

}  // namespace costd
