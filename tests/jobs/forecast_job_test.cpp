#include "jobs/forecast_job.hpp"

#include <catch2/catch.hpp>

#include "ledger/store/daily_store.hpp"
#include "ledger/store/forecast_store.hpp"
#include "ledger/store/series_store.hpp"
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

/// Of all scopes, in the order of tenant, model, provider.
std::vector<StoredForecast> forecasts(JobBench& bench, const char* as_of) {
  bench.apply_prices({a_price("*", "0", "1")});
  bench.rollup();
  bench.run(*make_forecast_job(), {{"asOf", as_of}});
  return load_forecasts(bench.database.snapshot(), day(as_of));
}

}  // namespace

TEST_CASE("a forecast is the month to date and the run rate for the rest", "[forecast]") {
  JobBench bench;
  spend(bench, a_series("t-one"), "2026-10-01", 10, 2);
  spend(bench, a_series("t-two"), "2026-10-04", 7, 1);
  // In total, by provider, by model, and each tenant with and without its model.
  const auto all = forecasts(bench, "2026-10-10");
  REQUIRE(all.size() == 7);
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
  const auto all = forecasts(bench, "2026-10-10");
  // The total, the provider, m-a, m-b, t-one, t-one with m-a, t-two, t-two with m-b.
  REQUIRE(all.size() == 8);
  CHECK(all[1].provider == "openai");
  CHECK(all[2].model == "m-a");
  CHECK(all[4].tenant == "t-one");
  CHECK(all[4].model.empty());
  CHECK_FALSE(all[4].forecast.low_confidence);
  CHECK(all[6].tenant == "t-two");
  CHECK(all[6].forecast.low_confidence);
  CHECK(all[6].forecast.daily_rate == Money::from_usd(1));
  CHECK(all[7].model == "m-b");
  // A group that begins later has no forecast yet.
  CHECK(forecasts(bench, "2026-10-07").size() == 5);
}

TEST_CASE("days after the as-of day do not count", "[forecast]") {
  JobBench bench;
  spend(bench, a_series("t-one"), "2026-10-01", 20, 2);
  CHECK(forecasts(bench, "2026-10-10").front().forecast.month_to_date == Money::from_usd(20));
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

TEST_CASE("where no charge changed the forecasts stay as they are", "[forecast]") {
  JobBench bench;
  spend(bench, a_series("t-one", "m-a"), "2026-09-01", 40, 2);
  spend(bench, a_series("t-two", "m-b"), "2026-09-01", 40, 3);
  bench.apply_prices({a_price("*", "0", "1")});
  bench.rollup();
  bench.now = test::at("2026-10-11T00:30:00Z");
  // The total, two tenants, two models, one provider, two pairs.
  const auto first = bench.run(*make_forecast_job());
  CHECK(count_of(first, "forecasts") == 8);
  CHECK(count_of(first, "recomputed") == 8);
  // Another minute, and usage of the running day: nothing to do.
  bench.now += std::chrono::minutes(1);
  spend(bench, a_series("t-one", "m-a"), "2026-10-11", 1, 50);
  bench.rollup();
  const auto second = bench.run(*make_forecast_job());
  CHECK(count_of(second, "forecasts") == 8);
  CHECK(count_of(second, "recomputed") == 0);
  // A late record of one tenant: the total, it, its model, the provider and its pair.
  spend(bench, a_series("t-two", "m-b"), "2026-10-09", 1, 1);
  bench.rollup();
  CHECK(count_of(bench.run(*make_forecast_job()), "recomputed") == 5);
  const auto stored = load_forecasts(bench.database.snapshot(), std::nullopt);
  REQUIRE(stored.size() == 8);
  // 10 days x (2 + 3) + 1.
  CHECK(stored.front().forecast.month_to_date == Money::from_usd(51));
  CHECK(stored.front().weekday->month_to_date == Money::from_usd(51));
  // The next day is complete: all of them.
  bench.now += std::chrono::days(1);
  CHECK(count_of(bench.run(*make_forecast_job()), "recomputed") == 8);
}

TEST_CASE("a changed price makes the forecasts anew", "[forecast]") {
  JobBench bench;
  spend(bench, a_series("t-one"), "2026-09-01", 40, 2);
  bench.apply_prices({a_price("*", "0", "1")});
  bench.rollup();
  bench.now = test::at("2026-10-11T00:30:00Z");
  bench.run(*make_forecast_job());
  bench.apply_prices({a_price("*", "0", "2")});
  bench.rollup();
  CHECK(count_of(bench.run(*make_forecast_job()), "recomputed") == 5);
  // 10 days x 2 million tokens x 2 USD; 21 days remain at 4 a day.
  const auto stored = load_forecasts(bench.database.snapshot(), std::nullopt).front();
  CHECK(stored.forecast.month_to_date == Money::from_usd(40));
  CHECK(stored.forecast.projected_month_end == Money::from_usd(124));
  CHECK(stored.weekday->projected_month_end == Money::from_usd(124));
}

TEST_CASE("a stored forecast says what was found, with its errors", "[forecast]") {
  JobBench bench;
  spend(bench, a_series("t-one"), "2026-07-01", 102, 2);
  bench.apply_prices({a_price("*", "0", "1")});
  bench.rollup();
  bench.now = test::at("2026-10-11T00:30:00Z");
  bench.run(*make_forecast_job());
  const auto stored = load_forecasts(bench.database.snapshot(), std::nullopt).front();
  REQUIRE(stored.weekday);
  CHECK(stored.weekday->month_to_date == Money::from_usd(20));
  CHECK(stored.weekday->projected_month_end == Money::from_usd(62));
  CHECK(stored.weekday->month_end.low95 == Money::from_usd(62));
  CHECK(stored.weekday->month_end.high95 == Money::from_usd(62));
  CHECK(stored.weekday->errors.mase == 0);
  CHECK(stored.weekday->errors.mape_month_end[1] == 0);
  CHECK(stored.weekday->errors.coverage80 == 100);
  CHECK(stored.weekday->confidence == Confidence::high);
  const auto days = load_expected_days(bench.database.snapshot(), day("2026-10-10"));
  REQUIRE(days.size() == 2);  // of all and of the tenant
  CHECK(days.at("").as_of == day("2026-10-10"));
  CHECK(days.at("").amounts == std::vector<Money>(31, Money::from_usd(2)));
  CHECK(days.at("t-one").amounts == days.at("").amounts);
  // A day later the newest ones are still good; a week later they are not.
  CHECK(load_expected_days(bench.database.snapshot(), day("2026-10-11")).size() == 2);
  CHECK(load_expected_days(bench.database.snapshot(), day("2026-10-17")).empty());
  CHECK(load_expected_days(bench.database.snapshot(), day("2026-10-09")).empty());
}

TEST_CASE("a forecast of a group that is gone is gone", "[forecast]") {
  JobBench bench;
  spend(bench, a_series("t-one", "m-a"), "2026-10-01", 10, 2);
  spend(bench, a_series("t-two", "m-b"), "2026-10-10", 1, 2);
  bench.apply_prices({a_price("*", "0", "1")});
  bench.rollup();
  bench.now = test::at("2026-10-11T00:30:00Z");
  CHECK(count_of(bench.run(*make_forecast_job()), "forecasts") == 8);
  const SeriesId gone = [&] {
    for (const auto& [id, key] : load_series(bench.database.snapshot())) {
      if (key.tenant == "t-two") return id;
    }
    return SeriesId{-1};
  }();
  UnitOfWork unit = bench.database.begin();
  auto rows = load_daily_usage(unit, day("2026-10-10"));
  std::erase_if(rows, [&](const DailyUsage& row) { return row.key.series == gone; });
  replace_daily_usage(unit, day("2026-10-10"), rows);
  unit.commit();
  bench.rollup();
  CHECK(count_of(bench.run(*make_forecast_job()), "forecasts") == 5);
  CHECK(load_forecasts(bench.database.snapshot(), std::nullopt).size() == 5);
}

}  // namespace costd
