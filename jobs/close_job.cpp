#include "jobs/close_job.hpp"

#include <fmt/format.h>

#include "jobs/period.hpp"
#include "ledger/error.hpp"
#include "ledger/store/clock_store.hpp"
#include "ledger/store/cost_summary.hpp"
#include "ledger/store/daily_store.hpp"
#include "ledger/store/file_ledger.hpp"
#include "ledger/store/tenant_store.hpp"

namespace costd {
namespace {

Month month_to_close(const JobContext& context, const BillingZones& zones) {
  const auto period = period_of(context);
  if (!period) return previous_month(month_of(zones.day_of("", context.as_of)));
  const auto month = whole_month(*period);
  if (!month) throw Error(ErrorCode::usage, "only whole months close; name one with --period");
  return *month;
}

class CloseJob : public Job {
 public:
  explicit CloseJob(std::chrono::hours grace) : grace_(grace) {}
  std::string name() const override { return "close"; }

  JobResult run(JobContext& context) override {
    UnitOfWork unit = context.database.begin();
    if (const auto hold = find_clock_hold(unit)) return wait_for_clock(context, *hold);
    const BillingZones zones = load_billing_zones(unit);
    const Month month = month_to_close(context, zones);
    const ClosedPeriods closed = load_closed_periods(unit);
    JobResult result;
    for (const std::string& tenant : load_tenants_with_usage(unit, days_of(month))) {
      if (closed.contains({tenant, month})) continue;
      const std::string obstacle = why_open(unit, zones, tenant, month, context.as_of);
      if (!obstacle.empty()) {
        result.count("open", 1);
        context.monitor.log(fmt::format("period_open tenant={} month={} reason=\"{}\"", tenant,
                                        format_month(month), obstacle));
        continue;
      }
      close_period(unit, tenant, month, context.as_of, context.actor.text(), "");
      unit.audit({.at = context.as_of,
                  .actor = context.actor,
                  .action = "period.close",
                  .object = format_month(month),
                  .tenant = tenant});
      result.count("closed", 1);
    }
    unit.commit();
    return result;
  }

 private:
  /// By a clock that is not trusted a month that is not over might be closed, for ever.
  static JobResult wait_for_clock(JobContext& context, const ClockHold& hold) {
    JobResult result;
    result.unfinished = fmt::format(
        "the clock went from {} to {} and is not trusted; see whether it is right, then costctl "
        "clock confirm",
        format_instant(hold.from), format_instant(hold.to));
    context.monitor.log("close_held reason=\"" + result.unfinished + "\"");
    return result;
  }

  std::string why_open(Connection& connection, const BillingZones& zones, const std::string& tenant,
                       Month month, Instant now) const {
    const DayRange days = days_of(month);
    const Instant end = zones.zone_on(tenant, days.from).start_of(days.to);
    if (now < end + grace_) return "the grace time lasts until " + format_instant(end + grace_);
    // Earlier days count, too: corrections of closed months may be booked in this one.
    for (const Day day : load_unrated_days(connection)) {
      if (day < days.to) return "usage of " + format_day(day) + " waits for the rollup";
    }
    CostFilter filter;
    filter.tenant = tenant;
    filter.booked = month;
    const UsageTotals usage = summarize_all_costs(connection, filter).usage;
    if (usage.unpriced_requests > 0) {
      return fmt::format("{} requests have no price", usage.unpriced_requests);
    }
    const auto quarantined = load_ingest_totals(connection, month, tenant).quarantined;
    if (quarantined > 0) return fmt::format("{} lines are quarantined", quarantined);
    return "";
  }

  std::chrono::hours grace_;
};

}  // namespace

std::unique_ptr<Job> make_close_job(std::chrono::hours grace) {
  return std::make_unique<CloseJob>(grace);
}

}  // namespace costd
