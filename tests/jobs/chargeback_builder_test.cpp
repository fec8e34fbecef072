#include "jobs/chargeback_builder.hpp"

#include <catch2/catch.hpp>
#include <random>

#include "jobs/close_job.hpp"
#include "ledger/store/budget_store.hpp"
#include "ledger/store/tenant_store.hpp"
#include "tests/support/job_bench.hpp"

namespace costd {
namespace {

using test::a_price;
using test::a_usage_record;
using test::day;
using test::JobBench;
using test::month;

struct StatementBench : JobBench {
  StatementBench() {
    now = test::at("2026-12-04T12:00:00Z");
    apply_prices({a_price("m-large", "0", "1")});
  }
  void take(const std::vector<UsageRecord>& records) {
    ingest(records);
    rollup();
  }
  ChargebackModel statement(const std::string& tenant, const DayRange& period) {
    return build_chargeback(database.snapshot(), {"REPORT", tenant, period, now, "test"}, {});
  }
  ChargebackModel statement(const std::string& tenant, const std::string& of) {
    return statement(tenant, days_of(month(of)));
  }
};

/// One call that costs `micro_usd` millionths of a dollar: a token of output is one of them.
test::UsageRecordBuilder a_call_of(const std::string& id, std::int64_t micro_usd) {
  return a_usage_record().with_id(id).with_input_tokens(0).with_output_tokens(micro_usd);
}

const CostLine* line(const std::vector<CostLine>& lines, const std::string& key) {
  const auto found = std::ranges::find(lines, key, &CostLine::key);
  return found == lines.end() ? nullptr : &*found;
}

std::vector<UsageRecord> random_month(std::mt19937_64& random) {
  std::vector<UsageRecord> records;
  const std::vector<std::string> models{"m-large", "m-small", "m-unpriced"};
  for (int n = 0; n < 1'500; ++n) {
    UsageRecord record = a_usage_record()
                             .with_id("rec-" + std::to_string(n))
                             .for_tenant("t-" + std::to_string(random() % 5))
                             .for_key("key_" + std::to_string(random() % 7))
                             .for_model(models[random() % 3])
                             .from_provider(random() % 2 == 0 ? "openai" : "azure")
                             .with_input_tokens(static_cast<std::int64_t>(random() % 400'000))
                             .with_output_tokens(static_cast<std::int64_t>(random() % 9'000))
                             .with_origin(static_cast<Origin>(random() % 3));
    record.at = test::at("2026-10-01T00:00:00Z") + std::chrono::seconds(random() % (31 * 86'400));
    records.push_back(record);
  }
  return records;
}

}  // namespace

TEST_CASE("statements of random months tie out, and the whole is the sum of its tenants",
          "[chargeback]") {
  for (const unsigned seed : {1U, 2U, 3U}) {
    std::mt19937_64 random(seed);
    StatementBench bench;
    bench.apply_prices(
        {a_price("m-large", "2.499999", "9.999999"), a_price("m-small", "0.000001", "0.3")});
    auto records = random_month(random);
    records.push_back(records.front());
    bench.take(records);
    const ChargebackModel all = bench.statement("", "2026-10");
    CHECK(all.tie_out.ties());
    CHECK(all.tie_out.difference.is_zero());
    CHECK(all.usage.requests == 1'500);
    CHECK(all.tie_out.duplicates == 1);
    CHECK(all.usage.unpriced_requests > 0);
    for (const auto* lines :
         {&all.tenants, &all.api_keys, &all.models, &all.providers, &all.days}) {
      CHECK(sum_of(*lines) == all.total);
      std::int64_t requests = 0;
      for (const CostLine& one : *lines) requests += one.usage.requests;
      CHECK(requests == 1'500);
    }
    Money exact;
    Cents rounded;
    for (const CostLine& tenant : all.tenants) {
      const ChargebackModel own = bench.statement(tenant.key, "2026-10");
      CHECK(own.tie_out.ties());
      exact += own.total;
      rounded = rounded + own.statement_total;
    }
    CHECK(exact == all.total);
    CHECK(rounded == all.statement_total);
  }
}

TEST_CASE("every tenant is rounded once, and the whole is the sum of that", "[chargeback]") {
  StatementBench bench;
  // 0.015 rounds to 0.02 and 0.025 to 0.02: together 0.04, though the exact sum is 0.055.
  bench.take({a_call_of("a", 15'000).for_tenant("t-1"), a_call_of("b", 25'000).for_tenant("t-2"),
              a_call_of("c", 15'000).for_tenant("t-3")});
  const ChargebackModel all = bench.statement("", "2026-10");
  CHECK(all.total == parse_money("0.055"));
  CHECK(all.statement_total == Cents{6});
  CHECK(bench.statement("t-2", "2026-10").statement_total == Cents{2});
}

TEST_CASE("a statement shows every day of its period and the dearest line first", "[chargeback]") {
  StatementBench bench;
  bench.take({a_call_of("a", 10'000).for_key("key_cheap"),
              a_call_of("b", 90'000).for_key("key_dear").at("2026-10-31T23:59:59Z")});
  const ChargebackModel model = bench.statement("t-one", "2026-10");
  REQUIRE(model.days.size() == 31);
  CHECK(model.days.front().key == "2026-10-01");
  CHECK(model.days.front().total_cost.is_zero());
  CHECK(model.days.back().total_cost == parse_money("0.09"));
  REQUIRE(model.api_keys.size() == 2);
  CHECK(model.api_keys.front().key == "key_dear");
  CHECK(model.period_name == "October 2026");
}

TEST_CASE("a late record is a correction line of the next month, with its original day",
          "[chargeback]") {
  StatementBench bench;
  bench.take({a_call_of("a", 10'000), a_call_of("b", 20'000).at("2026-11-02T12:00:00Z")});
  CHECK(bench.statement("t-one", "2026-10").status == StatementStatus::preliminary);
  bench.run(*make_close_job({}), {{"period", "2026-10"}});
  const ChargebackModel closed = bench.statement("t-one", "2026-10");
  CHECK(closed.status == StatementStatus::final);
  bench.take({a_call_of("late", 70'000).at("2026-10-17T12:00:00Z")});
  CHECK(bench.statement("t-one", "2026-10").total == closed.total);
  const ChargebackModel november = bench.statement("t-one", "2026-11");
  CHECK(november.total == parse_money("0.09"));
  CHECK(november.tie_out.ties());
  REQUIRE(november.days.size() == 31);
  CHECK(november.days.front().key == "2026-10-17");
  CHECK(november.days.front().name == "Sat 17 Oct (correction)");
  CHECK(november.days.front().total_cost == parse_money("0.07"));
  CHECK(november.previous_total == Cents{1});
  REQUIRE(november.corrections.size() == 1);
  const Correction& correction = november.corrections.front();
  CHECK(correction.day == day("2026-10-17"));
  CHECK(correction.closed_month == "2026-10");
  CHECK(correction.line.tenant == "t-one");
  CHECK(correction.line.key == "key_one");
  CHECK(correction.model == "m-large");
  CHECK(correction.line.usage.requests == 1);
  CHECK(correction.line.total_cost == parse_money("0.07"));
  CHECK(november.tie_out.corrections == 1);
  CHECK(november.tie_out.correction_sum == parse_money("0.07"));
  CHECK(closed.corrections.empty());
  // By day, the range of October holds the late record, too.
  CHECK(bench.statement("t-one", {day("2026-10-01"), day("2026-10-31")}).total ==
        parse_money("0.08"));
}

TEST_CASE("new prices never touch a closed month, nor the corrections of one that is closed",
          "[chargeback][promise]") {
  StatementBench bench;
  bench.take({a_call_of("a", 10'000), a_call_of("b", 20'000).at("2026-11-02T12:00:00Z")});
  bench.run(*make_close_job({}), {{"period", "2026-10"}});
  // What is found by day follows late records until a FINAL statement is stored.
  const auto figures_of_october = [&] {
    ChargebackModel model = bench.statement("t-one", "2026-10");
    CHECK(model.status == StatementStatus::final);
    model.anomalies.clear();
    model.forecasts.clear();
    model.forecast.reset();
    model.forecast_points.clear();
    for (CostLine& line : model.days) line.anomalous = false;
    return to_json(model);
  };
  const std::string october = figures_of_october();
  bench.take({a_call_of("late", 70'000).at("2026-10-17T12:00:00Z")});
  // From the beginning of the year a token of output costs ten times as much.
  bench.apply_prices({a_price("m-large", "0", "10")});
  bench.rollup();
  CHECK(figures_of_october() == october);
  // 20,000 and 70,000 tokens at 10 USD a million: the late one is priced as of its own day.
  CHECK(bench.statement("t-one", "2026-11").total == parse_money("0.9"));
  bench.take({a_call_of("c", 1).at("2026-12-01T12:00:00Z")});
  bench.now = test::at("2027-01-05T00:00:00Z");
  bench.run(*make_close_job({}), {{"period", "2026-11"}});
  bench.apply_prices({a_price("m-large", "0", "100")});
  bench.rollup();
  CHECK(bench.statement("t-one", "2026-11").total == parse_money("0.9"));
}

TEST_CASE("the original day of a correction stays in sums by day", "[chargeback][promise]") {
  StatementBench bench;
  bench.take({a_call_of("a", 10'000), a_call_of("b", 20'000).at("2026-11-02T12:00:00Z")});
  bench.run(*make_close_job({}), {{"period", "2026-10"}});
  bench.take({a_call_of("late", 70'000).at("2026-10-17T12:00:00Z")});
  CostFilter the_17th;
  the_17th.from = day("2026-10-17");
  the_17th.to = day("2026-10-18");
  CHECK(bench.cost(the_17th) == parse_money("0.07"));
  CostFilter booked;
  booked.booked = month("2026-11");
  CHECK(bench.cost(booked) == parse_money("0.09"));
}

TEST_CASE("the period before is a month for a month, else as many days", "[chargeback]") {
  StatementBench bench;
  bench.take({a_call_of("a", 30'000).at("2026-09-30T12:00:00Z"),
              a_call_of("b", 50'000).at("2026-10-10T12:00:00Z")});
  CHECK(bench.statement("", "2026-10").previous_total == Cents{3});
  CHECK(bench.statement("", "2026-10").previous_name == "September 2026");
  CHECK(bench.statement("", {day("2026-10-11"), day("2026-10-21")}).previous_total == Cents{5});
  CHECK_FALSE(bench.statement("", {day("2026-10-12"), day("2026-10-13")}).previous_total);
  CHECK_FALSE(bench.statement("", "2026-09").previous_total);
}

TEST_CASE("models without a price are listed, not priced at zero", "[chargeback]") {
  StatementBench bench;
  bench.take({a_call_of("a", 10'000), a_call_of("b", 500).for_model("m-new").with_input_tokens(7),
              a_call_of("c", 500).for_model("m-new")});
  const ChargebackModel model = bench.statement("t-one", "2026-10");
  REQUIRE(model.unpriced_models.size() == 1);
  CHECK(model.unpriced_models.front().model == "m-new");
  CHECK(model.unpriced_models.front().requests == 2);
  CHECK(model.unpriced_models.front().input_tokens == 7);
  CHECK(model.unpriced_models.front().output_tokens == 1'000);
  CHECK(model.tie_out.unpriced == 2);
  CHECK(model.tie_out.priced == 1);
  CHECK(model.tie_out.ties());
}

TEST_CASE("usage of an unknown tenant is shown as unallocated", "[chargeback]") {
  StatementBench bench;
  bench.take({a_call_of("a", 10'000).for_tenant("unknown")});
  const ChargebackModel model = bench.statement("", "2026-10");
  REQUIRE(line(model.tenants, "unknown") != nullptr);
  CHECK_THAT(line(model.tenants, "unknown")->name, Catch::Contains("unallocated"));
}

TEST_CASE("a statement is final when the month is closed for each of its tenants", "[chargeback]") {
  StatementBench bench;
  bench.take({a_call_of("a", 1).for_tenant("t-1"), a_call_of("b", 1).for_tenant("t-2")});
  bench.change([&](UnitOfWork& unit) {
    close_period(unit, "t-1", month("2026-10"), bench.now, "test", "");
  });
  CHECK(bench.statement("t-1", "2026-10").status == StatementStatus::final);
  CHECK(bench.statement("", "2026-10").status == StatementStatus::preliminary);
  bench.change([&](UnitOfWork& unit) {
    close_period(unit, "t-2", month("2026-10"), bench.now, "test", "");
  });
  CHECK(bench.statement("", "2026-10").status == StatementStatus::final);
  CHECK(bench.statement("", {day("2026-10-01"), day("2026-10-20")}).status ==
        StatementStatus::preliminary);
}

TEST_CASE("the tightest monthly cap of the scope is on the statement", "[chargeback]") {
  StatementBench bench;
  bench.take({a_call_of("a", 10'000)});
  const auto cap = [](const char* name, const char* tenant, const char* key, BudgetPeriod period,
                      int usd) {
    return BudgetCap{name, name, tenant, key, period, Money::from_usd(usd), 80};
  };
  bench.change([&](UnitOfWork& unit) {
    store_configured_caps(unit,
                          {cap("wide", "t-one", "", BudgetPeriod::monthly, 10),
                           cap("tight", "t-one", "", BudgetPeriod::monthly, 5),
                           cap("day", "t-one", "", BudgetPeriod::daily, 1),
                           cap("key", "t-one", "key_one", BudgetPeriod::monthly, 2),
                           cap("all", "", "", BudgetPeriod::monthly, 3)},
                          bench.now);
  });
  CHECK(bench.statement("t-one", "2026-10").budget->name == "tight");
  CHECK(bench.statement("", "2026-10").budget->name == "all");
  CHECK_FALSE(bench.statement("t-two", "2026-10").budget);
}

TEST_CASE("statements are made for each tenant with usage and for all together", "[chargeback]") {
  StatementBench bench;
  bench.take({a_call_of("a", 1).for_tenant("t-2"), a_call_of("b", 1).for_tenant("t-1"),
              a_call_of("c", 1).for_tenant("t-3").at("2026-09-30T12:00:00Z")});
  CHECK(statement_scopes(bench.database.snapshot(), days_of(month("2026-10"))) ==
        std::vector<std::string>{"t-1", "t-2", ""});
  CHECK(statement_scopes(bench.database.snapshot(), days_of(month("2026-01"))) ==
        std::vector<std::string>{""});
}

TEST_CASE("a month without any usage still has a statement", "[chargeback]") {
  StatementBench bench;
  const ChargebackModel model = bench.statement("", "2026-10");
  CHECK(model.total.is_zero());
  CHECK(model.days.size() == 31);
  CHECK(model.tie_out.ties());
  CHECK(model.status == StatementStatus::preliminary);
}

}  // namespace costd
