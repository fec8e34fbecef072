// The robust rule in the job: what is watched, stored, explained, told and kept silent.

#include <catch2/catch.hpp>

#include "jobs/chargeback_builder.hpp"
#include "jobs/spend_watch_scopes.hpp"
#include "ledger/store/anomaly_store.hpp"
#include "ledger/store/spend_cells.hpp"
#include "ledger/store/tenant_store.hpp"
#include "tests/support/desk.hpp"
#include "tests/support/job_bench.hpp"

namespace costd {
namespace {

using test::a_price;
using test::a_series;
using test::at;
using test::count_of;
using test::day;
using test::JobBench;
using test::RecordingDesk;

const Day first = day("2026-09-01");

struct WatchBench : JobBench {
  RecordingDesk desk;
  AnomalyRules rules;
  std::unique_ptr<Job> job;

  WatchBench() { apply_prices({a_price("*", "0", "1")}); }

  /// One output token of any model is a micro-dollar.
  void spend(Day on, std::int64_t dollars, const std::string& model = "m-large") {
    add_usage(a_series("acme", model), on, test::input_and_output(0, dollars * 1'000'000));
  }
  /// 100 USD a day from 1 September on.
  void spend_days(int count) {
    for (int n = 0; n < count; ++n) spend(first + std::chrono::days(n), 100);
  }
  JobResult judge_at(const std::string& instant) {
    now = at(instant);
    rollup();
    if (!job) job = make_anomaly_job(rules, &desk);
    return run(*job);
  }
  std::vector<StoredAnomaly> robust() {
    return load_anomalies(database.snapshot(), {first, first + std::chrono::days(365)}, "",
                          AnomalyRuleName::robust);
  }
};

Money usd(std::int64_t dollars) {
  return Money::from_usd(dollars);
}

}  // namespace

TEST_CASE("a drop is found for the model, the key, the tenant and the provider, and told once",
          "[anomaly]") {
  WatchBench bench;
  bench.spend_days(30);
  bench.spend(day("2026-10-01"), 40);
  bench.judge_at("2026-10-02T00:00:00Z");
  const auto found = bench.robust();
  REQUIRE(found.size() == 4);
  for (const StoredAnomaly& anomaly : found) {
    CHECK(anomaly.incident.kind == AnomalyClass::drop);
    CHECK(anomaly.incident.first_day == day("2026-10-01"));
    CHECK(anomaly.incident.current == usd(40));
    CHECK(anomaly.incident.baseline == usd(100));
    CHECK(anomaly.incident.impact == usd(-60));
    CHECK(anomaly.incident.deviation_percent() == "-60.0");
    CHECK(anomaly.severity == "MEDIUM");  // from 50 USD on
    CHECK(anomaly.is_open());
    CHECK(anomaly.why == "$60.00 below the expected $100.00: less volume.");
    const ImpactParts& parts = anomaly.reasons.parts;
    CHECK(parts.volume == usd(-60));
    CHECK(parts.mix.is_zero());
    CHECK(parts.price.is_zero());
  }
  CHECK(found[0].tenant.empty());  // the provider
  CHECK_FALSE(found[0].provider.empty());
  CHECK((found[1].tenant == "acme" && found[1].model.empty() && found[1].api_key.empty()));
  CHECK_FALSE(found[2].api_key.empty());
  CHECK(found[3].model == "m-large");
  CHECK(bench.desk.titles() ==
        std::vector<std::string>{"drop of acme on model m-large: $40.00 on 2026-10-01, 60.0 % "
                                 "below the usual $100.00"});
}

TEST_CASE("an incident keeps its id while it grows, and is told to be over", "[anomaly]") {
  WatchBench bench;
  bench.spend_days(30);
  bench.spend(day("2026-10-01"), 40);
  bench.judge_at("2026-10-02T00:00:00Z");
  const auto before = bench.robust();
  bench.desk.titles();
  bench.spend(day("2026-10-02"), 30);
  bench.judge_at("2026-10-03T00:00:00Z");  // 60 + 70 is more than twice 60
  CHECK(bench.desk.titles() ==
        std::vector<std::string>{"the drop of acme on model m-large goes on: $130.00 below the "
                                 "usual since 2026-10-01"});
  bench.spend(day("2026-10-03"), 100);
  bench.judge_at("2026-10-04T00:00:00Z");
  CHECK(bench.desk.titles() ==
        std::vector<std::string>{"the drop of acme on model m-large is over: $130.00 below the "
                                 "usual in 2 days"});
  const auto after = bench.robust();
  REQUIRE(after.size() == before.size());
  for (std::size_t n = 0; n < after.size(); ++n) {
    CHECK(after[n].id == before[n].id);
    CHECK(after[n].detected_at == before[n].detected_at);
    CHECK(after[n].resolved_at == at("2026-10-04T00:00:00Z"));
    CHECK(after[n].incident.last_day == day("2026-10-02"));
  }
}

TEST_CASE("what both rules find is told once, by the published one", "[anomaly]") {
  WatchBench bench;
  bench.spend_days(30);
  bench.spend(day("2026-10-01"), 300);
  bench.judge_at("2026-10-02T00:00:00Z");
  CHECK(bench.robust().size() == 4);
  const auto titles = bench.desk.titles();
  REQUIRE(titles.size() == 1);
  CHECK(titles[0] ==
        "spike of acme on model m-large: $300.00 on 2026-10-01, 200.0 % above the usual $100.00");
}

TEST_CASE("planned days are no incident of the robust rule, and nobody is told", "[anomaly]") {
  WatchBench bench;
  bench.rules.planned = {{"load test", {day("2026-10-01"), day("2026-10-03")}, "acme", "m-large"}};
  bench.spend_days(30);
  bench.spend(day("2026-10-01"), 900);
  bench.judge_at("2026-10-02T00:00:00Z");
  CHECK(bench.robust().empty());
  CHECK(bench.desk.titles().empty());
  // The published rule lists what the gateway would list.
  CHECK(load_anomalies(bench.database.snapshot(), {first, day("2027-01-01")}, "").size() == 1);
}

TEST_CASE("a new model is explained by what it is, and the tenant's rise by the model",
          "[anomaly]") {
  WatchBench bench;
  bench.spend_days(31);
  bench.spend(day("2026-10-01"), 80, "m-new");
  bench.judge_at("2026-10-02T00:00:00Z");
  bool has_model = false;
  for (const StoredAnomaly& anomaly : bench.robust()) {
    if (anomaly.model == "m-new") {
      has_model = true;
      CHECK(anomaly.incident.kind == AnomalyClass::new_spend);
      CHECK(anomaly.why == "$80.00 where nothing was spent before.");
    } else {
      CHECK(anomaly.why == "$80.00 above the expected $100.00: more volume, mostly model m-new.");
      REQUIRE(anomaly.reasons.contributors.size() == 1);
      CHECK(anomaly.reasons.contributors[0].value == "m-new");
      CHECK(anomaly.reasons.contributors[0].impact == usd(80));
    }
  }
  CHECK(has_model);
}

TEST_CASE("a running day is judged by as much of it as is over", "[anomaly]") {
  WatchBench bench;
  bench.spend_days(30);
  bench.spend(day("2026-10-01"), 90);
  bench.judge_at("2026-10-01T04:00:00Z");  // a sixth of the day: 16.67 expected until now
  auto found = bench.robust();
  REQUIRE(found.size() == 4);
  CHECK(found[3].incident.kind == AnomalyClass::spike);
  CHECK(found[3].is_open());
  CHECK(found[3].incident.baseline == parse_money("16.67"));
  CHECK(bench.desk.titles().empty());  // it may still become a usual day
  bench.spend(day("2026-10-01"), 10);
  bench.judge_at("2026-10-02T00:00:00Z");  // and so it did
  CHECK(bench.robust().empty());
  CHECK(bench.desk.titles().empty());
}

TEST_CASE("a running day that is beyond any usual day already is told at once", "[anomaly]") {
  WatchBench bench;
  bench.rules.deployment.threshold = 1'000'000;  // the published rule says nothing
  bench.spend_days(30);
  bench.spend(day("2026-10-01"), 400);
  bench.judge_at("2026-10-01T12:00:00Z");
  CHECK(bench.desk.titles().size() == 1);
}

TEST_CASE("a provider's running day is judged by the tenant whose day has come furthest",
          "[anomaly]") {
  WatchBench bench;
  bench.change(
      [](UnitOfWork& unit) { store_billing_zone(unit, "acme", "Asia/Tokyo", day("2026-01-01")); });
  bench.spend_days(30);
  bench.spend(day("2026-10-01"), 45);  // at 11 o'clock in Tokyo, and 2 o'clock UTC
  bench.judge_at("2026-10-01T02:00:00Z");
  CHECK(bench.robust().empty());
}

TEST_CASE("a spike of the running day does not join a level shift that has just settled",
          "[anomaly]") {
  WatchBench bench;
  bench.spend_days(30);
  const Day shift = day("2026-10-01");
  int n = 0;
  const auto newest = [&] {
    const auto found = bench.robust();
    return std::ranges::max(found, {}, [](const StoredAnomaly& one) {
      return std::pair(one.incident.last_day, one.model.empty() ? 0 : 1);
    });
  };
  do {
    bench.spend(shift + std::chrono::days(n), 40);
    bench.now = Zone::utc().start_of(shift + std::chrono::days(n + 1));
    bench.judge_at(format_instant(bench.now));
    ++n;
  } while (newest().incident.kind != AnomalyClass::level_shift && n < 20);
  REQUIRE(newest().incident.kind == AnomalyClass::level_shift);
  const Day today = shift + std::chrono::days(n);
  REQUIRE(newest().incident.last_day + std::chrono::days(1) == today);
  bench.spend(today, 500);
  bench.judge_at(format_instant(Zone::utc().start_of(today) + std::chrono::hours(12)));
  CHECK(newest().incident.kind == AnomalyClass::spike);
  CHECK(newest().incident.first_day == today);
}

TEST_CASE("the share of a day that has come is never taken to be too small", "[anomaly]") {
  CHECK(share_of_cost(0) == 0);
  CHECK(share_of_cost(0.25) == Approx(0.25));  // 6 o'clock
  CHECK(share_of_cost(0.5) == Approx(0.5));    // noon
  CHECK(share_of_cost(0.75) == Approx(1));     // 18 o'clock
  CHECK(share_of_cost(1) == Approx(1));
}

TEST_CASE("a run that finds what is stored keeps it, and so does a restart", "[anomaly]") {
  WatchBench bench;
  bench.spend_days(30);
  bench.spend(day("2026-10-01"), 300);
  bench.judge_at("2026-10-02T00:00:00Z");
  const auto before = bench.robust();
  CHECK(count_of(bench.judge_at("2026-10-02T00:01:00Z"), "newAnomalies") == 0);
  CHECK(bench.robust() == before);
  bench.job.reset();
  CHECK(count_of(bench.judge_at("2026-10-02T00:02:00Z"), "newAnomalies") == 0);
  CHECK(bench.robust() == before);
}

TEST_CASE("less than two weeks are not judged", "[anomaly]") {
  WatchBench bench;
  bench.spend_days(13);
  bench.spend(day("2026-09-14"), 900);
  bench.judge_at("2026-09-15T00:00:00Z");
  CHECK(bench.robust().empty());
}

TEST_CASE("a spike and the drop right after it stay two, and each is told once", "[anomaly]") {
  WatchBench bench;
  bench.spend_days(30);
  bench.spend(day("2026-10-01"), 300);
  bench.judge_at("2026-10-02T00:00:00Z");
  bench.spend(day("2026-10-02"), 20);
  bench.judge_at("2026-10-03T00:00:00Z");
  const auto before = bench.robust();
  CHECK(before.size() == 8);  // provider, tenant, key and model of each
  // The spike, its end, and the drop, which the published rule does not know.
  CHECK(bench.desk.titles().size() == 3);
  bench.spend(day("2026-10-03"), 100);
  CHECK(count_of(bench.judge_at("2026-10-04T00:00:00Z"), "newAnomalies") == 0);
  const auto after = bench.robust();
  REQUIRE(after.size() == before.size());
  for (std::size_t n = 0; n < after.size(); ++n) {
    CHECK(after[n].id == before[n].id);
    CHECK(after[n].detected_at == before[n].detected_at);
  }
  CHECK(bench.desk.titles() ==
        std::vector<std::string>{
            "the drop of acme on model m-large is over: $80.00 below the usual in one day"});
}

TEST_CASE("what was told on the running day is not told again once the day is over", "[anomaly]") {
  WatchBench bench;
  bench.spend_days(30);
  bench.spend(day("2026-10-01"), 400);
  bench.judge_at("2026-10-01T12:00:00Z");
  CHECK(bench.desk.titles().size() == 1);
  bench.judge_at("2026-10-02T00:00:00Z");
  CHECK(bench.desk.titles().empty());
}

TEST_CASE("an incident resolves though nobody judged for two months", "[anomaly]") {
  WatchBench bench;
  bench.spend_days(30);
  bench.spend(day("2026-10-01"), 300);
  bench.judge_at("2026-10-02T00:00:00Z");
  CHECK(bench.robust().front().is_open());
  for (int n = 31; n < 91; ++n) bench.spend(first + std::chrono::days(n), 100);
  bench.judge_at("2026-12-01T00:00:00Z");
  const auto all = load_anomalies(bench.database.snapshot(), {first, day("2027-01-01")}, "");
  CHECK(all.size() == 5);
  for (const StoredAnomaly& one : all) CHECK(one.resolved_at == at("2026-12-01T00:00:00Z"));
}

TEST_CASE("a day of 25 or of 23 hours is no anomaly, and an incident's day is a local day",
          "[anomaly]") {
  struct Change {
    const char* begin;  ///< midnight in Zurich, 35 days and more before the end
    const char* end;    ///< half past midnight of the local day that is a spike
    const char* spike;
    const char* judged;
  };
  const auto change = GENERATE(values<Change>({
      {"2026-09-20T22:00:00Z", "2026-10-31T23:30:00Z", "2026-11-01", "2026-11-02T00:00:00Z"},
      {"2027-02-20T23:00:00Z", "2027-04-03T22:30:00Z", "2027-04-04", "2027-04-05T00:00:00Z"},
  }));
  WatchBench bench;
  bench.now = at(change.judged);
  bench.change([](UnitOfWork& unit) {
    store_billing_zone(unit, "t-one", "Europe/Zurich", day("2026-01-01"));
  });
  std::vector<UsageRecord> records;
  const auto spend_at = [&](Instant instant, std::int64_t dollars) {
    UsageRecord record = test::a_usage_record()
                             .with_id("rec-" + std::to_string(records.size()))
                             .with_input_tokens(0)
                             .with_output_tokens(dollars * 1'000'000);
    record.at = instant;
    records.push_back(record);
  };
  // 20 USD every hour: 500 on the day of 25 hours, 460 on that of 23, else 480.
  for (Instant hour = at(change.begin); hour < at(change.judged) - std::chrono::hours(3);
       hour += std::chrono::hours(1)) {
    spend_at(hour, 20);
  }
  spend_at(at(change.end), 2000);
  bench.ingest(records);
  bench.judge_at(change.judged);
  const auto found =
      load_anomalies(bench.database.snapshot(), {day("2026-09-01"), day("2027-09-01")}, "t-one");
  CHECK(found.size() == 4);  // of the tenant, its key, and its model by both rules
  for (const StoredAnomaly& one : found) {
    CHECK(one.incident.first_day == day(change.spike));
    CHECK(one.incident.last_day == day(change.spike));
  }
}

TEST_CASE("a robust incident is in the statement with its reason, and marks its day",
          "[anomaly][chargeback]") {
  WatchBench bench;
  bench.spend_days(30);
  bench.spend(day("2026-10-01"), 40);
  bench.spend(day("2026-10-02"), 100);
  bench.now = at("2026-10-03T00:00:00Z");
  bench.rollup();
  const ChargebackModel model = build_chargeback(
      bench.database.snapshot(),
      {"REPORT", "acme", days_of(test::month("2026-10")), bench.now, "test"}, bench.rules);
  REQUIRE(model.anomalies.size() == 1);
  CHECK(model.anomalies[0].rule == "ROBUST");
  CHECK(model.anomalies[0].kind == "DROP");
  CHECK(model.anomalies[0].why == "$60.00 below the expected $100.00: less volume.");
  CHECK_FALSE(model.anomalies[0].open);
  REQUIRE(model.days.size() == 31);
  CHECK(model.days[0].anomalous);
  CHECK_FALSE(model.days[1].anomalous);
}

TEST_CASE("cells are the tokens and costs of a series and class, of the asked days and tenant",
          "[anomaly]") {
  JobBench bench;
  bench.apply_prices({a_price("*", "2", "3")});  // USD a million
  const auto add = [&](const char* tenant, const char* on, int input, int output) {
    bench.add_usage(a_series(tenant), day(on),
                    test::input_and_output(input * 1'000'000LL, output * 1'000'000LL));
  };
  add("acme", "2026-10-01", 1, 2);
  add("acme", "2026-10-02", 4, 0);
  add("acme", "2026-10-03", 50, 50);
  add("other", "2026-10-01", 70, 70);
  bench.rollup();
  CostFilter filter;
  filter.tenant = "acme";
  filter.from = day("2026-10-01");
  filter.to = day("2026-10-03");
  const auto cells = load_spend_cells(bench.database.snapshot(), filter);
  REQUIRE(cells.size() == 2);
  CHECK((cells[0].tenant == "acme" && cells[0].token_class == "input"));
  CHECK(cells[0].tokens == 5'000'000);
  CHECK(cells[0].cost == usd(10));  // (1 + 4) * 2
  CHECK(cells[1].token_class == "output");
  CHECK(cells[1].tokens == 2'000'000);
  CHECK(cells[1].cost == usd(6));  // 2 * 3
}

}  // namespace costd
