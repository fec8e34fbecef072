#include "jobs/close_job.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <tuple>

#include "jobs/alerts/period_alerts.hpp"
#include "jobs/period.hpp"
#include "ledger/error.hpp"
#include "ledger/store/clock_store.hpp"
#include "ledger/store/tenant_store.hpp"

namespace costd {
namespace {

constexpr std::size_t tenants_named_max = 5;
/// Closed in one transaction: they share one reading of the month.
constexpr std::size_t tenants_together_max = 25;

Month month_to_close(const JobContext& context, const BillingZones& zones) {
  const auto period = period_of(context);
  if (!period) return previous_month(month_of(zones.day_of("", context.as_of)));
  const auto month = whole_month(*period);
  if (!month) throw Error(ErrorCode::usage, "only whole months close; name one with --period");
  return *month;
}

std::vector<std::string> tenants_to_close(const JobContext& context, Connection& connection,
                                          Month month) {
  const std::string wanted = context.parameter("tenant");
  std::vector<std::string> tenants = load_tenants_with_usage(connection, days_of(month));
  if (wanted.empty()) return tenants;
  if (std::ranges::find(tenants, wanted) == tenants.end()) {
    throw Error(ErrorCode::usage, fmt::format("tenant \"{}\" has no usage in {}; see costctl "
                                              "periods list --month {}",
                                              wanted, format_month(month), format_month(month)));
  }
  return {wanted};
}

/// "2026-10 stays open for acme (2 lines were refused) and 3 more tenants".
std::string sentence_about(Month month, const std::vector<PeriodStanding>& open) {
  std::vector<std::string> parts;
  for (const PeriodStanding& standing : open) {
    if (parts.size() == tenants_named_max) break;
    parts.push_back(fmt::format("{} ({})", standing.facts.tenant, describe(standing.blocking())));
  }
  std::string text =
      fmt::format("{} stays open for {}", format_month(month), fmt::join(parts, ", "));
  if (open.size() > parts.size()) text += fmt::format(" and {} more", open.size() - parts.size());
  return text;
}

class CloseJob : public Job {
 public:
  explicit CloseJob(CloseOptions options) : options_(std::move(options)) {}
  std::string name() const override { return "close"; }

  JobResult run(JobContext& context) override {
    Month month{};
    std::vector<std::string> tenants;
    {
      const Snapshot snapshot = context.database.snapshot();
      if (const auto hold = find_clock_hold(snapshot)) return wait_for_clock(context, *hold);
      month = month_to_close(context, load_billing_zones(snapshot));
      tenants = tenants_to_close(context, snapshot, month);
    }
    JobResult result;
    std::vector<PeriodStanding> open;
    RunProgress progress{name(), 0, static_cast<std::int64_t>(tenants.size()), "tenants"};
    for (std::size_t first = 0; first < tenants.size(); first += tenants_together_max) {
      context.check_stop();
      const std::size_t end = std::min(first + tenants_together_max, tenants.size());
      const std::set<std::string> together(tenants.begin() + static_cast<std::ptrdiff_t>(first),
                                           tenants.begin() + static_cast<std::ptrdiff_t>(end));
      std::ranges::move(close(context, together, month, result), std::back_inserter(open));
      progress.done = static_cast<std::int64_t>(end);
      context.monitor.progress(progress);
    }
    report_open(context, month, open, result);
    return result;
  }

 private:
  /// By a clock that is not trusted it is not even known which month is over.
  static JobResult wait_for_clock(JobContext& context, const ClockHold& hold) {
    JobResult result;
    result.unfinished = fmt::format(
        "the clock jumped from {} to {} and is not trusted; see whether it is right, then costctl "
        "clock confirm",
        format_instant(hold.from), format_instant(hold.to));
    context.monitor.log("close_held reason=\"" + result.unfinished + "\"");
    return result;
  }

  /// Closes the month for those of the tenants for whom it can be closed, in one transaction; gives
  /// how it stands for the others.
  std::vector<PeriodStanding> close(JobContext& context, const std::set<std::string>& tenants,
                                    Month month, JobResult& result) const {
    UnitOfWork unit = context.database.begin();
    std::vector<PeriodStanding> open;
    std::vector<PeriodStanding> ready;
    TenantRanges ranges;
    for (PeriodStanding& standing :
         load_period_standings(unit, options_, month, tenants, context.as_of)) {
      const PeriodFacts& facts = standing.facts;
      if (facts.is_closed) continue;
      const bool is_ready = standing.blocking().empty();
      if (is_ready) ranges.emplace(facts.tenant, InstantRange{facts.begin, facts.end});
      (is_ready ? ready : open).push_back(std::move(standing));
    }
    if (ready.empty()) return open;
    const auto figures = freeze_figures(unit, month, ranges);
    for (const PeriodStanding& standing : ready) {
      store_closing(unit, context, standing, figures.at(standing.facts.tenant));
    }
    unit.commit();
    for (const auto& [tenant, of_tenant] : figures) {
      result.count("closed", 1);
      context.monitor.log(
          fmt::format("period_closed tenant={} month={} records={} total={} sha256={}", tenant,
                      format_month(month), of_tenant.records, format_exact(of_tenant.total),
                      of_tenant.rows_sha256));
    }
    return open;
  }

  static void store_closing(UnitOfWork& unit, const JobContext& context,
                            const PeriodStanding& standing, const PeriodFigures& figures) {
    const auto& [tenant, month] = std::tie(standing.facts.tenant, standing.facts.month);
    close_period(unit, tenant, month, context.as_of, context.actor.text(), "");
    store_period_figures(unit, tenant, month, figures);
    unit.audit({.at = context.as_of,
                .actor = context.actor,
                .action = "period.close",
                .object = format_month(month),
                .tenant = tenant,
                .after_sha256 = figures.rows_sha256,
                .reason = reason_of(standing.waivers)});
  }

  /// What was waived for it, by whom and why.
  static std::string reason_of(const std::vector<Waiver>& waivers) {
    std::vector<std::string> parts;
    for (const Waiver& waiver : waivers) {
      parts.push_back(
          fmt::format("{} waived by {}: {}", name_of(waiver.gate), waiver.by, waiver.reason));
    }
    return fmt::format("{}", fmt::join(parts, "; "));
  }

  void report_open(JobContext& context, Month month, const std::vector<PeriodStanding>& open,
                   JobResult& result) const {
    if (open.empty()) return;
    for (const PeriodStanding& standing : open) {
      result.count("open", 1);
      for (const Obstacle& obstacle : standing.blocking()) {
        context.monitor.log(
            fmt::format("period_open tenant={} month={} gate={} reason=\"{}\" remedy=\"{}\"",
                        standing.facts.tenant, format_month(month), name_of(obstacle.gate),
                        obstacle.what, obstacle.remedy));
      }
    }
    result.unfinished = sentence_about(month, open);
    if (options_.alerts == nullptr) return;
    UnitOfWork unit = context.database.begin();
    if (raise_period_open(unit, *options_.alerts, month, open, context.as_of)) unit.commit();
  }

  CloseOptions options_;
};

}  // namespace

std::unique_ptr<Job> make_close_job(CloseOptions options) {
  return std::make_unique<CloseJob>(std::move(options));
}

}  // namespace costd
