#include "jobs/compliance/compliance_job.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "jobs/compliance/compliance_builder.hpp"
#include "jobs/period.hpp"
#include "jobs/report_file.hpp"
#include "jobs/report_mail.hpp"
#include "jobs/report_name.hpp"
#include "ledger/error.hpp"
#include "ledger/sha256.hpp"
#include "ledger/store/checkpoint_store.hpp"
#include "ledger/store/report_store.hpp"
#include "ledger/store/tenant_store.hpp"
#include "ledger/ulid.hpp"

namespace costd {
namespace {

DayRange require_period(const JobContext& context) {
  if (const auto period = period_of(context)) return *period;
  throw Error(ErrorCode::usage,
              "a compliance report needs its days: --period 2026-10, or --from and --to");
}

std::vector<ComplianceType> require_types(const JobContext& context) {
  std::vector<ComplianceType> types;
  for (const std::string& name : split_list(context.parameter("types"))) {
    types.push_back(parse_compliance_type(name));
  }
  if (!types.empty()) return types;
  throw Error(ErrorCode::usage, "a compliance report needs its type: soc2, hipaa or gdpr");
}

/// One report that the run is to make.
struct Planned {
  ComplianceRequest request;
  InstantRange range;
  Zone zone;
  std::unique_ptr<GatewayTally> gateway;
};

/// Gives each event to the reports it may be of: a report of one tenant among a hundred must not
/// look at the events of the others.
class EventRouter {
 public:
  explicit EventRouter(const std::vector<Planned>& planned) {
    for (const Planned& each : planned) {
      GatewayTally* const tally = each.gateway.get();
      if (each.request.tenant.empty()) {
        of_all_.push_back(tally);
      } else {
        by_tenant_[each.request.tenant].push_back(tally);
      }
    }
  }

  void take(const LogEvent& event) {
    ++events_;
    for (GatewayTally* tally : of_all_) tally->take(event);
    std::string room;
    const auto found = by_tenant_.find(key_of(event, room));
    if (found == by_tenant_.end()) return;
    for (GatewayTally* tally : found->second) tally->take(event);
  }
  std::int64_t events() const { return events_; }

 private:
  std::string_view key_of(const LogEvent& event, std::string& room) {
    const std::string_view written = event.event.workspace_id.value_or("");
    if (written.find('\\') == std::string_view::npos) return written;
    room = plain_text(written);
    return room;
  }

  std::int64_t events_ = 0;
  std::vector<GatewayTally*> of_all_;
  std::map<std::string, std::vector<GatewayTally*>, std::less<>> by_tenant_;
};

class ComplianceJob : public Job {
 public:
  explicit ComplianceJob(ComplianceOptions options) : options_(std::move(options)) {}
  std::string name() const override { return "compliance"; }

  JobResult run(JobContext& context) override {
    const DayRange period = require_period(context);
    const std::vector<ComplianceType> types = require_types(context);
    const ClauseCatalogue catalogue(options_.templates_dir);
    JobResult result;
    const Snapshot snapshot = context.database.snapshot();
    const ComplianceFacts facts =
        load_compliance_facts(snapshot, context.database.install_id(), period);
    for (const ComplianceType type : types) {
      for (std::string& id : load_reports_of_run(snapshot, context.run_id, name_of(type))) {
        result.outputs.push_back(std::move(id));
      }
    }
    std::vector<Planned> planned = plan(context, snapshot, facts, period, types);
    if (planned.empty()) return result;
    context.monitor.progress({name(), 0, static_cast<std::int64_t>(planned.size()), "reports"});
    const std::vector<VerifiedLog> logs = read_logs(context, snapshot, facts, planned, result);
    const std::vector<ChainPin> pins = pins_of(facts, logs);
    std::int64_t done = 0;
    for (Planned& each : planned) {
      context.check_stop();
      const ReportScope scope{each.request,  facts,     logs,
                              *each.gateway, catalogue, options_.soc2_categories,
                              each.range,    each.zone};
      publish(context, build_compliance_report(scope), pins, facts, result);
      each.gateway.reset();
      context.monitor.progress(
          {name(), ++done, static_cast<std::int64_t>(planned.size()), "reports"});
    }
    return result;
  }

 private:
  std::vector<std::string> scopes_of(const JobContext& context, Connection& connection,
                                     const ComplianceFacts& facts, const DayRange& period) const {
    const std::string tenant = context.parameter("tenant");
    if (tenant.empty() || tenant == "all") return {""};
    std::set<std::string> known;
    for (const Tenant& each : facts.tenants) known.insert(each.id);
    for (const std::string& each : load_tenants_with_usage(connection, period)) known.insert(each);
    if (tenant == "each") return {known.begin(), known.end()};
    if (known.contains(tenant)) return {tenant};
    throw Error(ErrorCode::usage, "tenant \"" + tenant +
                                      "\" is not configured and has no usage in the period; see "
                                      "costctl tenants list");
  }

  std::vector<Planned> plan(const JobContext& context, Connection& connection,
                            const ComplianceFacts& facts, const DayRange& period,
                            const std::vector<ComplianceType>& types) const {
    std::vector<Planned> planned;
    for (const std::string& tenant : scopes_of(context, connection, facts, period)) {
      const Zone& zone = facts.zones.zone_on(tenant, period.from);
      const InstantRange range = instants_of(period, zone);
      for (const ComplianceType type : types) {
        const char* const kind = name_of(type);
        if (has_report_of_run(connection, context.run_id, kind, tenant, "")) continue;
        ComplianceRequest request{type,
                                  tenant,
                                  period,
                                  context.as_of,
                                  name_for_people(context.actor),
                                  make_ulid(context.as_of),
                                  next_revision(connection, kind, tenant, period)};
        planned.push_back({std::move(request), range, zone,
                           std::make_unique<GatewayTally>(TallyScope{range, context.as_of}, zone,
                                                          files_of(type))});
      }
    }
    return planned;
  }

  std::vector<VerifiedLog> read_logs(JobContext& context, Connection& connection,
                                     const ComplianceFacts& facts,
                                     const std::vector<Planned>& planned, JobResult& result) const {
    EventRouter router(planned);
    std::vector<VerifiedLog> logs;
    for (const GatewayLogSource& source : options_.logs) {
      logs.push_back(read_gateway_log(connection, source, anchors_of(facts.pins), context.stop,
                                      [&](const LogEvent& event) { router.take(event); }));
    }
    result.count("events", router.events());
    return logs;
  }

  void publish(JobContext& context, const BuiltReport& built, const std::vector<ChainPin>& pins,
               const ComplianceFacts& facts, JobResult& result) const {
    const ComplianceModel& model = built.model;
    StoredReport report = describe_report(context, model);
    RenderedFiles bytes;
    bytes["pdf"] = render_compliance_pdf(model, built.populations);
    for (const ReportPopulation& population : built.populations) {
      bytes[population.name] = population.csv;
    }
    for (const auto& [format, content] : bytes) {
      ReportFile file;
      file.format = format;
      file.file_name = file_name_of(model, format);
      report.files.push_back(std::move(file));
    }
    store_report_files(report.files, bytes, options_.reports_dir);
    seal(report, bytes, pins, facts);
    const auto mails = prepare_mails(context, model, report, bytes);
    UnitOfWork unit = context.database.begin();
    store_report(unit, report);
    for (const ChainPin& pin : pins) {
      store_chain_pin(unit, report.id, pin.chain, pin.events, pin.head);
    }
    unit.audit({.at = context.as_of,
                .actor = context.actor,
                .action = "compliance.generate",
                .object = report.id,
                .tenant = report.tenant,
                .after_sha256 = report.model_sha256,
                .reason = report.kind + " " + report.status});
    for (const OutboxMessage& mail : mails) store_outbox_message(unit, mail);
    if (options_.key != nullptr) {
      store_checkpoint(unit, facts.install_id, *options_.key, context.as_of);
    }
    store_missing_report_files(report.files, bytes, options_.reports_dir);
    unit.commit();
    result.count("reports", 1);
    result.count("mails", static_cast<std::int64_t>(mails.size()));
    result.outputs.push_back(report.id);
    context.monitor.log(fmt::format(
        "report_stored id={} type={} tenant={} chains={} mails={}", report.id, report.kind,
        model.tenant.empty() ? "(all)" : model.tenant, model.result, mails.size()));
  }

  static StoredReport describe_report(const JobContext& context, const ComplianceModel& model) {
    StoredReport report;
    report.id = model.report_id;
    report.kind = name_of(model.type);
    report.tenant = model.tenant;
    report.tenant_name = model.tenant_name;
    report.period = model.period;
    report.status = model.result;
    report.revision = model.revision;
    report.generated_at = model.generated_at;
    report.generated_by = model.generated_by;
    report.run_id = context.run_id;
    report.model = to_json(model);
    report.model_sha256 = sha256_hex(report.model);
    report.renderer_version = compliance_renderer_version;
    return report;
  }

  static std::string file_name_of(const ComplianceModel& model, const std::string& format) {
    const std::string base =
        report_base_name(name_of(model.type), model.period, model.tenant, model.revision);
    return base + (format == "pdf" ? "." : "-") + format;
  }

  void seal(StoredReport& report, const RenderedFiles& bytes, const std::vector<ChainPin>& pins,
            const ComplianceFacts& facts) const {
    if (options_.key == nullptr) return;
    SealInputs inputs;
    inputs.install_id = facts.install_id;
    inputs.chains = pins;
    for (const auto& [source, at] : facts.source_progress) {
      inputs.watermark["latest record of " + source] = format_instant(at);
    }
    inputs.versions = seal_versions(compliance_renderer_version);
    inputs.versions["prices"] = facts.prices_sha256;
    seal_report(report, bytes, inputs, *options_.key);
  }

  std::vector<OutboxMessage> prepare_mails(const JobContext& context, const ComplianceModel& model,
                                           const StoredReport& report,
                                           const RenderedFiles& bytes) const {
    std::vector<OutboxMessage> mails;
    if (options_.mail.from.empty()) return mails;
    const auto list = split_list(context.parameter("recipients"));
    for (const std::string& recipient : std::set<std::string>(list.begin(), list.end())) {
      mails.push_back(prepare_compliance_mail(model, report, bytes, recipient, options_.mail));
    }
    return mails;
  }

  ComplianceOptions options_;
};

}  // namespace

std::unique_ptr<Job> make_compliance_job(ComplianceOptions options) {
  return std::make_unique<ComplianceJob>(std::move(options));
}

}  // namespace costd
