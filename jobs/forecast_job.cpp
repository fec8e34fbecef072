#include "jobs/forecast_job.hpp"

#include <array>

#include "jobs/period.hpp"
#include "ledger/store/tenant_store.hpp"

namespace costd {
namespace {

using std::chrono::days;

/// Covers the month to date and both weeks of the trend.
constexpr days history{45};

constexpr std::array groupings{+by_nothing, +by_tenant, +by_model, +by_provider,
                               by_tenant | by_model};

class ForecastJob : public Job {
 public:
  std::string name() const override { return "forecast"; }

  JobResult run(JobContext& context) override {
    const Snapshot snapshot = context.database.snapshot();
    const Day as_of = as_of_day(context).value_or(
        load_billing_zones(snapshot).last_day_complete_for_all(context.as_of));
    std::vector<StoredForecast> forecasts;
    for (const unsigned grouping : groupings) {
      context.check_stop();
      std::ranges::move(forecast_groups(snapshot, {}, grouping, as_of),
                        std::back_inserter(forecasts));
    }
    UnitOfWork unit = context.database.begin();
    store_forecasts(unit, as_of, forecasts, context.as_of);
    unit.commit();
    JobResult result;
    result.count("forecasts", static_cast<std::int64_t>(forecasts.size()));
    return result;
  }
};

}  // namespace

std::vector<StoredForecast> forecast_groups(Connection& connection, const CostFilter& scope,
                                            unsigned grouping, Day as_of) {
  CostFilter filter = scope;
  filter.from = as_of - history;
  filter.to = as_of + days(1);
  filter.booked.reset();
  std::vector<StoredForecast> forecasts;
  for (const GroupSeries& series : load_cost_series(connection, filter, grouping)) {
    if (const auto forecast = forecast_run_rate(series.costs, as_of)) {
      forecasts.push_back(
          {series.group.tenant, series.group.model, series.group.provider, *forecast});
    }
  }
  return forecasts;
}

std::unique_ptr<Job> make_forecast_job() { return std::make_unique<ForecastJob>(); }

}  // namespace costd
