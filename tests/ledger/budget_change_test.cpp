#include "ledger/budget_change.hpp"

#include <catch2/catch.hpp>
#include <vector>

#include "ledger/error.hpp"
#include "tests/support/budget_builders.hpp"

namespace costd {
namespace {

using test::a_cap;

std::string refusal_of(const BudgetFields& fields) {
  try {
    with_fields(a_cap("month").of("acme"), fields);
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::usage);
    return error.what();
  }
  return "accepted";
}

BudgetFields limit(const std::string& text) {
  BudgetFields fields;
  fields.limit = text;
  return fields;
}

BudgetFields soft(std::int64_t percent) {
  BudgetFields fields;
  fields.soft_limit_percent = percent;
  return fields;
}

}  // namespace

TEST_CASE("wrong fields of a budget are refused by name, with the remedy", "[budget]") {
  struct Row {
    BudgetFields fields;
    const char* field;
    const char* remedy;
  };
  BudgetFields period;
  period.period = "YEARLY";
  BudgetFields no_name;
  no_name.name = "";
  BudgetFields long_name;
  long_name.name = std::string(201, 'x');
  BudgetFields control;
  control.name = "a\nb";
  BudgetFields managed;
  managed.managed_by = "tenant";
  BudgetFields no_tenant;
  no_tenant.tenant = "";
  no_tenant.api_key = "key_1";
  BudgetFields tenants_own;
  tenants_own.tenant = "";
  tenants_own.managed_by = "TENANT";
  const std::vector<Row> rows{
      {limit("-5"), "limitUsd", "disable"},
      {limit("0"), "limitUsd", "above zero"},
      {limit("0.000000000000"), "limitUsd", "above zero"},
      {limit("1e30"), "limitUsd", "such as \"500\""},
      {limit("1000000000000000000000000000000"), "limitUsd", "10,000,000,000,000,000.00"},
      {limit("10000000000000000.000000000001"), "limitUsd", "highest limit"},
      {limit("0.0000000000001"), "limitUsd", "at most 12 decimals"},
      {limit("five"), "limitUsd", "such as"},
      {limit(""), "limitUsd", "such as"},
      {limit("NaN"), "limitUsd", "such as"},
      {soft(0), "softLimitPct", "1 to 100"},
      {soft(101), "softLimitPct", "1 to 100"},
      {soft(-9'000'000'000'000), "softLimitPct", "1 to 100"},
      {period, "period", "DAILY, WEEKLY, MONTHLY"},
      {no_name, "name", "people know it by"},
      {long_name, "name", "at most 200"},
      {control, "name", "leave them out"},
      {managed, "managedBy", "PLATFORM, TENANT"},
      {no_tenant, "apiKey", "name the tenant"},
      {tenants_own, "managedBy", "name the tenant"},
  };
  for (const Row& row : rows) {
    const std::string refusal = refusal_of(row.fields);
    CHECK_THAT(refusal, Catch::StartsWith(row.field));
    CHECK_THAT(refusal, Catch::Contains(row.remedy));
  }
}

TEST_CASE("given fields take the place of the cap's own, the others stay", "[budget]") {
  BudgetFields fields = limit("12.50");
  fields.period = "WEEK";
  fields.soft_limit_percent = 100;
  const BudgetCap cap = with_fields(a_cap("month").of("acme", "key_1"), fields);
  CHECK(cap.limit == parse_money("12.5"));
  CHECK(cap.period == BudgetPeriod::weekly);
  CHECK(cap.soft_limit_percent == 100);
  CHECK(cap.api_key == "key_1");
  CHECK(cap.name == "month");
  CHECK(with_fields(cap, {}) == cap);
  CHECK(with_fields(cap, limit("10000000000000000")).limit == budget_limit_max);
}

TEST_CASE("a stale version is refused with the current one and what changed", "[budget]") {
  BudgetCap old_cap = a_cap("month").of("acme");
  old_cap.version = 3;
  BudgetCap cap = old_cap;
  cap.version = 5;
  cap.limit = Money::from_usd(120);
  cap.enabled = false;
  CHECK_NOTHROW(check_version(cap, 5, cap));
  const auto refusal = [&](std::int64_t version, const std::optional<BudgetCap>& known) {
    try {
      check_version(cap, version, known);
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::conflict);
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  const std::string text = refusal(3, old_cap);
  CHECK_THAT(text, Catch::Contains("which is 5"));
  CHECK_THAT(text, Catch::Contains("limitUsd 100.000000000000 -> 120.000000000000"));
  CHECK_THAT(text, Catch::Contains("enabled true -> false"));
  CHECK_THAT(refusal(99, std::nullopt), Catch::Contains("version 99 is not on record"));
}

TEST_CASE("a cap of the configuration is changed there", "[budget]") {
  BudgetCap cap = a_cap("month");
  CHECK_NOTHROW(check_editable(cap));
  cap.origin = BudgetOrigin::config;
  CHECK_THROWS_WITH(check_editable(cap), Catch::Contains("under budgets:"));
}

}  // namespace costd
