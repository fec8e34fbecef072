#include "jobs/forecast_job.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <thread>

#include "jobs/period.hpp"
#include "ledger/sha256.hpp"
#include "ledger/store/cost_series.hpp"
#include "ledger/store/cost_summary.hpp"
#include "ledger/store/forecast_store.hpp"
#include "ledger/store/tenant_store.hpp"

namespace costd {
namespace {

using std::chrono::days;

constexpr std::array groupings{+by_nothing, +by_tenant, +by_model, +by_provider,
                               by_tenant | by_model};

/// Grows when the method changes, so that stored forecasts are made again.
constexpr int method_version = 1;
constexpr days expected_days_kept{45};
constexpr int threads_max = 2;
constexpr std::size_t series_per_thread_least = 50;
/// Forecasts to a transaction, which then holds the writing lock for less than 250 ms.
constexpr std::size_t forecasts_per_unit = 2'000;

std::string history_of(const DailySeries& costs) {
  std::string text = std::to_string(method_version) + " " + format_day(costs.first);
  for (const Money& amount : costs.amounts) {
    const int128 picos = amount.picos();
    text.append(reinterpret_cast<const char*>(&picos), sizeof(picos));
  }
  Sha256 sum;
  sum.add(text);
  return sum.hex().substr(0, 32);
}

std::optional<StoredForecast> forecast_of(const CostSeries& series, Day as_of) {
  auto weekday = forecast_weekdays(series.costs, as_of);
  const auto run_rate = forecast_run_rate(series.costs, as_of);
  if (!weekday || !run_rate) return std::nullopt;
  return StoredForecast{{series.tenant, series.model, series.provider},
                        *run_rate,
                        std::move(weekday),
                        history_of(series.costs)};
}

/// In the order of the series; each is worked out on one of a few threads.
std::vector<StoredForecast> forecast_all(std::span<const CostSeries* const> series, Day as_of,
                                         const std::stop_token& stop) {
  std::vector<std::optional<StoredForecast>> found(series.size());
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t n = next++; n < series.size() && !stop.stop_requested(); n = next++) {
      found[n] = forecast_of(*series[n], as_of);
    }
  };
  {
    std::vector<std::jthread> helpers;
    for (int n = 1; n < threads_max && series.size() >= n * series_per_thread_least; ++n) {
      helpers.emplace_back(work);
    }
    work();
  }
  std::vector<StoredForecast> forecasts;
  for (auto& one : found) {
    if (one) forecasts.push_back(std::move(*one));
  }
  return forecasts;
}

class ForecastJob : public Job {
 public:
  std::string name() const override { return "forecast"; }

  JobResult run(JobContext& context) override {
    const Snapshot snapshot = context.database.snapshot();
    const Day as_of = as_of_day(context).value_or(
        load_billing_zones(snapshot).last_day_complete_for_all(context.as_of));
    const std::string basis =
        std::to_string(method_version) + ":" + load_charges_mark(snapshot, forecast_history(as_of));
    JobResult result;
    if (const auto known = load_forecast_basis(snapshot, as_of); known && known->basis == basis) {
      result.count("forecasts", known->forecast_count);
      return result;
    }
    const Work work = outdated(snapshot, as_of);
    const auto forecasts = forecast_all(work.series, as_of, context.stop);
    context.check_stop();
    store(context, forecasts);
    UnitOfWork unit = context.database.begin();
    delete_forecasts(unit, as_of, work.gone);
    if (!as_of_day(context)) forget_expected_days(unit, as_of - expected_days_kept);
    store_forecast_basis(unit, as_of, {basis, work.count});
    unit.commit();
    result.count("forecasts", work.count);
    result.count("recomputed", static_cast<std::int64_t>(forecasts.size()));
    return result;
  }

 private:
  /// What a run has to do.
  struct Work {
    std::vector<std::vector<CostSeries>> all;
    std::vector<const CostSeries*> series;  ///< of all, those whose history changed
    std::vector<ForecastScope> gone;        ///< stored ones without a history any more
    std::int64_t count = 0;                 ///< of all
  };

  static Work outdated(Connection& connection, Day as_of) {
    std::map<ForecastScope, std::string> known;
    for (StoredForecast& stored : load_forecasts(connection, as_of)) {
      known.emplace(stored, std::move(stored.history));
    }
    Work work;
    work.all = load_daily_costs(connection, {}, forecast_history(as_of), groupings);
    for (const auto& group : work.all) {
      for (const CostSeries& series : group) {
        ++work.count;
        const auto stored = known.find({series.tenant, series.model, series.provider});
        if (stored == known.end() || stored->second != history_of(series.costs)) {
          work.series.push_back(&series);
        }
        if (stored != known.end()) known.erase(stored);
      }
    }
    for (const auto& [scope, history] : known) work.gone.push_back(scope);
    return work;
  }

  static void store(JobContext& context, const std::vector<StoredForecast>& forecasts) {
    const std::span all(forecasts);
    for (std::size_t first = 0; first < all.size(); first += forecasts_per_unit) {
      context.check_stop();
      UnitOfWork unit = context.database.begin();
      store_forecasts(unit, all.subspan(first, std::min(forecasts_per_unit, all.size() - first)),
                      context.as_of);
      unit.commit();
    }
  }
};

}  // namespace

DayRange forecast_history(Day as_of) {
  return {as_of + days(1) - days(forecast_history_days), as_of + days(1)};
}

std::vector<StoredForecast> work_out_forecasts(Connection& connection,
                                               const std::optional<std::string>& tenant,
                                               unsigned grouping, Day as_of) {
  const auto all =
      load_daily_costs(connection, tenant, forecast_history(as_of), std::array{grouping});
  std::vector<const CostSeries*> series;
  for (const CostSeries& one : all.front()) series.push_back(&one);
  return forecast_all(series, as_of, {});
}

std::unique_ptr<Job> make_forecast_job() {
  return std::make_unique<ForecastJob>();
}

}  // namespace costd
