#include "jobs/chargeback_job.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "jobs/chargeback_builder.hpp"
#include "jobs/period.hpp"
#include "jobs/report_file.hpp"
#include "jobs/report_mail.hpp"
#include "jobs/report_name.hpp"
#include "jobs/report_seal.hpp"
#include "ledger/error.hpp"
#include "ledger/sha256.hpp"
#include "ledger/store/checkpoint_store.hpp"
#include "ledger/store/report_store.hpp"
#include "ledger/store/tenant_store.hpp"
#include "ledger/ulid.hpp"
#include "reports/chargeback_render.hpp"

namespace costd {
namespace {

constexpr const char* kind = "chargeback";

DayRange require_period(const JobContext& context) {
  const auto period = period_of(context);
  if (!period) {
    throw Error(ErrorCode::usage,
                "a chargeback needs its days: --period 2026-10, or --from and --to");
  }
  return *period;
}

std::vector<std::string> formats_of(const JobContext& context) {
  const std::string text = context.parameter("formats");
  std::vector<std::string> formats = split_list(text.empty() ? "pdf,csv,xlsx" : text);
  for (const std::string& format : formats) {
    if (format != "pdf" && format != "csv" && format != "xlsx") {
      throw Error(ErrorCode::usage, "format \"" + format + "\" is none of pdf, csv, xlsx");
    }
  }
  return formats;
}

std::string file_name_of(const ChargebackModel& model, const std::string& format) {
  return report_base_name(kind, model.period, model.tenant, model.revision) + "." + format;
}

class ChargebackJob : public Job {
 public:
  explicit ChargebackJob(ChargebackOptions options) : options_(std::move(options)) {}
  std::string name() const override { return kind; }

  JobResult run(JobContext& context) override {
    const DayRange period = require_period(context);
    const std::vector<std::string> formats = formats_of(context);
    const std::vector<ChargebackModel> models = build_models(context, period);
    JobResult result;
    result.outputs = load_reports_of_run(context.database.snapshot(), context.run_id, kind);
    RunProgress progress{name(), 0, static_cast<std::int64_t>(models.size()), "reports"};
    context.monitor.progress(progress);
    for (const ChargebackModel& model : models) {
      context.check_stop();
      publish(context, model, formats, result);
      ++progress.done;
      context.monitor.progress(progress);
    }
    return result;
  }

 private:
  /// All models of the run come from one snapshot, so that the statements agree with each other.
  std::vector<ChargebackModel> build_models(JobContext& context, const DayRange& period) const {
    const Snapshot snapshot = context.database.snapshot();
    const std::string tenant = context.parameter("tenant");
    std::vector<std::string> scopes = statement_scopes(snapshot, period);
    std::vector<std::string> tenants(scopes.begin(), std::prev(scopes.end()));
    if (!tenant.empty()) {
      require_known(snapshot, tenant, scopes);
      scopes = {tenant};
      if (wants_missing(context)) scopes.emplace_back();
    }
    const ClosedPeriods closed = load_closed_periods(snapshot);
    std::vector<ChargebackModel> models;
    for (const std::string& scope : scopes) {
      context.check_stop();
      const auto status =
          statement_status(closed, period, scope.empty() ? tenants : std::vector{scope});
      const bool comes_along = !tenant.empty() && scope.empty();
      if (comes_along && status != StatementStatus::final) continue;
      if (is_made(context, snapshot, period, scope, status)) continue;
      models.push_back(build_chargeback(
          snapshot,
          {make_ulid(context.as_of), scope, period, context.as_of, name_for_people(context.actor)},
          options_.rules));
      require_tie(models.back());
    }
    return models;
  }

  /// Only what nobody has made yet is wanted.
  static bool wants_missing(const JobContext& context) {
    return context.parameter("statements") == "missing";
  }

  /// The run has made it; or it is not to be made again: a FINAL one that those who get it from
  /// this run have got, or a PRELIMINARY one where only what is missing is wanted.
  bool is_made(const JobContext& context, Connection& connection, const DayRange& period,
               const std::string& scope, StatementStatus status) const {
    if (has_report_of_run(connection, context.run_id, kind, scope, name_of(status))) return true;
    const bool is_final = status == StatementStatus::final;
    if (!wants_missing(context) && !(is_final && context.actor.kind == "schedule")) return false;
    const auto made =
        find_latest_report(connection, kind, scope, period, is_final ? name_of(status) : "");
    if (!made || !is_final || options_.mail.from.empty()) return made.has_value();
    return std::ranges::includes(load_report_recipients(connection, made->id),
                                 recipients_of(context, scope));
  }

  static void require_known(Connection& connection, const std::string& tenant,
                            const std::vector<std::string>& with_usage) {
    if (std::ranges::find(with_usage, tenant) != with_usage.end()) return;
    const auto tenants = load_tenants(connection);
    if (std::ranges::find(tenants, tenant, &Tenant::id) != tenants.end()) return;
    throw Error(ErrorCode::usage, "tenant \"" + tenant +
                                      "\" is not configured and has no usage in the period; see "
                                      "costctl tenants list");
  }

  /// A statement that does not add up is a fault of costd and must not reach anybody.
  static void require_tie(const ChargebackModel& model) {
    if (model.tie_out.ties()) return;
    throw Error(ErrorCode::data,
                fmt::format("the statement of {} does not tie out (sections differ by {} USD; {} "
                            "accepted, {} on the statement); run rollup, then try again",
                            model.tenant_name, format_exact(model.tie_out.difference),
                            model.tie_out.accepted, model.usage.requests));
  }

  void publish(JobContext& context, const ChargebackModel& model,
               const std::vector<std::string>& formats, JobResult& result) const {
    StoredReport report = describe_report(context, model);
    RenderedFiles rendered;
    for (const std::string& format : formats) {
      std::string bytes = render_chargeback(model, format);
      report.files.push_back(store_file(model, format, bytes));
      rendered.emplace(format, std::move(bytes));
    }
    const auto mails = prepare_mails(context, model, report, rendered);
    seal(context, model, report, rendered);
    UnitOfWork unit = context.database.begin();
    store_report(unit, report);
    unit.audit({.seq = 0,
                .at = context.as_of,
                .actor = context.actor,
                .action = "chargeback.generate",
                .object = report.id,
                .tenant = report.tenant,
                .after_sha256 = report.model_sha256});
    for (const OutboxMessage& mail : mails) store_outbox_message(unit, mail);
    if (options_.signing_key) {
      store_checkpoint(unit, context.database.install_id(), *options_.signing_key, context.as_of);
    }
    unit.commit();
    result.count("reports", 1);
    result.count("mails", static_cast<std::int64_t>(mails.size()));
    result.outputs.push_back(report.id);
    context.monitor.log(fmt::format("report_stored id={} tenant={} total={} mails={}", report.id,
                                    model.tenant.empty() ? "(all)" : model.tenant,
                                    format_cents(model.statement_total), mails.size()));
  }

  static StoredReport describe_report(const JobContext& context, const ChargebackModel& model) {
    StoredReport report;
    report.id = model.report_id;
    report.kind = kind;
    report.tenant = model.tenant;
    report.tenant_name = model.tenant_name;
    report.period = model.period;
    report.status = name_of(model.status);
    report.revision = model.revision;
    report.total = model.statement_total;
    report.generated_at = model.generated_at;
    report.generated_by = model.generated_by;
    report.run_id = context.run_id;
    report.model = to_json(model);
    report.model_sha256 = sha256_hex(report.model);
    report.renderer_version = chargeback_renderer_version;
    return report;
  }

  void seal(const JobContext& context, const ChargebackModel& model, StoredReport& report,
            const RenderedFiles& rendered) const {
    if (!options_.signing_key) return;
    const TieOut& tie = model.tie_out;
    SealInputs inputs{context.database.install_id(),
                      {},
                      {{"asOf", format_instant(model.generated_at)},
                       {"acceptedRecords", std::to_string(tie.accepted)},
                       {"duplicateRecords", std::to_string(tie.duplicates)},
                       {"quarantinedRecords", std::to_string(tie.quarantined)}},
                      seal_versions(chargeback_renderer_version)};
    if (model.audit_chain) {
      inputs.chains = {{"costd", model.audit_chain->events, model.audit_chain->head}};
    }
    seal_report(report, rendered, inputs, *options_.signing_key);
  }

  ReportFile store_file(const ChargebackModel& model, const std::string& format,
                        const std::string& bytes) const {
    ReportFile file;
    file.format = format;
    file.file_name = file_name_of(model, format);
    store_report_file(file, bytes, options_.reports_dir);
    return file;
  }

  std::vector<OutboxMessage> prepare_mails(const JobContext& context, const ChargebackModel& model,
                                           const StoredReport& report,
                                           const RenderedFiles& rendered) const {
    std::vector<OutboxMessage> mails;
    if (options_.mail.from.empty()) return mails;
    for (const std::string& recipient : recipients_of(context, model.tenant)) {
      mails.push_back(prepare_statement_mail(model, report, rendered, recipient, options_.mail));
    }
    return mails;
  }

  /// Who gets the scope's statement from this run; whoever stands in two lists stands here once.
  std::set<std::string> recipients_of(const JobContext& context, const std::string& scope) const {
    std::set<std::string> recipients;
    const auto add = [&](const std::vector<std::string>& more) {
      recipients.insert(more.begin(), more.end());
    };
    if (scope.empty() || scope == context.parameter("tenant")) {
      add(split_list(context.parameter("recipients")));
    }
    if (context.actor.kind == "schedule" || wants_missing(context) ||
        !context.parameter("recipients").empty()) {
      const auto own = options_.tenant_recipients.find(scope);
      if (own != options_.tenant_recipients.end()) add(own->second);
    }
    return recipients;
  }

  ChargebackOptions options_;
};

}  // namespace

std::vector<std::string> split_list(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    std::string part = text.substr(at, end - at);
    part.erase(0, part.find_first_not_of(' '));
    part.erase(part.find_last_not_of(' ') + 1);
    if (!part.empty()) parts.push_back(std::move(part));
    at = end + 1;
  }
  return parts;
}

std::unique_ptr<Job> make_chargeback_job(ChargebackOptions options) {
  return std::make_unique<ChargebackJob>(std::move(options));
}

}  // namespace costd
