#include "reports/chargeback_model.hpp"

#include "ledger/error.hpp"
#include "reports/chargeback_render.hpp"
#include "tests/reports/chargeback_fixture.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace costd {
namespace {

CostLine costing(const char* amount) {
  CostLine line;
  line.total_cost = parse_money(amount);
  return line;
}

}  // namespace

TEST_CASE("the rounding line is what the rounded lines miss of the statement", "[statement]") {
  struct Example {
    const char* amount;
    std::size_t lines;
    std::int64_t statement_cents;
    std::int64_t rounding_cents;
  };
  const auto example = GENERATE(values<Example>({
      {"0.333333333333", 3, 100, 1},  // 3 * 0.33 = 0.99; the sum 0.999999999999 is 1.00
      {"0.006", 11, 7, -4},           // 11 * 0.01 = 0.11; the sum 0.066 is 0.07
      {"0.005", 4, 2, 2},             // each is half-even 0.00; the sum is 0.02
      {"0.015", 2, 3, -1},            // each is half-even 0.02; the sum is 0.03
      {"12.34", 5, 6170, 0},
      {"-0.006", 3, -2, 1},  // 3 * -0.01 = -0.03; the sum -0.018 is -0.02
  }));
  const std::vector<CostLine> lines(example.lines, costing(example.amount));
  CHECK(round_to_cents(sum_of(lines)).value == example.statement_cents);
  CHECK(rounding_line(lines, {example.statement_cents}).value == example.rounding_cents);
}

TEST_CASE("a statement of all tenants needs no rounding line by tenant", "[statement]") {
  const ChargebackModel model = fixture::all_tenants();
  CHECK(rounding_line(model.tenants, model.statement_total).value == 0);
}

TEST_CASE("a model comes back from its JSON as it was", "[statement]") {
  for (const ChargebackModel& model : {fixture::all_tenants(), fixture::one_tenant(),
                                       fixture::no_usage(), fixture::with_corrections()}) {
    const std::string text = to_json(model);
    const ChargebackModel back = chargeback_model_from_json(text);
    CHECK(to_json(back) == text);
    CHECK(model_hash(back) == model_hash(model));
    CHECK(back.total == model.total);
    CHECK(back.statement_total == model.statement_total);
    CHECK(back.previous_total == model.previous_total);
    CHECK(back.period == model.period);
    CHECK(back.generated_at == model.generated_at);
    CHECK(back.days.size() == model.days.size());
    CHECK(back.forecast_points.size() == model.forecast_points.size());
    CHECK(back.corrections.size() == model.corrections.size());
    CHECK(back.supersedes.has_value() == model.supersedes.has_value());
    CHECK(back.tie_out.ties() == model.tie_out.ties());
  }
}

TEST_CASE("a model of a costd without corrections can still be read", "[statement]") {
  auto old = nlohmann::json::parse(to_json(fixture::all_tenants()));
  old.erase("corrections");
  old.erase("supersedes");
  old["tieOut"].erase("corrections");
  old["tieOut"].erase("correctionSum");
  CHECK(to_json(chargeback_model_from_json(old.dump())) == to_json(fixture::all_tenants()));
}

TEST_CASE("a model of a costd without the head of the audit chain keeps its hash", "[statement]") {
  ChargebackModel model = fixture::all_tenants();
  REQUIRE(model.audit_chain);
  CHECK(chargeback_model_from_json(to_json(model)).audit_chain == model.audit_chain);
  model.audit_chain.reset();
  const std::string old = to_json(model);
  CHECK(old.find("auditChain") == std::string::npos);
  const ChargebackModel back = chargeback_model_from_json(old);
  CHECK_FALSE(back.audit_chain);
  CHECK(to_json(back) == old);
}

TEST_CASE("a model of a costd without estimates can be read and keeps its hash", "[statement]") {
  ChargebackModel model = fixture::all_tenants();
  model.forecast_points.clear();
  model.forecast->estimate.reset();
  for (ForecastLine& line : model.forecasts) line.estimate.reset();
  const std::string old = to_json(model);
  CHECK(old.find("estimate\"") == std::string::npos);
  CHECK(old.find("forecastPoints") == std::string::npos);
  const ChargebackModel back = chargeback_model_from_json(old);
  CHECK_FALSE(back.forecast->estimate);
  CHECK(back.forecast_points.empty());
  CHECK(model_hash(back) == model_hash(model));
}

TEST_CASE("a model of a costd that knew single anomalous days only is read and rendered",
          "[statement]") {
  auto old = nlohmann::json::parse(to_json(fixture::all_tenants()));
  REQUIRE_FALSE(old["anomalies"].empty());
  for (auto& anomaly : old["anomalies"]) {
    for (const char* member : {"lastDay", "rule", "severity", "why"}) anomaly.erase(member);
  }
  const ChargebackModel model = chargeback_model_from_json(old.dump());
  for (const AnomalyLine& line : model.anomalies) {
    CHECK(line.last_day == line.day);
    CHECK(line.rule == "PUBLISHED");
    CHECK(line.why.empty());
  }
  for (const char* format : {"csv", "xlsx", "pdf"}) {
    CHECK_FALSE(render_chargeback(model, format).empty());
  }
}

TEST_CASE("amounts beyond 64 bits survive the JSON", "[statement]") {
  ChargebackModel model = fixture::no_usage();
  model.total = parse_money("123456789012345.678901234567");
  CHECK(chargeback_model_from_json(to_json(model)).total == model.total);
}

TEST_CASE("the hash of a model changes with its smallest figure", "[statement]") {
  ChargebackModel model = fixture::all_tenants();
  const std::string before = model_hash(model);
  CHECK(before.size() == 64);
  model.days.front().total_cost += Money::from_picos(1);
  CHECK(model_hash(model) != before);
}

TEST_CASE("a stored model that cannot be read says what is wrong", "[statement]") {
  std::string text = to_json(fixture::no_usage());
  CHECK_THROWS_WITH(chargeback_model_from_json("{"), Catch::Contains("stored chargeback model"));
  CHECK_THROWS_WITH(chargeback_model_from_json("{}"), Catch::Contains("reportId"));
  text.replace(text.find("\"FINAL\""), 7, "\"MAYBE\"");
  CHECK_THROWS_WITH(chargeback_model_from_json(text), Catch::Contains("MAYBE"));
  try {
    chargeback_model_from_json("[]");
    FAIL("a list is not a model");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::data);
  }
}

}  // namespace costd
