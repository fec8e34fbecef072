#pragma once
// The recount of some days in a row, all of them at one moment of the database.

#include <mutex>
#include <optional>

#include "jobs/job.hpp"
#include "jobs/record_coverage.hpp"
#include "jobs/recount_rows.hpp"
#include "jobs/usage_rollup.hpp"
#include "ledger/store/tenant_store.hpp"

namespace costd {

/// What a recount has found so far.
class Recounted {
 public:
  /// `context` outlives it; `days_total` is for the progress.
  Recounted(JobContext& context, std::size_t days_total);

  void add_difference(const std::string& line);
  void finish_day();

  JobContext& context;
  std::int64_t differences = 0;
  JobResult result;

 private:
  RunProgress progress_;
};

/// A block reduced to rows of local days.
struct RecountedBlock {
  BlockHead head;
  std::vector<DailyUsage> rows;
  std::string damage;  ///< why it cannot be read; "" if it could
};

class RecountWindow {
 public:
  /// `days` are local days in order, without gaps where there is usage. Everything is read from one
  /// snapshot, so that what is taken in meanwhile makes no difference.
  RecountWindow(Recounted& recounted, const std::vector<Day>& days);
  /// Decodes blocks on `threads` threads. Not more than three days' rows are held at a time.
  void run(std::size_t threads);

 private:
  RecountedBlock recount(const BlockHead& head);
  void add(RecountedBlock block);
  void compare_days_before(Day end);
  void compare(Day day);
  void compare_usage_of(Day day, const std::vector<DailyUsage>& stored);
  void compare_charges_of(const std::vector<DailyUsage>& usage,
                          const std::vector<DailyCharge>& stored);
  void report(const std::vector<Difference>& differences);

  Recounted& recounted_;
  const std::vector<Day>& days_;
  Snapshot snapshot_;
  std::mutex reading_;  ///< the snapshot serves one thread at a time
  const BillingZones zones_;
  const std::unordered_map<SeriesId, SeriesKey> series_;
  const ClosedPeriods closed_;
  const ChargeDerivation::History price_history_;
  ChargeDerivation charges_;
  const std::vector<Day> unrated_;
  RecordCoverage coverage_;

  struct DerivedDay {
    std::vector<DailyUsage> rows;
    std::size_t merged = 0;  ///< rows there were when equal keys were last merged
  };
  std::map<Day, DerivedDay> derived_;
  std::size_t next_day_ = 0;  ///< place in days_
};

}  // namespace costd
