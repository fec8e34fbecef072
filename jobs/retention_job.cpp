#include "jobs/retention_job.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <span>

#include "jobs/archived_files.hpp"
#include "ledger/store/daily_store.hpp"
#include "ledger/store/removed_days.hpp"
#include "ledger/store/run_store.hpp"
#include "ledger/store/series_store.hpp"
#include "ledger/store/tenant_store.hpp"

namespace costd {
namespace {

using std::chrono::days;

// What one transaction removes: a decoded, sorted and written block of 65,536 records takes some
// 30 ms, the end of one some 5 ms, a run or a file far less than one.
constexpr std::int64_t batch_records_max = 4 * static_cast<std::int64_t>(block_records_max);
constexpr std::size_t batch_blocks_max = 64;
constexpr std::int64_t batch_runs_max = 500;
constexpr std::size_t batch_files_max = 500;

Day utc_day_of(Instant at) {
  return from_day_number(block_day_of(at));
}

/// What one transaction has removed of one kind.
struct Removed {
  std::string kind;
  std::int64_t count = 0;
  std::optional<Day> first{};
  std::optional<Day> last{};

  void add(Day day, std::int64_t more) {
    count += more;
    first = std::min(first.value_or(day), day);
    last = std::max(last.value_or(day), day);
  }
};

void audit(UnitOfWork& unit, const JobContext& context, const Removed& removed, days kept) {
  unit.audit(
      {.at = context.as_of,
       .actor = context.actor,
       .action = "retention.remove",
       .object = removed.kind,
       .reason = fmt::format("{} from {} to {} (UTC), older than {} days", removed.count,
                             format_day(*removed.first), format_day(*removed.last), kept.count())});
}

/// Months with days that wait for the rollup, open for somebody who has usage in them.
std::set<Month> months_not_settled(Connection& connection) {
  std::set<Month> months;
  const ClosedPeriods closed = load_closed_periods(connection);
  for (const Day day : load_unrated_days(connection)) {
    const Month month = month_of(day);
    if (months.contains(month)) continue;
    const auto tenants = load_tenants_with_usage(connection, days_of(month));
    const bool is_open = std::ranges::any_of(tenants, [&](const std::string& tenant) {
      return !closed.contains({tenant, month});
    });
    if (is_open) months.insert(month);
  }
  return months;
}

/// Series whose records may not be removed.
std::set<SeriesId> series_on_hold(Connection& connection) {
  std::set<std::string> tenants;
  for (const Tenant& tenant : load_tenants(connection)) {
    if (is_on_hold(tenant)) tenants.insert(tenant.id);
  }
  std::set<SeriesId> held;
  if (tenants.empty()) return held;
  for (const auto& [id, key] : load_series(connection)) {
    if (tenants.contains(key.tenant)) held.insert(id);
  }
  return held;
}

class RecordRemoval {
 public:
  RecordRemoval(JobContext& context, days kept) : context_(context), kept_(kept) {}

  void run(JobResult& result) {
    const std::vector<BlockHead> heads = find_old_blocks(result);
    RunProgress progress{"retention", 0, static_cast<std::int64_t>(heads.size()), "blocks"};
    for (std::size_t first = 0; first < heads.size();) {
      context_.check_stop();
      const std::size_t count = batch_size(std::span(heads).subspan(first));
      remove(std::span(heads).subspan(first, count), result);
      first += count;
      progress.done = static_cast<std::int64_t>(first);
      context_.monitor.progress(progress);
    }
  }

 private:
  /// Blocks with something to remove, oldest day first.
  std::vector<BlockHead> find_old_blocks(JobResult& result) {
    const Snapshot snapshot = context_.database.snapshot();
    const auto first_day = find_first_block_day(snapshot);
    if (!first_day) return {};
    held_ = series_on_hold(snapshot);
    const BlockDay end = block_day_of(context_.as_of) - static_cast<BlockDay>(kept_.count());
    const std::set<Month> not_settled = months_not_settled(snapshot);
    std::vector<BlockHead> old;
    std::set<BlockDay> waiting;
    for (const BlockHead& head : load_block_heads(snapshot, BlockDayRange{*first_day, end})) {
      if (touches(head.day, not_settled)) {
        waiting.insert(head.day);
        continue;
      }
      const std::int64_t held = count_held(snapshot, head);
      result.count("recordsHeld", held);
      if (held < head.records) old.push_back(head);
    }
    result.count("daysWaiting", static_cast<std::int64_t>(waiting.size()));
    return old;
  }

  static bool touches(BlockDay day, const std::set<Month>& months) {
    return std::ranges::any_of(std::array{-1, 0, 1}, [&](int distance) {
      return months.contains(month_of(from_day_number(day + distance)));
    });
  }

  std::int64_t count_held(Connection& connection, const BlockHead& head) const {
    if (held_.empty()) return 0;
    std::int64_t held = 0;
    for (const SeriesRun& run : load_directory(connection, head)) {
      if (held_.contains(run.series)) held += static_cast<std::int64_t>(run.count);
    }
    return held;
  }

  static std::size_t batch_size(std::span<const BlockHead> heads) {
    std::size_t count = 0;
    std::int64_t records = 0;
    while (count < heads.size() && count < batch_blocks_max &&
           (count == 0 || records + heads[count].records <= batch_records_max)) {
      records += heads[count++].records;
    }
    return count;
  }

  void remove(std::span<const BlockHead> heads, JobResult& result) {
    UnitOfWork unit = context_.database.begin();
    Removed removed{"usage records"};
    for (const BlockHead& head : heads) {
      const std::int64_t records =
          remove_records(unit, head, [&](SeriesId series) { return held_.contains(series); });
      if (records == 0) continue;
      store_removed_records(unit, head.source, head.day, records);
      removed.add(from_day_number(head.day), records);
    }
    if (removed.count == 0) return;
    audit(unit, context_, removed, kept_);
    unit.commit();
    result.count("recordsRemoved", removed.count);
    result.count("blocksRemoved", static_cast<std::int64_t>(heads.size()));
  }

  JobContext& context_;
  days kept_;
  std::set<SeriesId> held_;
};

void remove_runs(JobContext& context, days kept, JobResult& result) {
  for (;;) {
    context.check_stop();
    UnitOfWork unit = context.database.begin();
    const RemovedRuns runs = remove_old_runs(unit, context.as_of - kept, batch_runs_max);
    if (runs.count == 0) return;
    Removed removed{"runs"};
    removed.add(utc_day_of(runs.first_at), runs.count);
    removed.add(utc_day_of(runs.last_at), 0);
    audit(unit, context, removed, kept);
    unit.commit();
    result.count("runsRemoved", runs.count);
  }
}

void remove_files(JobContext& context, const std::string& path, days kept, JobResult& result) {
  const ArchiveFolder folder(path);
  const std::vector<ArchivedFile> files = folder.files_before(context.as_of - kept);
  for (std::size_t first = 0; first < files.size(); first += batch_files_max) {
    context.check_stop();
    UnitOfWork unit = context.database.begin();
    Removed removed{"spool files in " + path};
    for (std::size_t n = first; n < std::min(first + batch_files_max, files.size()); ++n) {
      folder.remove(files[n]);
      removed.add(utc_day_of(files[n].written_at), 1);
    }
    audit(unit, context, removed, kept);
    unit.commit();
    result.count("filesRemoved", removed.count);
  }
}

class RetentionJob : public Job {
 public:
  explicit RetentionJob(RetentionOptions options) : options_(std::move(options)) {}
  std::string name() const override { return "retention"; }

  JobResult run(JobContext& context) override {
    JobResult result;
    if (options_.records) RecordRemoval(context, *options_.records).run(result);
    if (options_.runs) remove_runs(context, *options_.runs, result);
    if (!options_.spool) return result;
    for (const std::string& spool : options_.spools) {
      for (const char* folder : {"/done", "/quarantine"}) {
        remove_files(context, spool + folder, *options_.spool, result);
      }
    }
    return result;
  }

 private:
  RetentionOptions options_;
};

}  // namespace

std::unique_ptr<Job> make_retention_job(RetentionOptions options) {
  return std::make_unique<RetentionJob>(std::move(options));
}

}  // namespace costd
