#include "ledger/forecast_ensemble.hpp"

#include <catch2/catch.hpp>
#include <vector>

namespace costd {
namespace {

/// Costs of the days from Monday, 1 June 2026; the forecast of the 30 days after them.
CumulativeCosts forecast(const std::vector<double>& values) {
  const Day first = parse_day("2026-06-01").value();
  const auto days = static_cast<int>(values.size() + forecast_days_max);
  return forecast_costs(values, calendar_of({first, first + std::chrono::days(days)}), 30);
}

}  // namespace

TEST_CASE("a constant series is expected to go on", "[forecast]") {
  for (const std::size_t days : {1, 2, 6, 7, 13, 40, 200}) {
    INFO(days);
    CHECK(forecast(std::vector<double>(days, 12.5))[30] == Approx(375));  // 30 x 12.50
  }
}

TEST_CASE("nothing known and nothing spent are expected to cost nothing", "[forecast]") {
  CHECK(forecast({})[30] == 0);
  CHECK(forecast(std::vector<double>(60, 0.0))[30] == Approx(0).margin(1e-6));
}

TEST_CASE("quiet weekends are expected to be quiet", "[forecast]") {
  std::vector<double> values;
  for (int n = 0; n < 70; ++n) values.push_back(n % 7 < 5 ? 100 : 20);
  const auto sums = forecast(values);
  // Ten weeks end on a Sunday: five working days at 100, then Saturday and Sunday at 20.
  CHECK(sums[5] == Approx(500).epsilon(0.02));
  CHECK(sums[7] - sums[5] == Approx(40).epsilon(0.05));
  CHECK(sums[28] == Approx(4 * 540).epsilon(0.02));
}

TEST_CASE("a level that was left is not expected again", "[forecast]") {
  std::vector<double> values(60, 10.0);
  values.insert(values.end(), 14, 30.0);
  CHECK(forecast(values)[30] == Approx(30 * 30).epsilon(0.05));
}

TEST_CASE("one day that stands out does not come every week", "[forecast]") {
  std::vector<double> values(60, 10.0);
  values[55] = 500;
  // The mean of all 60 days would say 30 x (59 x 10 + 500) / 60 = 545; the run rate 30 x 80 = 2400.
  CHECK(forecast(values)[30] < 545);
  CHECK(forecast(values)[30] >= 300);
}

TEST_CASE("a negative correction and a gap leave the level where it is", "[forecast]") {
  std::vector<double> values(60, 10.0);
  values[40] = -200;
  values[45] = 0;
  values[46] = 0;
  CHECK(forecast(values)[30] == Approx(300).epsilon(0.1));
}

}  // namespace costd
