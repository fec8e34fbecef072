#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "jobs/forecast_job.hpp"
#include "ledger/store/budget_store.hpp"
#include "tests/daemon/route_answer.hpp"
#include "tests/support/budget_builders.hpp"
#include "tests/support/job_bench.hpp"
#include "tests/support/quiet_log.hpp"

namespace costd {
namespace {

using nlohmann::json;
using test::day;

/// A service over 102 days of 2 USD a day by one tenant, to 10 October.
struct ForecastRoutes : test::JobBench {
  test::QuietLog quiet;
  ManualClock clock{test::at("2026-10-11T12:00:00Z")};
  RunQueue runs{database, {}, clock};
  Scheduler scheduler{database, {}};
  Service service{Settings{}, database, runs, scheduler, clock, clock.now()};

  ForecastRoutes() {
    now = clock.now();
    for (int n = 0; n < 102; ++n) {
      add_usage(test::a_series("t-one", "m-a"), day("2026-07-01") + std::chrono::days(n),
                test::input_and_output(0, 2'000'000));
    }
    apply_prices({test::a_price("*", "0", "1")});
    rollup();
    run(*make_forecast_job());
  }
  json ask(const std::map<std::string, std::string>& query) {
    const auto answer = test::ask_route(service, "GET", "/v1/admin/forecasts", nullptr, query);
    REQUIRE(answer.status == 200);
    return answer.body;
  }
};

}  // namespace

TEST_CASE("a forecast is listed with its interval, its error and its confidence", "[forecast]") {
  ForecastRoutes bench;
  const json list = bench.ask({{"by", "tenant-model"}});
  REQUIRE(list.size() == 1);
  const json& forecast = list.front();
  CHECK(forecast.at("tenantId") == "t-one");
  CHECK(forecast.at("model") == "m-a");
  CHECK(forecast.at("asOf") == "2026-10-10");
  // 10 days at 2, 21 to come.
  CHECK(forecast.at("monthToDate") == "20.000000000000");
  CHECK(forecast.at("runRateMonthEnd") == "62.000000000000");
  for (const char* name : {"projectedMonthEnd", "low80", "high80", "low95", "high95"}) {
    CHECK(forecast.at(name) == "62.000000000000");
  }
  CHECK(forecast.at("trend") == "STABLE");
  CHECK(forecast.at("method").get<std::string>().starts_with("ensemble:"));
  CHECK(forecast.at("mase") == 0.0);
  for (const char* as_of_day : {"7", "14", "21"}) {
    CHECK(forecast.at("mapeMonthEnd").at(as_of_day) == 0.0);
  }
  CHECK(forecast.at("coverage80") == 100.0);
  CHECK(forecast.at("confidence") == "high");
  CHECK(forecast.at("confidenceReason") == "");
  CHECK_FALSE(forecast.contains("budgets"));
}

TEST_CASE("forecasts of a tenant and of all say when their budgets are reached", "[forecast]") {
  ForecastRoutes bench;
  bench.change([&](UnitOfWork& unit) {
    insert_cap(unit, test::a_cap("one").of("t-one").up_to("30"), {"uid:0", bench.now});
    insert_cap(unit, test::a_cap("all").up_to("100"), {"uid:0", bench.now});
    insert_cap(unit, test::a_cap("off").of("t-one").disabled(), {"uid:0", bench.now});
  });
  const json tenant = bench.ask({{"by", "tenant"}}).front();
  REQUIRE(tenant.at("budgets").size() == 1);
  const json& budget = tenant.at("budgets").front();
  CHECK(budget.at("name") == "one");
  CHECK(budget.at("currentSpend") == "20.000000000000");
  CHECK(budget.at("expectedSpend") == "62.000000000000");
  // 20 on the 10th, 2 more each day: 30 on the 15th.
  CHECK(budget.at("expectedCrossesOn") == "2026-10-15");
  const json total = bench.ask({{"by", "total"}}).front();
  REQUIRE(total.at("budgets").size() == 1);
  CHECK(total.at("budgets").front().at("name") == "all");
  CHECK(total.at("budgets").front().at("expectedCrossesOn").is_null());
}

TEST_CASE("a key's cap is expected to take its share of the tenant's days", "[forecast]") {
  ForecastRoutes bench;
  // A second key with as much in the last 7 days: half of 4 a day is the key's.
  for (int n = 0; n < 7; ++n) {
    bench.add_usage(test::a_series("t-one", "m-a", "key-b"),
                    day("2026-10-04") + std::chrono::days(n), test::input_and_output(0, 2'000'000));
  }
  bench.rollup();
  bench.run(*make_forecast_job());
  bench.change([&](UnitOfWork& unit) {
    insert_cap(unit, test::a_cap("key").of("t-one", "key-b").up_to("500"), {"uid:0", bench.now});
    insert_cap(unit, test::a_cap("tenant").of("t-one").up_to("500"), {"uid:0", bench.now});
  });
  const json list = bench.ask({{"by", "tenant"}}).front().at("budgets");
  REQUIRE(list.size() == 2);
  // 14 are the key's so far of 34; the rest of the month is shared evenly, to the micro-USD.
  const Money key_rest =
      parse_money(list[0].at("expectedSpend").get<std::string>()) - Money::from_usd(14);
  const Money tenant_rest =
      parse_money(list[1].at("expectedSpend").get<std::string>()) - Money::from_usd(34);
  CHECK(key_rest > Money());
  CHECK(key_rest * 2 - tenant_rest <= parse_money("0.001"));
  CHECK(tenant_rest - key_rest * 2 <= parse_money("0.001"));
}

TEST_CASE("forecasts as of another complete day are worked out when asked for, and not stored",
          "[forecast]") {
  ForecastRoutes bench;
  for (const char* by : {"total", "tenant", "model", "provider", "tenant-model"}) {
    const json list = bench.ask({{"by", by}, {"asOf", "2026-09-20"}});
    REQUIRE(list.size() == 1);
    CHECK(list.front().at("asOf") == "2026-09-20");
    // 20 days at 2, 10 to come.
    CHECK(list.front().at("monthToDate") == "40.000000000000");
    CHECK(list.front().at("runRateMonthEnd") == "60.000000000000");
    CHECK(list.front().at("projectedMonthEnd") == "60.000000000000");
  }
  CHECK(bench.ask({{"by", "total"}, {"asOf", "2026-06-01"}}).empty());  // before there was usage
  CHECK(load_forecasts(bench.database.snapshot(), day("2026-09-20")).empty());
}

TEST_CASE("a day that is not complete has no forecast", "[forecast]") {
  ForecastRoutes bench;
  const auto answer = test::ask_route(bench.service, "GET", "/v1/admin/forecasts", nullptr,
                                      {{"asOf", "2026-10-11"}});
  CHECK(answer.status == 400);
  CHECK_THAT(answer.message(), Catch::Contains("2026-10-10"));
}

}  // namespace costd
