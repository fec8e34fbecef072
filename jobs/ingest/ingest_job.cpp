#include "jobs/ingest/ingest_job.hpp"

#include "jobs/alerts/refusal_alerts.hpp"
#include "jobs/ingest/ingest_pipeline.hpp"
#include "jobs/ingest/spool_folder.hpp"
#include "ledger/error.hpp"

namespace costd {
namespace {

/// Fingerprints that are kept in memory.
constexpr std::size_t index_bytes_max = std::size_t{64} << 20;

SourceId source_id(Database& database, const std::string& name) {
  UnitOfWork unit = database.begin();
  const SourceId id = store_source(unit, name);
  unit.commit();
  return id;
}

class IngestJob : public Job {
 public:
  IngestJob(IngestOptions options, AlertDesk* alerts)
      : options_(std::move(options)), alerts_(alerts) {}
  std::string name() const override { return "ingest"; }

  JobResult run(JobContext& context) override {
    JobResult result = take_files(context);
    take_audit_logs(context, options_.audit_logs, result);
    if (alerts_ != nullptr) raise_refusals(context.database, *alerts_, context.as_of);
    return result;
  }

 private:
  JobResult take_files(JobContext& context) const {
    IngestPipeline::Files files;
    for (const SpoolSource& source : options_.sources) {
      const bool any_time = source.settle == std::chrono::seconds(0);
      const auto entries =
          list_spool(source.path, any_time ? Instant::max() : context.as_of - source.settle);
      if (entries.empty()) continue;
      const SourceId id = source_id(context.database, source.name);
      for (const SpoolEntry& entry : entries) {
        files.push_back(std::make_unique<SpoolFile>(source, id, entry, options_));
      }
    }
    if (files.empty()) return {};
    RecordIndex index(context.database, options_.horizon_days, index_bytes_max);
    return IngestPipeline(context, index, std::move(files)).run();
  }

  IngestOptions options_;
  AlertDesk* alerts_;
};

}  // namespace

std::unique_ptr<Job> make_ingest_job(IngestOptions options, AlertDesk* alerts) {
  return std::make_unique<IngestJob>(std::move(options), alerts);
}

}  // namespace costd
