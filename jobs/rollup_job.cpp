#include "jobs/rollup_job.hpp"

#include <fmt/format.h>

#include "jobs/alerts/unpriced_alerts.hpp"
#include "ledger/error.hpp"
#include "ledger/rating.hpp"
#include "ledger/store/daily_store.hpp"
#include "ledger/store/price_store.hpp"
#include "ledger/store/series_store.hpp"
#include "ledger/store/tenant_store.hpp"

namespace costd {
namespace {

struct DayResult {
  std::int64_t rows = 0;
  std::int64_t unpriced_requests = 0;
  std::int64_t out_of_range_requests = 0;
};

/// Rates one day in one transaction, from usage and prices of that same moment.
DayResult rate_day(Database& database, Day day, AlertDesk* alerts, Instant now) {
  UnitOfWork unit = database.begin();
  const PriceBook prices(load_prices(unit));
  const auto series = load_series(unit);
  const ClosedPeriods closed = load_closed_periods(unit);
  Rater rater(prices);
  DayResult result;
  std::vector<DailyCharge> charges;
  UnpricedRequests unpriced;
  for (const DailyUsage& usage : load_daily_usage(unit, day)) {
    const SeriesKey& key = series.at(usage.key.series);
    if (closed.contains({key.tenant, usage.key.booked})) continue;
    const Charge charge =
        rater.rate(key, day, usage.key.band, usage.key.origin, usage.tokens);
    const std::int64_t without_price =
        charge.state == ChargeState::unpriced ? usage.requests : 0;
    result.unpriced_requests += without_price;
    if (charge.state != ChargeState::cache_hit) {
      unpriced[{key.model, key.provider, key.tier}] += without_price;
    }
    if (charge.state == ChargeState::out_of_range) result.out_of_range_requests += usage.requests;
    charges.push_back({usage.key, charge});
  }
  replace_daily_charges(unit, day, charges);
  if (alerts != nullptr) raise_unpriced(unit, *alerts, day, unpriced, now);
  unit.commit();
  result.rows = static_cast<std::int64_t>(charges.size());
  return result;
}

class RollupJob : public Job {
 public:
  explicit RollupJob(AlertDesk* alerts) : alerts_(alerts) {}
  std::string name() const override { return "rollup"; }

  JobResult run(JobContext& context) override {
    JobResult result;
    const std::vector<Day> days = load_unrated_days(context.database.snapshot());
    RunProgress progress{name(), 0, static_cast<std::int64_t>(days.size()), "days"};
    for (const Day day : days) {
      context.check_stop();
      const DayResult rated = rate_day(context.database, day, alerts_, context.as_of);
      result.count("days", 1);
      result.count("rows", rated.rows);
      result.count("unpricedRequests", rated.unpriced_requests);
      result.count("outOfRangeRequests", rated.out_of_range_requests);
      ++progress.done;
      context.monitor.progress(progress);
    }
    return result;
  }

 private:
  AlertDesk* alerts_;
};

}  // namespace

std::unique_ptr<Job> make_rollup_job(AlertDesk* alerts) {
  return std::make_unique<RollupJob>(alerts);
}

}  // namespace costd
