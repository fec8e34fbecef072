#include "jobs/forecast_job.hpp"

#include <catch2/catch.hpp>

#include "tests/support/job_bench.hpp"

namespace costd {
namespace {

using test::a_price;
using test::a_series;
using test::count_of;
using test::day;
using test::JobBench;

/// `usd` dollars of output on each day, at one USD per million tokens.
void spend(JobBench& bench, const SeriesKey& key, const char* from, int days, int usd) {
  for (int n = 0; n < days; ++n) {
    bench.add_usage(key, day(from) + std::chrono::days(n),
                    test::input_and_output(0, usd * 1'000'000LL));
  }
}

std::vector<StoredForecast> forecasts(JobBench& bench, unsigned grouping, const char* as_of) {
  bench.apply_prices({a_price("*", "0", "1")});
  bench.rollup();
  return forecast_groups(bench.database.snapshot(), {}, grouping, day(as_of));
}

}  // namespace

TEST_CASE("a forecast is the month to date and the run rate for the rest", "[forecast]") {
  JobBench bench;
  spend(bench, a_series("t-one"), "2026-10-01", 10, 2);
  spend(bench, a_series("t-two"), "2026-10-04", 7, 1);
  const auto all = forecasts(bench, by_nothing, "2026-10-10");
  REQUIRE(all.size() == 1);
  // To date 10 x 2 + 7 x 1 = 27; the last 7 days are 3 a day; 21 days remain: 27 + 63 = 90.
  CHECK(all.front().forecast.month_to_date == Money::from_usd(27));
  CHECK(all.front().forecast.daily_rate == Money::from_usd(3));
  CHECK(all.front().forecast.projected_month_end == Money::from_usd(90));
  CHECK(all.front().tenant.empty());
}

TEST_CASE("forecasts are made for each group", "[forecast]") {
  JobBench bench;
  spend(bench, a_series("t-one", "m-a"), "2026-10-01", 10, 2);
  spend(bench, a_series("t-two", "m-b"), "2026-10-08", 3, 1);
  const auto by_tenants = forecasts(bench, by_tenant, "2026-10-10");
  REQUIRE(by_tenants.size() == 2);
  CHECK(by_tenants[0].tenant == "t-one");
  CHECK(by_tenants[0].model.empty());
  CHECK_FALSE(by_tenants[0].forecast.low_confidence);
  CHECK(by_tenants[1].forecast.low_confidence);
  CHECK(by_tenants[1].forecast.daily_rate == Money::from_usd(1));
  CHECK(forecasts(bench, by_tenant | by_model, "2026-10-10").back().model == "m-b");
  // A scope leaves the other groups out; a group that begins later has no forecast yet.
  CostFilter scope;
  scope.tenant = "t-two";
  CHECK(forecast_groups(bench.database.snapshot(), scope, by_tenant, day("2026-10-10")).size() ==
        1);
  CHECK(forecast_groups(bench.database.snapshot(), scope, by_tenant, day("2026-10-07")).empty());
}

TEST_CASE("days after the as-of day do not count", "[forecast]") {
  JobBench bench;
  spend(bench, a_series("t-one"), "2026-10-01", 20, 2);
  CHECK(forecasts(bench, by_nothing, "2026-10-10").front().forecast.month_to_date ==
        Money::from_usd(20));
}

TEST_CASE("the job keeps the forecasts of its as-of day", "[forecast]") {
  JobBench bench;
  spend(bench, a_series("t-one"), "2026-10-01", 10, 2);
  bench.apply_prices({a_price("*", "0", "1")});
  bench.rollup();
  bench.now = test::at("2026-10-11T00:30:00Z");
  // In total, by tenant, by model, by provider, and by tenant and model: one each.
  CHECK(count_of(bench.run(*make_forecast_job()), "forecasts") == 5);
  CHECK(count_of(bench.run(*make_forecast_job()), "forecasts") == 5);
  const auto stored = load_forecasts(bench.database.snapshot(), std::nullopt);
  REQUIRE(stored.size() == 5);
  CHECK(stored.front().forecast.as_of == day("2026-10-10"));
  bench.run(*make_forecast_job(), {{"asOf", "2026-10-05"}});
  CHECK(
      load_forecasts(bench.database.snapshot(), day("2026-10-05")).front().forecast.month_to_date ==
      Money::from_usd(10));
}

}  // namespace costd
