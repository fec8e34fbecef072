#include "jobs/budget_job.hpp"

#include <catch2/catch.hpp>

#include "ledger/store/finding_store.hpp"
#include "ledger/store/tenant_store.hpp"
#include "tests/support/job_bench.hpp"

namespace costd {
namespace {

using test::a_series;
using test::count_of;
using test::day;
using test::JobBench;

BudgetCap a_cap(const std::string& name, const std::string& tenant, BudgetPeriod period,
                int limit_usd) {
  return {"ID-" + name, name, tenant, "", period, Money::from_usd(limit_usd), 80};
}

void set_caps(JobBench& bench, const std::vector<BudgetCap>& caps) {
  bench.change([&](UnitOfWork& unit) { store_configured_caps(unit, caps); });
}

/// Spends one USD of t-one on each day from 1 to 10 October.
void spend_ten_days(JobBench& bench) {
  bench.apply_prices({test::a_price("*", "0", "1")});
  for (int n = 0; n < 10; ++n) {
    bench.add_usage(a_series("t-one"), day("2026-10-01") + std::chrono::days(n),
                    test::input_and_output(0, 1'000'000));
  }
  bench.rollup();
}

std::map<std::string, BudgetStatus> statuses(JobBench& bench) {
  std::map<std::string, BudgetStatus> all;
  for (const BudgetStatus& status : load_budget_statuses(bench.database.snapshot())) {
    all.emplace(status.cap_id, status);
  }
  return all;
}

}  // namespace

TEST_CASE("spend counts from the begin of each cap's period", "[budget]") {
  JobBench bench;
  spend_ten_days(bench);
  bench.now = test::at("2026-10-09T12:00:00Z");  // a Friday; its week began on the 5th
  set_caps(bench, {a_cap("day", "t-one", BudgetPeriod::daily, 1),
                   a_cap("week", "t-one", BudgetPeriod::weekly, 7),
                   a_cap("month", "t-one", BudgetPeriod::monthly, 13),
                   a_cap("all", "", BudgetPeriod::monthly, 10),
                   a_cap("none", "t-other", BudgetPeriod::monthly, 1)});
  const JobResult result = bench.run(*make_budget_job());
  CHECK(count_of(result, "budgets") == 5);
  auto found = statuses(bench);
  CHECK(found["ID-day"].spent == Money::from_usd(1));
  CHECK(found["ID-day"].colour == BudgetColour::red);
  // Usage booked on later days of the week counts, too: 5 to 10 October.
  CHECK(found["ID-week"].spent == Money::from_usd(6));
  CHECK(found["ID-week"].colour == BudgetColour::amber);
  CHECK(found["ID-month"].spent == Money::from_usd(10));
  CHECK(found["ID-month"].colour == BudgetColour::green);
  CHECK(found["ID-all"].colour == BudgetColour::red);
  CHECK(found["ID-none"].spent.is_zero());
  CHECK(found["ID-month"].period == days_of(test::month("2026-10")));
}

TEST_CASE("a cap's day is the local date of its tenant", "[budget]") {
  JobBench bench;
  spend_ten_days(bench);
  bench.change([](UnitOfWork& unit) {
    store_billing_zone(unit, "t-one", "America/New_York", day("2026-01-01"));
  });
  set_caps(bench, {a_cap("day", "t-one", BudgetPeriod::daily, 5)});
  bench.now = test::at("2026-10-09T03:00:00Z");  // still the 8th in New York
  bench.run(*make_budget_job());
  CHECK(statuses(bench)["ID-day"].period.from == day("2026-10-08"));
}

TEST_CASE("configured caps change, go and come back by name", "[budget]") {
  JobBench bench;
  const auto changes = [&](const std::vector<BudgetCap>& caps) {
    std::int64_t count = 0;
    bench.change([&](UnitOfWork& unit) { count = store_configured_caps(unit, caps); });
    return count;
  };
  const BudgetCap cap = a_cap("month", "t-one", BudgetPeriod::monthly, 10);
  CHECK(changes({cap}) == 1);
  CHECK(changes({cap}) == 0);
  BudgetCap higher = cap;
  higher.id = "ANOTHER";
  higher.limit = Money::from_usd(11);
  CHECK(changes({higher}) == 1);
  const auto stored = load_caps(bench.database.snapshot());
  REQUIRE(stored.size() == 1);
  CHECK(stored.front().id == cap.id);
  CHECK(stored.front().limit == Money::from_usd(11));
  CHECK(changes({}) == 1);
  CHECK(load_caps(bench.database.snapshot()).empty());
  CHECK(changes({}) == 0);
  CHECK(changes({higher}) == 1);
  CHECK(load_caps(bench.database.snapshot()).size() == 1);
}

}  // namespace costd
