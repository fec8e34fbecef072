#include "ledger/budget_ceiling.hpp"

#include <catch2/catch.hpp>
#include <vector>

#include "ledger/error.hpp"
#include "tests/support/budget_builders.hpp"

namespace costd {
namespace {

using test::a_cap;

std::string ceiling_of(const BudgetCap& cap, const std::vector<BudgetCap>& caps) {
  const BudgetCap* ceiling = BudgetCeilings(caps).find(cap);
  return ceiling == nullptr ? "none" : ceiling->name;
}

}  // namespace

TEST_CASE("the ceiling is the smallest platform cap that governs the tenant's", "[budget]") {
  const std::vector<BudgetCap> caps{
      a_cap("global").up_to("1000"),
      a_cap("acme").of("acme").up_to("500"),
      a_cap("acme-loose").of("acme").up_to("700"),
      a_cap("key").of("acme", "key_1").up_to("200"),
      a_cap("other-key").of("acme", "key_2").up_to("1"),
      a_cap("other-tenant").of("beta").up_to("2"),
      a_cap("off").of("acme").up_to("3").disabled(),
      a_cap("day").of("acme").up_to("4").per(BudgetPeriod::daily),
      a_cap("own").of("acme").up_to("5").by_tenant(),
  };
  CHECK(ceiling_of(a_cap("x").of("acme").by_tenant(), caps) == "acme");
  CHECK(ceiling_of(a_cap("x").of("acme", "key_1").by_tenant(), caps) == "key");
  CHECK(ceiling_of(a_cap("x").of("acme", "key_9").by_tenant(), caps) == "acme");
  CHECK(ceiling_of(a_cap("x").of("gamma").by_tenant(), caps) == "global");
  CHECK(ceiling_of(a_cap("x").of("acme").by_tenant().per(BudgetPeriod::daily), caps) == "day");
  CHECK(ceiling_of(a_cap("x").of("acme").by_tenant().per(BudgetPeriod::weekly), caps) == "none");
  CHECK(ceiling_of(a_cap("x").of("acme"), caps) == "none");  // the platform has no ceiling
  CHECK(ceiling_of(a_cap("x").of("acme").by_tenant(), {}) == "none");
}

TEST_CASE("of equal ceilings the first by id is named", "[budget]") {
  const std::vector<BudgetCap> caps{a_cap("b").up_to("7"), a_cap("a").of("acme").up_to("7")};
  CHECK(ceiling_of(a_cap("x").of("acme").by_tenant(), caps) == "a");
}

TEST_CASE("a tenant's cap may be at its ceiling and not a pico above", "[budget]") {
  const std::vector<BudgetCap> caps{a_cap("Fleet").up_to("500")};
  const BudgetCeilings ceilings(caps);
  CHECK_NOTHROW(check_ceiling(a_cap("x").of("acme").by_tenant().up_to("500"), ceilings));
  CHECK_NOTHROW(check_ceiling(a_cap("x").of("acme").up_to("501"), ceilings));
  try {
    check_ceiling(a_cap("x").of("acme").by_tenant().up_to("500.000000000001"), ceilings);
    FAIL("it was accepted");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::refused);
    const std::string text = error.what();
    for (const char* part : {"\"Fleet\"", "ID-Fleet", "500.000000000000", "MONTHLY"}) {
      CHECK_THAT(text, Catch::Contains(part));
    }
  }
}

}  // namespace costd
