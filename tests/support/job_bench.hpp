#pragma once
// Runs single jobs on a database of their own, as the run queue would.

#include <functional>

#include "jobs/ingest/ingest_job.hpp"
#include "jobs/rollup_job.hpp"
#include "ledger/store/cost_summary.hpp"
#include "tests/support/test_database.hpp"

namespace costd::test {

/// Keeps what a job says; `on_progress` may ask the run to stop.
class RecordingMonitor : public RunMonitor {
 public:
  void progress(const RunProgress& progress) override {
    if (on_progress) on_progress(progress);
  }
  void log(const std::string& line) override { lines.push_back(line); }

  std::function<void(const RunProgress&)> on_progress;
  std::vector<std::string> lines;
};

/// A database, a spool folder and the words to run jobs on them.
struct JobBench : TestDatabase {
  RecordingMonitor monitor;
  std::stop_source stop;
  Instant now = at("2026-10-20T00:00:00Z");
  Actor actor{"uid", "1000"};
  std::string run_id = "RUN";
  std::vector<std::string> dimensions;

  JobResult run(Job& job, const RunParameters& parameters = {}) {
    JobContext context{database, now, parameters, actor, run_id, stop.get_token(), monitor};
    return job.run(context);
  }

  std::string spool() const { return folder / "spool"; }
  void put(const std::string& name, const std::string& bytes) const {
    std::filesystem::create_directories(spool());
    std::ofstream(spool() + "/" + name, std::ios::binary) << bytes;
  }
  bool has(const std::string& name) const {
    return std::filesystem::exists(std::filesystem::symlink_status(spool() + "/" + name));
  }
  JobResult ingest(const std::string& source = "gateway") {
    return run(*make_ingest_job({{{source, spool(), "auto", {}}}, dimensions, "secret"}));
  }
  JobResult ingest(const std::vector<UsageRecord>& records) {
    std::string text;
    for (const UsageRecord& record : records) text += json_line(record);
    put("records.jsonl", text);
    return ingest();
  }
  JobResult rollup() { return run(*make_rollup_job()); }

  Money cost(const CostFilter& filter = {}) {
    return summarize_all_costs(database.snapshot(), filter).total_cost();
  }
  UsageTotals usage(const CostFilter& filter = {}) {
    return summarize_all_costs(database.snapshot(), filter).usage;
  }
};

inline std::int64_t count_of(const JobResult& result, const std::string& name) {
  const auto found = result.counts.find(name);
  return found == result.counts.end() ? 0 : found->second;
}

}  // namespace costd::test
