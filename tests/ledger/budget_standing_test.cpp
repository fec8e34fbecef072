#include "ledger/budget_standing.hpp"

#include <catch2/catch.hpp>
#include <vector>

#include "tests/support/budget_builders.hpp"

namespace costd {
namespace {

using test::a_cap;
using test::at;
using test::standing_at;

const Instant noon = at("2026-10-20T12:00:00Z");

BudgetDecision decision_on(std::vector<BudgetStanding> standings, const std::string& tenant,
                           const std::string& api_key, std::string* governing = nullptr,
                           Instant now = noon) {
  const BudgetStandings page(std::move(standings), noon, {"beta"});
  BudgetDecision decision = page.decide(tenant, api_key, now);
  if (governing != nullptr && decision.tightest) {
    *governing = decision.tightest->least_remaining.standing->cap.name;
  }
  decision.applicable.clear();  // they point into the page, which ends here
  decision.tightest.reset();
  return decision;
}

}  // namespace

TEST_CASE("a call is decided by the worst colour of the caps that hold for it", "[budget]") {
  struct Row {
    const char* what;
    std::vector<BudgetStanding> standings;
    const char* verdict;
    const char* governing;
  };
  const std::vector<Row> rows{
      {"no cap", {}, "allow", ""},
      {"green", {standing_at(a_cap("g"), "79.99")}, "allow", "g"},
      {"amber", {standing_at(a_cap("g"), "80")}, "warn", "g"},
      {"red", {standing_at(a_cap("g"), "100")}, "block", "g"},
      {"red but disabled", {standing_at(a_cap("g").disabled(), "100")}, "allow", ""},
      {"the tenant's is red",
       {standing_at(a_cap("g"), "1"), standing_at(a_cap("t").of("acme"), "101")},
       "block",
       "t"},
      {"the key's is red", {standing_at(a_cap("k").of("acme", "key_1"), "100")}, "block", "k"},
      {"another key's", {standing_at(a_cap("k").of("acme", "key_2"), "100")}, "allow", ""},
      {"another tenant's", {standing_at(a_cap("t").of("beta"), "100")}, "allow", ""},
      {"least remaining governs, an amber one warns",
       {standing_at(a_cap("large").of("acme").up_to("1000000"), "999000"),
        standing_at(a_cap("small").of("acme").up_to("10"), "5")},
       "warn",
       "small"},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    std::string governing;
    const auto decision = decision_on(row.standings, "acme", "key_1", &governing);
    CHECK(name_of(decision.verdict) == std::string(row.verdict));
    CHECK(governing == row.governing);
  }
}

TEST_CASE("the three notions of tightest are told apart", "[budget]") {
  std::vector<BudgetStanding> standings{
      standing_at(a_cap("smallest").of("acme").up_to("10"), "1"),      // 9 left, 10 %
      standing_at(a_cap("fullest").of("acme").up_to("100"), "90"),     // 10 left, 90 %
      standing_at(a_cap("least-left").of("acme").up_to("20"), "12")};  // 8 left, 60 %
  const BudgetStandings page(std::move(standings), noon, {});
  const auto decision = page.decide("acme", "", noon);
  REQUIRE(decision.tightest);
  CHECK(decision.tightest->smallest_limit.standing->cap.name == "smallest");
  CHECK(decision.tightest->highest_utilisation.standing->cap.name == "fullest");
  CHECK(decision.tightest->least_remaining.standing->cap.name == "least-left");
  CHECK(decision.applicable.size() == 3);
}

TEST_CASE("of equal remainders the fuller cap governs, of equal shares the first by id",
          "[budget]") {
  std::string governing;
  decision_on(
      {standing_at(a_cap("a").up_to("100"), "90"), standing_at(a_cap("b").up_to("20"), "10")},
      "acme", "", &governing);
  CHECK(governing == "a");  // both have 10 left: 90 % against 50 %
  decision_on({standing_at(a_cap("z"), "90"), standing_at(a_cap("y"), "90")}, "acme", "",
              &governing);
  CHECK(governing == "y");
}

TEST_CASE("a tenant nobody knows has the global caps only, and is said to be unknown", "[budget]") {
  const std::vector<BudgetStanding> standings{standing_at(a_cap("g"), "85"),
                                              standing_at(a_cap("t").of("acme"), "100")};
  const auto stranger = decision_on(standings, "nobody", "key_1");
  CHECK(stranger.verdict == BudgetVerdict::warn);
  CHECK_FALSE(stranger.tenant_known);
  CHECK(decision_on(standings, "acme", "").tenant_known);  // has a cap of its own
  CHECK(decision_on(standings, "beta", "").tenant_known);  // has usage
}

TEST_CASE("a period that is over counts as unspent until it is computed again", "[budget]") {
  const std::vector<BudgetStanding> standings{standing_at(a_cap("g"), "100")};
  const Instant last = at("2026-10-31T23:59:59.999999Z");
  CHECK(decision_on(standings, "acme", "", nullptr, last).verdict == BudgetVerdict::block);
  CHECK(decision_on(standings, "acme", "", nullptr, at("2026-11-01T00:00:00Z")).verdict ==
        BudgetVerdict::allow);
}

TEST_CASE("shares are compared exactly, whatever their size", "[budget]") {
  const auto picos = [](std::int64_t n) { return Money::from_picos(n); };
  const Money vast = budget_limit_max;
  CHECK(compare_ratios(picos(1), picos(3), picos(2), picos(6)) == 0);
  CHECK(compare_ratios(picos(1), picos(3), picos(334), picos(1000)) == -1);
  CHECK(compare_ratios(picos(-1), picos(3), picos(0), picos(7)) == -1);
  CHECK(compare_ratios(picos(7), picos(2), picos(7), picos(3)) == 1);
  CHECK(compare_ratios(vast - picos(1), vast, vast - picos(2), vast - picos(1)) == 1);
  CHECK(compare_ratios(vast - picos(2), vast - picos(1), vast - picos(1), vast) == -1);
  CHECK(compare_ratios(vast, vast, picos(1), picos(1)) == 0);
}

TEST_CASE("a tenant sees a decision without caps of all, whose word still counts", "[budget]") {
  const BudgetStandings page(
      {standing_at(a_cap("g").up_to("10"), "10"), standing_at(a_cap("t").of("acme"), "20"),
       standing_at(a_cap("k").of("acme", "key_1"), "30")},
      noon, {"acme"});
  const BudgetDecision seen = without_global_caps(page.decide("acme", "key_1", noon));
  CHECK(seen.verdict == BudgetVerdict::block);  // the global cap is spent
  REQUIRE(seen.applicable.size() == 2);
  CHECK(seen.tightest->least_remaining.standing->cap.name == "k");
  CHECK(seen.tightest->smallest_limit.standing->cap.name == "k");
  const BudgetDecision none = without_global_caps(page.decide("beta", "", noon));
  CHECK(none.applicable.empty());
  CHECK_FALSE(none.tightest);
  CHECK(none.verdict == BudgetVerdict::block);
}

}  // namespace costd
