#include "jobs/ingest/ingest_job.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "jobs/ingest/spool_file.hpp"
#include "jobs/ingest/spool_folder.hpp"
#include "ledger/error.hpp"
#include "ledger/store/tenant_store.hpp"

namespace costd {
namespace {

class IngestJob : public Job {
 public:
  explicit IngestJob(IngestOptions options) : options_(std::move(options)) {}
  std::string name() const override { return "ingest"; }

  JobResult run(JobContext& context) override {
    JobResult result;
    std::vector<std::pair<const SpoolSource*, SpoolEntry>> work;
    RunProgress progress{name(), 0, 0, "bytes"};
    for (const SpoolSource& source : options_.sources) {
      for (SpoolEntry& entry : list_spool(source.path)) {
        progress.total += entry.bytes;
        work.emplace_back(&source, std::move(entry));
      }
    }
    if (work.empty()) return result;
    context.monitor.progress(progress);
    const BillingZones zones = load_billing_zones(context.database.snapshot());
    for (const auto& [source, entry] : work) {
      context.check_stop();
      take(context, zones, *source, entry, progress, result);
    }
    return result;
  }

 private:
  void take(JobContext& context, const BillingZones& zones, const SpoolSource& source,
            const SpoolEntry& entry, RunProgress& progress, JobResult& result) const {
    const RecordRules rules{options_.dimensions, options_.key_secret,
                            source.csv.columns.empty() ? MissingZone::refused : MissingZone::utc};
    const SpoolFileReport report =
        ingest_spool_file(context, zones, source, rules, entry, progress);
    progress.done += entry.bytes;
    context.monitor.progress(progress);
    result.count("files", 1);
    result.count("records", report.counts.accepted);
    result.count("duplicates", report.counts.duplicates);
    result.count("conflicts", report.counts.conflicts);
    result.count("quarantined", report.counts.quarantined + report.counts.conflicts);
    result.count("duplicateFiles", report.was_known ? 1 : 0);
    result.count("quarantinedFiles", report.refusal.empty() ? 0 : 1);
    context.monitor.log(fmt::format(
        "file_taken source={} file={} records={} duplicates={} conflicts={} quarantined={}{}",
        source.name, entry.name, report.counts.accepted, report.counts.duplicates,
        report.counts.conflicts, report.counts.quarantined,
        report.refusal.empty() ? "" : " refused=\"" + report.refusal + "\""));
  }

  IngestOptions options_;
};

}  // namespace

std::unique_ptr<Job> make_ingest_job(IngestOptions options) {
  return std::make_unique<IngestJob>(std::move(options));
}

}  // namespace costd
