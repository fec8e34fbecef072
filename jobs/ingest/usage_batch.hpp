#pragma once
// One transaction of an ingest: block, daily usage, series, refused lines, tallies, file progress.

#include <map>
#include <tuple>
#include <vector>

#include "jobs/ingest/record_index.hpp"
#include "jobs/ingest/usage_fields.hpp"
#include "ledger/billing_zones.hpp"
#include "ledger/store/file_ledger.hpp"
#include "ledger/store/tenant_store.hpp"

namespace costd {

class UsageBatch {
 public:
  UsageBatch(Database& database, SeriesCatalog& catalog, RecordIndex& index,
             const BillingZones& zones)
      : database_(database), catalog_(catalog), index_(index), zones_(zones) {}

  /// Judges the record: takes a new one, counts a duplicate. A conflict is left to the caller,
  /// who knows the line, to quarantine.
  Verdict add(UsageRecord& record);
  void quarantine_conflict(const UsageRecord& record, QuarantinedLine line);
  void reject(const Rejection& rejection, QuarantinedLine line);

  bool is_full() const;
  /// Commits everything together with the file's progress, which gains this batch's counts.
  void commit(LedgerFile& file, Instant now);

 private:
  std::optional<Day> day_of(const std::string& tenant, const std::optional<Instant>& at) const;
  /// In calls, so that what was accepted is what the daily rows count as requests.
  void tally(std::optional<Day> day, const std::string& tenant, IngestOutcome outcome,
             std::int64_t calls = 1);
  BlockId store_records(UnitOfWork& unit, const LedgerFile& file, const ClosedPeriods& closed);

  Database& database_;
  SeriesCatalog& catalog_;
  RecordIndex& index_;
  const BillingZones& zones_;
  std::vector<UsageRecord> records_;
  std::vector<QuarantinedLine> quarantined_;
  std::map<std::tuple<std::optional<Day>, std::string, IngestOutcome>, std::int64_t> tallies_;
  FileCounts counts_;
  std::size_t tag_bytes_ = 0;
};

}  // namespace costd
