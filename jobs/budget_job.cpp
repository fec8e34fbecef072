#include "jobs/budget_job.hpp"

#include "jobs/period.hpp"
#include "ledger/store/cost_summary.hpp"
#include "ledger/store/finding_store.hpp"
#include "ledger/store/tenant_store.hpp"

namespace costd {
namespace {

Money spent_under(Connection& connection, const BudgetCap& cap, const DayRange& period) {
  CostFilter filter;
  filter.from = period.from;
  filter.to = period.to;
  if (!cap.tenant.empty()) filter.tenant = cap.tenant;
  if (!cap.api_key.empty()) filter.api_key = cap.api_key;
  return summarize_all_costs(connection, filter).total_cost();
}

class BudgetJob : public Job {
 public:
  std::string name() const override { return "budgets"; }

  JobResult run(JobContext& context) override {
    const Snapshot snapshot = context.database.snapshot();
    const BillingZones zones = load_billing_zones(snapshot);
    std::vector<BudgetStatus> statuses;
    JobResult result;
    for (const BudgetCap& cap : load_caps(snapshot)) {
      const Day today = as_of_day(context).value_or(zones.day_of(cap.tenant, context.as_of));
      BudgetStatus status;
      status.cap_id = cap.id;
      status.period = period_around(today, cap.period);
      status.spent = spent_under(snapshot, cap, status.period);
      status.colour = colour_of(cap, status.spent);
      status.computed_at = context.as_of;
      statuses.push_back(status);
      result.count("budgets", 1);
      if (status.colour != BudgetColour::green) result.count(name_of(status.colour), 1);
    }
    UnitOfWork unit = context.database.begin();
    for (const BudgetStatus& status : statuses) store_budget_status(unit, status);
    unit.commit();
    return result;
  }
};

}  // namespace

std::unique_ptr<Job> make_budget_job() { return std::make_unique<BudgetJob>(); }

}  // namespace costd
