#include "jobs/anomaly_job.hpp"

#include <catch2/catch.hpp>

#include "ledger/store/anomaly_store.hpp"
#include "tests/support/job_bench.hpp"

namespace costd {
namespace {

using test::a_price;
using test::a_series;
using test::count_of;
using test::day;
using test::JobBench;

void spend(JobBench& bench, const SeriesKey& key, const char* on, int cents) {
  bench.add_usage(key, day(on), test::input_and_output(0, cents * 10'000LL));
}

/// One USD a day from 1 to 7 October, then what is asked for on the 8th.
void spend_a_week(JobBench& bench, const std::string& tenant, int cents_on_the_8th) {
  for (int n = 1; n <= 7; ++n) {
    spend(bench, a_series(tenant), ("2026-10-0" + std::to_string(n)).c_str(), 100);
  }
  spend(bench, a_series(tenant), "2026-10-08", cents_on_the_8th);
}

std::vector<FoundAnomaly> find(JobBench& bench, const AnomalyRules& rules,
                               const std::string& tenant = "") {
  bench.apply_prices({a_price("*", "0", "1")});
  bench.rollup();
  return find_anomalies(bench.database.snapshot(), days_of(test::month("2026-10")), tenant, rules);
}

}  // namespace

TEST_CASE("a day above the threshold is a spike, one at it is not", "[anomaly]") {
  JobBench bench;
  spend_a_week(bench, "t-at", 150);
  spend_a_week(bench, "t-above", 151);
  const auto found = find(bench, {});
  REQUIRE(found.size() == 1);
  CHECK(found.front().tenant == "t-above");
  CHECK(found.front().model == "m-large");
  CHECK(found.front().finding.day == day("2026-10-08"));
  CHECK(found.front().finding.deviation_percent() == "51.0");
}

TEST_CASE("a tenant may have its own threshold", "[anomaly]") {
  JobBench bench;
  spend_a_week(bench, "t-strict", 120);
  spend_a_week(bench, "t-usual", 120);
  spend_a_week(bench, "t-loose", 290);
  AnomalyRules rules;
  rules.thresholds = {{"t-strict", 10'000}, {"t-loose", 200'000}};
  const auto found = find(bench, rules);
  REQUIRE(found.size() == 1);
  CHECK(found.front().tenant == "t-strict");
  CHECK(find(bench, rules, "t-usual").empty());
}

TEST_CASE("a new model of a known tenant is new spend", "[anomaly]") {
  JobBench bench;
  spend_a_week(bench, "t-one", 100);
  spend(bench, a_series("t-one", "m-new"), "2026-10-09", 500);
  spend(bench, a_series("t-young"), "2026-10-09", 500);
  const auto found = find(bench, {});
  REQUIRE(found.size() == 1);
  CHECK(found.front().model == "m-new");
  CHECK(found.front().finding.kind == AnomalyClass::new_spend);
}

TEST_CASE("small deviations are no anomaly where a least impact is set", "[anomaly]") {
  JobBench bench;
  spend_a_week(bench, "t-small", 200);
  spend_a_week(bench, "t-large", 600);
  AnomalyRules rules;
  rules.deployment.impact_min = Money::from_usd(5);
  const auto found = find(bench, rules);
  REQUIRE(found.size() == 1);
  CHECK(found.front().tenant == "t-large");
}

TEST_CASE("an anomaly keeps its id, resolves later, and goes when it no longer holds",
          "[anomaly]") {
  JobBench bench;
  bench.apply_prices({a_price("*", "0", "1")});
  spend_a_week(bench, "t-one", 300);
  bench.rollup();
  bench.now = test::at("2026-10-09T01:00:00Z");
  const JobResult first = bench.run(*make_anomaly_job({}));
  CHECK(count_of(first, "anomalies") == 1);
  CHECK(count_of(first, "newAnomalies") == 1);
  const DayRange october = days_of(test::month("2026-10"));
  const auto before = load_anomalies(bench.database.snapshot(), october, "");
  REQUIRE(before.size() == 1);
  CHECK(before.front().is_open());

  bench.now = test::at("2026-10-10T01:00:00Z");
  CHECK(count_of(bench.run(*make_anomaly_job({})), "newAnomalies") == 0);
  const auto after = load_anomalies(bench.database.snapshot(), october, "");
  REQUIRE(after.size() == 1);
  CHECK(after.front().id == before.front().id);
  CHECK(after.front().detected_at == before.front().detected_at);
  CHECK(after.front().resolved_at == bench.now);

  AnomalyRules loose;
  loose.deployment.threshold = 500'000;
  bench.run(*make_anomaly_job(loose));
  CHECK(load_anomalies(bench.database.snapshot(), october, "").empty());
}

}  // namespace costd
