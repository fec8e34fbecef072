#include "ledger/period_gates.hpp"

#include <catch2/catch.hpp>
#include <functional>

#include "tests/support/ledger_builders.hpp"

namespace costd {
namespace {

using test::at;
using test::day;
using test::month;

/// October 2026 in UTC, three days and an hour after its end, with nothing in the way.
PeriodFacts a_complete_month() {
  PeriodFacts facts;
  facts.tenant = "acme";
  facts.month = month("2026-10");
  facts.zone = "UTC";
  facts.begin = at("2026-10-01T00:00:00Z");
  facts.end = at("2026-11-01T00:00:00Z");
  facts.closable_from = at("2026-11-04T00:00:00Z");
  facts.now = at("2026-11-04T01:00:00Z");
  facts.sources = {{"gateway", at("2026-11-01T00:00:00Z")}};
  return facts;
}

struct ShutGate {
  Gate gate;
  std::function<void(PeriodFacts&)> shut;
  std::int64_t amount;
  const char* what;
  const char* remedy;
  bool waivable;
};

const std::vector<ShutGate>& shut_gates() {
  static const std::vector<ShutGate> table{
      {Gate::grace, [](PeriodFacts& facts) { facts.now = at("2026-11-03T23:59:59.999Z"); }, 1,
       "the grace time lasts until 2026-11-04T00:00:00Z", "waive", true},
      {Gate::clock,
       [](PeriodFacts& facts) {
         facts.clock_jump = {at("2026-10-20T00:00:00Z"), at("2026-11-04T01:00:00Z")};
       },
       1, "from 2026-10-20T00:00:00Z to 2026-11-04T01:00:00Z", "costctl clock confirm", false},
      {Gate::sources,
       [](PeriodFacts& facts) {
         facts.sources = {{"gateway", at("2026-11-01T00:00:00Z")},
                          {"legacy", at("2026-10-31T23:59:59.999Z")},
                          {"batch", std::nullopt}};
       },
       2, "legacy has got to 2026-10-31T23:59:59.999Z, batch has sent nothing", "waive", true},
      {Gate::quarantine, [](PeriodFacts& facts) { facts.refused_lines = 2; }, 2,
       "2 refused lines are dated in the month", "/v1/admin/quarantine", true},
      {Gate::quarantine, [](PeriodFacts& facts) { facts.undated_lines = 1; }, 1,
       "1 refused line without a date came since it began", "/v1/admin/quarantine", true},
      {Gate::quarantine, [](PeriodFacts& facts) { facts.refused_files = 1; }, 1,
       "1 refused file came since it began", "/v1/admin/quarantine", true},
      {Gate::unpriced,
       [](PeriodFacts& facts) {
         facts.unpriced_requests = 1'200;
         facts.unpriced_models = {"m-new", "m-odd"};
       },
       1'200, "1,200 requests have no price (m-new, m-odd)", "costctl prices add", true},
      {Gate::rollup,
       [](PeriodFacts& facts) {
         facts.unrated_days = {day("2026-10-30"), day("2026-10-31")};
       },
       2, "2 days wait for the rollup, the first one 2026-10-30", "costctl run rollup", false},
  };
  return table;
}

PeriodFacts with_shut(const ShutGate& gate) {
  PeriodFacts facts = a_complete_month();
  gate.shut(facts);
  return facts;
}

Waiver waiver_of(const Obstacle& obstacle) {
  return {obstacle.gate,   at("2026-11-03T12:00:00Z"), "uid:1000",   "agreed with finance",
          obstacle.amount, obstacle.subjects,          obstacle.what};
}

}  // namespace

TEST_CASE("nothing stands in the way of a complete month", "[periods][promise]") {
  CHECK(find_obstacles(a_complete_month()).empty());
}

TEST_CASE("each gate alone keeps a month open, and says what and how much, and the remedy",
          "[periods][promise]") {
  for (const ShutGate& gate : shut_gates()) {
    const auto obstacles = find_obstacles(with_shut(gate));
    INFO(name_of(gate.gate) << ": " << gate.what);
    REQUIRE(obstacles.size() == 1);
    CHECK(obstacles.front().gate == gate.gate);
    CHECK(obstacles.front().amount == gate.amount);
    CHECK_THAT(obstacles.front().what, Catch::Contains(gate.what));
    CHECK_THAT(obstacles.front().remedy, Catch::Contains(gate.remedy));
  }
}

TEST_CASE("a waiver lets its own gate pass and no other one", "[periods][promise]") {
  for (const ShutGate& gate : shut_gates()) {
    const PeriodFacts facts = with_shut(gate);
    const auto obstacles = find_obstacles(facts);
    INFO(name_of(gate.gate) << ": " << gate.what);
    CHECK(why_not_waivable(gate.gate, facts).empty() == gate.waivable);
    CHECK(without_waived(obstacles, {waiver_of(obstacles.front())}).empty());
    for (const ShutGate& other : shut_gates()) {
      if (other.gate == gate.gate) continue;
      const Waiver waiver = waiver_of(find_obstacles(with_shut(other)).front());
      CHECK(without_waived(obstacles, {waiver}).size() == 1);
    }
  }
}

TEST_CASE("nothing is waived before the month is over, and the clock never", "[periods][promise]") {
  PeriodFacts facts = a_complete_month();
  facts.now = facts.end - std::chrono::microseconds(1);
  for (const ShutGate& gate : shut_gates()) {
    CHECK_THAT(why_not_waivable(gate.gate, facts),
               Catch::Contains("not over before 2026-11-01T00:00:00Z"));
  }
  facts.now = facts.end;
  CHECK(why_not_waivable(Gate::grace, facts).empty());
  CHECK_THAT(why_not_waivable(Gate::clock, facts), Catch::Contains("costctl clock confirm"));
  CHECK_THAT(why_not_waivable(Gate::rollup, facts), Catch::Contains("costctl run rollup"));
  facts.is_closed = true;
  CHECK_THAT(why_not_waivable(Gate::grace, facts), Catch::Contains("closed"));
}

TEST_CASE("a waiver holds for what was known when it was given, not for more",
          "[periods][promise]") {
  PeriodFacts facts = a_complete_month();
  facts.refused_lines = 2;
  const Waiver two_lines = waiver_of(find_obstacles(facts).front());
  facts.refused_lines = 1;
  CHECK(without_waived(find_obstacles(facts), {two_lines}).empty());
  facts.refused_lines = 3;
  CHECK(without_waived(find_obstacles(facts), {two_lines}).size() == 1);

  facts = a_complete_month();
  facts.sources = {{"gateway", std::nullopt}, {"legacy", at("2026-12-01T00:00:00Z")}};
  const Waiver gateway = waiver_of(find_obstacles(facts).front());
  CHECK(without_waived(find_obstacles(facts), {gateway}).empty());
  facts.sources = {{"gateway", at("2026-12-01T00:00:00Z")}, {"legacy", std::nullopt}};
  CHECK(without_waived(find_obstacles(facts), {gateway}).size() == 1);
}

TEST_CASE("a month is open until its end, then in grace until it is closed", "[periods]") {
  PeriodFacts facts = a_complete_month();
  facts.now = facts.end - std::chrono::microseconds(1);
  CHECK(state_of(facts) == PeriodState::open);
  facts.now = facts.end;
  CHECK(state_of(facts) == PeriodState::grace);
  facts.now = at("2027-03-01T00:00:00Z");
  CHECK(state_of(facts) == PeriodState::grace);
  facts.is_closed = true;
  CHECK(state_of(facts) == PeriodState::closed);
}

TEST_CASE("during the month only its end and what is wrong already stand in the way", "[periods]") {
  PeriodFacts facts = a_complete_month();
  facts.now = at("2026-10-15T00:00:00Z");
  facts.sources = {{"gateway", at("2026-10-14T23:00:00Z")}};
  facts.unrated_days = {day("2026-10-14")};
  auto obstacles = find_obstacles(facts);
  REQUIRE(obstacles.size() == 1);
  CHECK(obstacles.front().gate == Gate::grace);
  CHECK_THAT(obstacles.front().what, Catch::Contains("lasts until 2026-11-01T00:00:00Z"));
  facts.refused_lines = 1;
  CHECK(find_obstacles(facts).size() == 2);
}

TEST_CASE("gates are known by their names", "[periods]") {
  for (const ShutGate& gate : shut_gates()) {
    CHECK(parse_gate(name_of(gate.gate)) == gate.gate);
  }
  CHECK_FALSE(parse_gate("prices"));
  CHECK(gate_names() == "grace, clock, sources, quarantine, unpriced, rollup");
}

}  // namespace costd
