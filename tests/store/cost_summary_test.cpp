#include "ledger/store/cost_summary.hpp"

#include <catch2/catch.hpp>
#include <limits>
#include <map>
#include <random>

#include "tests/support/test_database.hpp"

namespace costd {
namespace {

using test::a_series;
using test::day;
using test::input_and_output;
using test::month;

constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();

/// Usage rows with charges, as the rollup would leave them.
struct ChargedRow {
  SeriesKey key;
  Day on{};
  Charge charge;
  TokenCounts tokens = input_and_output(10, 1);
  Origin origin = Origin::exact;
  std::optional<Month> booked = std::nullopt;
};

void store_rows(test::TestDatabase& test, const std::vector<ChargedRow>& rows) {
  test.change([&](UnitOfWork& unit) {
    std::map<Day, std::vector<DailyCharge>> charges;
    for (const ChargedRow& row : rows) {
      const DailyKey key{row.on, store_series(unit, row.key), 0,
                         row.booked.value_or(month_of(row.on)), row.origin};
      add_daily_usage(unit, {{key, 1, row.tokens}});
      charges[row.on].push_back({key, row.charge});
    }
    for (const auto& [on, of_day] : charges) replace_daily_charges(unit, on, of_day);
  });
}

Charge priced(std::int64_t input_picos, std::int64_t output_picos) {
  return {ChargeState::priced, 1, {input_picos, 0, 0, output_picos}};
}

/// Two tenants, two models, two days; amounts are distinct powers of ten, so that every sum shows
/// which rows are in it.
std::vector<ChargedRow> rows_of_powers() {
  return {{a_series("t-one", "m-a"), day("2026-10-01"), priced(0, 1)},
          {a_series("t-one", "m-b"), day("2026-10-01"), priced(0, 10)},
          {a_series("t-one", "m-a"), day("2026-10-02"), priced(0, 100)},
          {a_series("t-two", "m-a", "key_two", "azure"), day("2026-10-01"), priced(0, 1'000)},
          {a_series("t-two", "m-a", "key_two", "azure"), day("2026-09-30"), priced(0, 10'000),
           input_and_output(10, 1), Origin::exact, month("2026-10")}};
}

std::vector<std::int64_t> amounts_by(test::TestDatabase& test, unsigned grouping,
                                     const CostFilter& filter = {}) {
  std::vector<std::int64_t> amounts;
  for (const CostGroup& group : summarize_costs(test.database.snapshot(), filter, grouping)) {
    amounts.push_back(static_cast<std::int64_t>(group.total_cost().picos()));
  }
  return amounts;
}

using Amounts = std::vector<std::int64_t>;

}  // namespace

TEST_CASE("costs group by every column, in the order of the columns", "[store]") {
  test::TestDatabase test;
  store_rows(test, rows_of_powers());
  CHECK(amounts_by(test, by_nothing) == Amounts{11'111});
  CHECK(amounts_by(test, by_tenant) == Amounts{111, 11'000});
  CHECK(amounts_by(test, by_api_key) == Amounts{111, 11'000});
  CHECK(amounts_by(test, by_model) == Amounts{11'101, 10});
  CHECK(amounts_by(test, by_provider) == Amounts{11'000, 111});
  CHECK(amounts_by(test, by_day) == Amounts{10'000, 1'011, 100});
  CHECK(amounts_by(test, by_tenant | by_model) == Amounts{101, 10, 11'000});
  CHECK(amounts_by(test, by_tenant | by_day) == Amounts{11, 100, 10'000, 1'000});
}

TEST_CASE("filters of costs hold together", "[store]") {
  test::TestDatabase test;
  store_rows(test, rows_of_powers());
  CostFilter filter;
  filter.tenant = "t-one";
  CHECK(amounts_by(test, by_nothing, filter) == Amounts{111});
  filter.model = "m-a";
  CHECK(amounts_by(test, by_nothing, filter) == Amounts{101});
  filter.to = day("2026-10-02");
  CHECK(amounts_by(test, by_nothing, filter) == Amounts{1});
  filter.from = day("2026-10-02");
  CHECK(amounts_by(test, by_nothing, filter).empty());
  filter = {};
  filter.api_key = "key_two";
  filter.provider = "azure";
  CHECK(amounts_by(test, by_nothing, filter) == Amounts{11'000});
  filter.tenant = "";
  CHECK(amounts_by(test, by_nothing, filter).empty());
}

TEST_CASE("the booked basis counts a correction in the month it is booked in", "[store]") {
  test::TestDatabase test;
  store_rows(test, rows_of_powers());
  CostFilter filter;
  filter.booked = month("2026-10");
  CHECK(amounts_by(test, by_nothing, filter) == Amounts{11'111});
  filter.booked = month("2026-09");
  CHECK(amounts_by(test, by_nothing, filter).empty());
  filter = {};
  filter.to = day("2026-10-01");
  CHECK(amounts_by(test, by_nothing, filter) == Amounts{10'000});
}

TEST_CASE("requests are told apart by what became of them", "[store]") {
  test::TestDatabase test;
  const Day on = day("2026-10-01");
  const Charge unpriced{ChargeState::unpriced, 0, {}};
  store_rows(test,
             {{a_series("t", "m1"), on, priced(5, 0)},
              {a_series("t", "m2"), on, priced(7, 0), input_and_output(1, 1), Origin::estimated},
              {a_series("t", "m3"), on, unpriced},
              {a_series("t", "m4"), on, unpriced, input_and_output(1, 1), Origin::estimated},
              {a_series("t", "m5"),
               on,
               {ChargeState::cache_hit, 0, {}},
               input_and_output(1, 1),
               Origin::cache_hit},
              {a_series("t", "m6"), on, {ChargeState::out_of_range, 1, {}}}});
  const CostGroup all = summarize_all_costs(test.database.snapshot(), {});
  CHECK(all.usage.requests == 6);
  CHECK(all.usage.estimated_requests == 1);
  CHECK(all.estimated_in_all == 2);
  CHECK(all.usage.unpriced_requests == 2);
  CHECK(all.usage.cache_hits == 1);
  CHECK(all.usage.out_of_range_requests == 1);
  CHECK(all.total_cost() == Money::from_picos(12));
  const auto requests_in = [&](ChargeState state) {
    CostFilter filter;
    filter.state = state;
    return summarize_all_costs(test.database.snapshot(), filter).usage.requests;
  };
  CHECK(requests_in(ChargeState::priced) == 2);
  CHECK(requests_in(ChargeState::unpriced) == 2);
  CHECK(requests_in(ChargeState::cache_hit) == 1);
  CHECK(requests_in(ChargeState::out_of_range) == 1);
}

TEST_CASE("usage that waits for its rating counts as unpriced, a hit as a hit", "[store]") {
  test::TestDatabase test;
  test.add_usage(a_series("t"), day("2026-10-01"), input_and_output(1, 1), 4);
  test.add_usage(a_series("t"), day("2026-10-01"), input_and_output(1, 1), 2, Origin::cache_hit);
  const UsageTotals usage = summarize_all_costs(test.database.snapshot(), {}).usage;
  CHECK(usage.requests == 6);
  CHECK(usage.unpriced_requests == 4);
  CHECK(usage.cache_hits == 2);
  CostFilter unpriced;
  unpriced.state = ChargeState::unpriced;
  CHECK(summarize_all_costs(test.database.snapshot(), unpriced).usage.requests == 4);
}

TEST_CASE("rows with and without a charge are summed as one by one", "[store]") {
  std::mt19937_64 random(31);
  test::TestDatabase test;
  std::vector<ChargedRow> rows;
  std::map<std::string, CostGroup> expected{{"", {}}};
  for (std::int64_t n = 0; n < 120; ++n) {
    const std::string model = "m-" + std::to_string(n / 20);
    const auto picos = static_cast<std::int64_t>(random() >> 20);
    const auto origin = n % 7 == 0 ? Origin::estimated : Origin::exact;
    const TokenCounts tokens = input_and_output(n + 1, static_cast<std::int64_t>(random() % 999));
    const SeriesKey key = a_series("t-" + std::to_string(n), model);
    // Runs of charged rows of all lengths, with others between them; the first day is all charged.
    const bool is_charged = n < 60 || random() % 10 != 0;
    const Day on = n < 60 ? day("2026-10-01") : day("2026-10-02");
    if (is_charged) {
      rows.push_back({key, on, priced(picos, n), tokens, origin});
    } else {
      test.add_usage(key, on, tokens, 1, origin);
    }
    for (const std::string& name : {std::string(), model}) {
      CostGroup& group = expected[name];
      group.usage.requests += 1;
      group.usage.unpriced_requests += is_charged ? 0 : 1;
      group.usage.output_tokens += tokens.output;
      group.usage.input_tokens += tokens.input();
      if (is_charged) group.input_cost += Money::from_picos(picos);
      if (is_charged) group.output_cost += Money::from_picos(n);
    }
  }
  store_rows(test, rows);
  const auto check = [&](const CostGroup& got) {
    const CostGroup& wanted = expected.at(got.model);
    CHECK(got.usage.requests == wanted.usage.requests);
    CHECK(got.usage.unpriced_requests == wanted.usage.unpriced_requests);
    CHECK(got.usage.input_tokens == wanted.usage.input_tokens);
    CHECK(got.usage.output_tokens == wanted.usage.output_tokens);
    CHECK(got.input_cost == wanted.input_cost);
    CHECK(got.output_cost == wanted.output_cost);
  };
  check(summarize_all_costs(test.database.snapshot(), {}));
  const auto groups = summarize_costs(test.database.snapshot(), {}, CostGrouping::by_model);
  CHECK(groups.size() == 6);
  for (const CostGroup& group : groups) check(group);
}

TEST_CASE("sums of thousands of the largest amounts do not overflow", "[store]") {
  test::TestDatabase test;
  std::mt19937_64 random(128);
  int128 input = 0;
  int128 output = 0;
  std::vector<ChargedRow> rows;
  for (int n = 0; n < 5'000; ++n) {
    const auto small = static_cast<std::int64_t>(random() % 1'000'000);
    const Charge charge = n % 2 == 0 ? priced(largest - small, small) : priced(0, largest - small);
    input += charge.amounts.input_picos;
    output += charge.amounts.output_picos;
    rows.push_back({a_series("t", "m-" + std::to_string(n)), day("2026-10-01"), charge});
  }
  store_rows(test, rows);
  const CostGroup all = summarize_all_costs(test.database.snapshot(), {});
  CHECK(all.input_cost == Money::from_picos(input));
  CHECK(all.output_cost == Money::from_picos(output));
  CHECK(all.total_cost() > Money::from_picos(int128{largest} * 4'999));
}

TEST_CASE("a sum over nothing is nothing", "[store]") {
  test::TestDatabase test;
  CHECK(summarize_costs(test.database.snapshot(), {}, by_nothing).empty());
  CHECK(summarize_costs(test.database.snapshot(), {}, by_tenant).empty());
  CHECK(summarize_all_costs(test.database.snapshot(), {}).usage == UsageTotals{});
}

TEST_CASE("a cost series has a zero for each day without usage", "[store]") {
  test::TestDatabase test;
  store_rows(test, {{a_series("t-one"), day("2026-10-01"), priced(1, 2)},
                    {a_series("t-one"), day("2026-10-04"), priced(3, 4)},
                    {a_series("t-two"), day("2026-10-03"), priced(5, 0)}});
  const auto series = load_cost_series(test.database.snapshot(), {}, by_tenant);
  REQUIRE(series.size() == 2);
  CHECK(series[0].group.tenant == "t-one");
  CHECK(series[0].costs.first == day("2026-10-01"));
  CHECK(series[0].costs.amounts ==
        std::vector<Money>{Money::from_picos(3), Money{}, Money{}, Money::from_picos(7)});
  CHECK(series[0].group.usage.requests == 2);
  CHECK(series[0].group.total_cost() == Money::from_picos(10));
  CHECK(series[1].costs.amounts.size() == 1);
  CHECK(load_first_usage_days(test.database.snapshot()) ==
        std::map<std::string, Day>{{"t-one", day("2026-10-01")}, {"t-two", day("2026-10-03")}});
}

}  // namespace costd
