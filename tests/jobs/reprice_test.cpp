#include "jobs/reprice.hpp"

#include <catch2/catch.hpp>

#include "ledger/store/tenant_store.hpp"
#include "tests/support/job_bench.hpp"

namespace costd {
namespace {

using test::a_price;
using test::a_series;
using test::count_of;
using test::day;
using test::input_and_output;
using test::JobBench;
using test::month;

constexpr std::int64_t million = 1'000'000;

/// A million output tokens of the tenant's model on the day, in one request.
void use(JobBench& bench, const std::string& tenant, const std::string& model,
         const std::string& on) {
  bench.add_usage(a_series(tenant, model), day(on), input_and_output(0, million));
}

PriceEntry api_price(const std::string& model, const std::string& output,
                     const std::string& from = "2026-01-01") {
  PriceEntry entry = a_price(model, "0", output, from);
  entry.origin = PriceOrigin::api;
  return entry;
}

PriceChanges adding(const PriceEntry& entry) {
  PriceChanges changes;
  changes.added.push_back(entry);
  return changes;
}

/// What the preview says and what the change then does are one.
RepriceReport change_prices(JobBench& bench, PriceChanges changes) {
  const RepriceReport preview = preview_reprice(bench.database.snapshot(), changes);
  RepriceReport done;
  bench.change([&](UnitOfWork& unit) { done = apply_and_reprice(unit, changes, bench.now); });
  CHECK(preview.rows == done.rows);
  CHECK(preview.days == done.days);
  CHECK(preview.total.before == done.total.before);
  CHECK(preview.total.after == done.total.after);
  CHECK(preview.groups.size() == done.groups.size());
  return done;
}

std::int64_t live_id(JobBench& bench, const std::string& model) {
  for (const PriceEntry& entry : load_prices(bench.database.snapshot())) {
    if (entry.model_pattern == model) return entry.id;
  }
  return 0;
}

}  // namespace

TEST_CASE("a price that is added prices the days from its first one on", "[prices]") {
  JobBench bench;
  bench.apply_prices({a_price("m-large", "0", "1")});
  use(bench, "acme", "m-large", "2026-10-04");
  use(bench, "acme", "m-large", "2026-10-05");
  use(bench, "bolt", "m-large", "2026-10-06");
  use(bench, "bolt", "m-other", "2026-10-06");
  bench.rollup();
  const RepriceReport report =
      change_prices(bench, adding(api_price("m-large", "3", "2026-10-05")));
  // 1 + 1 of the 5th and 6th become 3 + 3; the 4th stays at 1.
  REQUIRE(report.groups.size() == 2);
  CHECK(report.groups[0].tenant == "acme");
  CHECK(report.groups[0].model == "m-large");
  CHECK(report.groups[0].before == Money::from_usd(1));
  CHECK(report.groups[0].after == Money::from_usd(3));
  CHECK(report.groups[1].tenant == "bolt");
  CHECK(report.total.difference() == Money::from_usd(4));
  CHECK(report.from == day("2026-10-05"));
  CHECK(report.rows == 2);
  CHECK(report.days == 2);
  CHECK(bench.cost() == Money::from_usd(1 + 3 + 3));
  CHECK(bench.rollup().counts.empty());
}

TEST_CASE("usage that becomes priced or unpriced is counted by requests", "[prices]") {
  JobBench bench;
  use(bench, "acme", "m-new", "2026-10-05");
  bench.rollup();
  const RepriceReport priced = change_prices(bench, adding(api_price("m-new", "2")));
  CHECK(priced.total.newly_priced == 1);
  CHECK(priced.total.newly_unpriced == 0);
  CHECK(priced.total.difference() == Money::from_usd(2));
  const std::int64_t id = live_id(bench, "m-new");
  const RepriceReport unpriced =
      change_prices(bench, removal_of_price(bench.database.snapshot(), id));
  CHECK(unpriced.total.newly_unpriced == 1);
  CHECK(unpriced.total.difference() == -Money::from_usd(2));
  CHECK(bench.usage().unpriced_requests == 1);
}

TEST_CASE("a preview writes nothing", "[prices]") {
  JobBench bench;
  bench.apply_prices({a_price("m-large", "0", "1")});
  use(bench, "acme", "m-large", "2026-10-05");
  bench.rollup();
  use(bench, "acme", "m-large", "2026-10-06");
  const auto before = load_daily_charges(bench.database.snapshot(), day("2026-10-05"));
  const RepriceReport report =
      preview_reprice(bench.database.snapshot(), adding(api_price("m-large", "9", "2026-10-01")));
  // 1 + 1 become 9 + 9: the day that waits for its rollup counts as if it were rated.
  CHECK(report.total.difference() == Money::from_usd(16));
  const auto after = load_daily_charges(bench.database.snapshot(), day("2026-10-05"));
  REQUIRE(after.size() == before.size());
  CHECK(after[0].charge == before[0].charge);
  CHECK(load_prices(bench.database.snapshot()).size() == 1);
  CHECK(load_unrated_days(bench.database.snapshot()).size() == 1);
}

TEST_CASE("a closed month keeps its charge whatever the prices become", "[prices]") {
  JobBench bench;
  bench.apply_prices({a_price("m-large", "0", "1")});
  use(bench, "acme", "m-large", "2026-10-05");
  use(bench, "bolt", "m-large", "2026-10-05");
  bench.rollup();
  bench.change([&](UnitOfWork& unit) {
    close_period(unit, "acme", month("2026-10"), bench.now, "test", "");
  });
  // A late record of the closed month, booked in November; its day waits for the rollup.
  bench.add_usage(a_series("acme", "m-large"), day("2026-10-05"), input_and_output(0, million), 1,
                  Origin::exact, month("2026-11"));
  const RepriceReport report =
      change_prices(bench, adding(api_price("m-large", "5", "2026-10-01")));
  // acme: 1 of October stays, the late 1 becomes 5. bolt: 1 becomes 5.
  REQUIRE(report.groups.size() == 2);
  CHECK(report.groups[0].difference() == Money::from_usd(4));
  CHECK(report.groups[1].difference() == Money::from_usd(4));
  CostFilter october;
  october.tenant = "acme";
  october.booked = month("2026-10");
  CHECK(bench.cost(october) == Money::from_usd(1));
  CHECK(bench.cost() == Money::from_usd(1 + 5 + 5));
}

TEST_CASE("a day that waits for its rollup is rated with the change", "[prices]") {
  JobBench bench;
  bench.apply_prices({a_price("m-large", "0", "1")});
  use(bench, "acme", "m-large", "2026-10-04");
  use(bench, "acme", "m-large", "2026-10-05");
  const RepriceReport report =
      change_prices(bench, adding(api_price("m-large", "2", "2026-10-05")));
  CHECK(report.total.before == Money::from_usd(1));
  CHECK(report.total.after == Money::from_usd(2));
  // The 4th is before the first affected day and goes on waiting.
  const auto waiting = load_unrated_days(bench.database.snapshot());
  REQUIRE(waiting.size() == 1);
  CHECK(waiting[0] == day("2026-10-04"));
  CHECK(count_of(bench.rollup(), "days") == 1);
  CHECK(bench.cost() == Money::from_usd(1 + 2));
}

TEST_CASE("only days with a charge that changes are written", "[prices]") {
  JobBench bench;
  bench.apply_prices({a_price("m-large", "0", "1"), a_price("m-small", "0", "1")});
  use(bench, "acme", "m-large", "2026-10-05");
  use(bench, "acme", "m-small", "2026-10-06");
  bench.rollup();
  CHECK(change_prices(bench, adding(api_price("m-small", "2", "2026-10-01"))).days == 1);
  CHECK(change_prices(bench, adding(api_price("m-absent", "2"))).days == 0);
  // Another entry at the same price: the charge names it from now on, and no amount moves.
  const RepriceReport same = change_prices(bench, adding(api_price("m-small", "2", "2026-10-02")));
  CHECK(same.days == 1);
  CHECK(same.groups.empty());
}

TEST_CASE("cache hits cost nothing before and after", "[prices]") {
  JobBench bench;
  bench.add_usage(a_series("acme", "m-large"), day("2026-10-05"), input_and_output(0, million), 1,
                  Origin::cache_hit);
  bench.rollup();
  const RepriceReport report = change_prices(bench, adding(api_price("m-large", "2")));
  CHECK(report.groups.empty());
  CHECK(report.rows == 0);
}

TEST_CASE("re-pricing and the rollup come to the same charges", "[prices]") {
  const std::vector<PriceEntry> first{a_price("m-*", "1", "2"), a_price("m-a", "3", "4")};
  const std::vector<PriceEntry> added{a_price("m-b", "5", "6", "2026-10-03"),
                                      a_price("m-?", "7", "8", "2026-10-05")};
  const auto fill = [&](JobBench& bench) {
    bench.apply_prices(first);
    for (const char* model : {"m-a", "m-b", "m-c", "x"}) {
      for (const char* on : {"2026-10-02", "2026-10-03", "2026-10-05"}) {
        use(bench, "acme", model, on);
      }
    }
    bench.rollup();
  };
  JobBench repriced;
  JobBench rolled;
  fill(repriced);
  fill(rolled);
  PriceChanges changes;
  changes.added = added;
  change_prices(repriced, changes);
  std::vector<PriceEntry> all = first;
  all.insert(all.end(), added.begin(), added.end());
  rolled.apply_prices(all);
  rolled.rollup();
  CHECK(repriced.cost() == rolled.cost());
  for (const char* on : {"2026-10-02", "2026-10-03", "2026-10-05"}) {
    const auto left = load_daily_charges(repriced.database.snapshot(), day(on));
    const auto right = load_daily_charges(rolled.database.snapshot(), day(on));
    REQUIRE(left.size() == right.size());
    for (std::size_t row = 0; row < left.size(); ++row) {
      CHECK(left[row].key == right[row].key);
      CHECK(left[row].charge == right[row].charge);
    }
  }
}

}  // namespace costd
