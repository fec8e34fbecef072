#include "ledger/spend_watch.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

namespace costd {
namespace {

const Day monday = parse_day("2026-06-01").value();

WatchResult watch(const std::vector<double>& values, const std::vector<char>& planned = {}) {
  const auto days = static_cast<int>(values.size()) + 1;
  return watch_spend(values, calendar_of({monday, monday + std::chrono::days(days)}), planned, {});
}

/// Ten weeks of 100 USD a day with a ripple of up to 4 %, and 30 USD on Saturday and Sunday.
std::vector<double> weeks(std::size_t days = 70) {
  std::vector<double> values;
  for (std::size_t n = 0; n < days; ++n) {
    const double ripple = 1 + 0.02 * (static_cast<double>(n * 7 % 5) - 2);
    values.push_back((n % 7 < 5 ? 100 : 30) * ripple);
  }
  return values;
}

struct Wanted {
  AnomalyClass kind;
  std::size_t first;
  std::size_t last;
};

void check_only(const WatchResult& result, const Wanted& wanted) {
  REQUIRE(result.incidents.size() == 1);
  CHECK(result.incidents[0].kind == wanted.kind);
  CHECK(result.incidents[0].first == wanted.first);
  CHECK(result.incidents[0].last == wanted.last);
}

}  // namespace

TEST_CASE("nothing, one day, zeros and a constant are no anomaly", "[anomaly]") {
  CHECK(watch({}).incidents.empty());
  CHECK(watch({500}).incidents.empty());
  CHECK(watch(std::vector<double>(90, 0)).incidents.empty());
  const WatchResult constant = watch(std::vector<double>(90, 250));
  CHECK(constant.incidents.empty());
  CHECK(constant.days[89].expected == Approx(250).epsilon(0.001));
  CHECK(constant.next.expected == Approx(250).epsilon(0.001));
}

TEST_CASE("quiet weekends are known and their Mondays no spikes", "[anomaly]") {
  const WatchResult result = watch(weeks());
  CHECK(result.incidents.empty());
  CHECK(result.days[67].expected == Approx(100).epsilon(0.06));
  CHECK(result.days[68].expected == Approx(30).epsilon(0.10));
  CHECK_FALSE(result.days[13].is_judged);
  CHECK(result.days[14].is_judged);
}

TEST_CASE("a day at twice its weekday is a spike, also on a Saturday", "[anomaly]") {
  for (const std::size_t day : {60UL, 61UL}) {  // Friday, Saturday
    auto values = weeks();
    values[day] *= 2;
    const WatchResult result = watch(values);
    check_only(result, {AnomalyClass::spike, day, day});
    CHECK(result.incidents[0].told == day);
    // The spike left no trace in what is expected a week later.
    CHECK(result.days[day + 7].expected == Approx(day == 60 ? 100 : 30).epsilon(0.10));
  }
}

TEST_CASE("half of the usual cost is a drop, and so is none", "[anomaly]") {
  for (const double left : {0.5, 0.0}) {
    auto values = weeks();
    values[57] *= left;
    values[58] *= left;
    check_only(watch(values), {AnomalyClass::drop, 57, 58});
  }
}

TEST_CASE("an impact below the floor is no anomaly", "[anomaly]") {
  std::vector<double> values(60, 5.0);
  values[50] = 14.9;  // 9.90 above 5.00
  CHECK(watch(values).incidents.empty());
  values[50] = 15.5;
  check_only(watch(values), {AnomalyClass::spike, 50, 50});
}

TEST_CASE("five days at another level are a level shift, and then usual", "[anomaly]") {
  auto values = weeks(84);
  for (std::size_t n = 56; n < 84; ++n) values[n] *= 1.8;
  const WatchResult result = watch(values);
  check_only(result, {AnomalyClass::level_shift, 56, 60});  // Monday to Friday
  CHECK(result.incidents[0].told == 56);
  CHECK(result.days[70].expected == Approx(180).epsilon(0.08));
}

TEST_CASE("the way back from a level that did not last is no drop", "[anomaly]") {
  auto values = weeks(84);
  for (std::size_t n = 56; n < 63; ++n) values[n] *= 3;
  check_only(watch(values), {AnomalyClass::level_shift, 56, 60});
}

TEST_CASE("cost after four weeks of nothing is new spend, and quiet for three", "[anomaly]") {
  std::vector<double> values(30, 0);
  for (const double day : {20, 60, 90, 35, 110, 100, 105, 250, 100, 100}) values.push_back(day);
  check_only(watch(values), {AnomalyClass::new_spend, 30, 36});
  CHECK(watch(values).days[36].expected == 0);
}

TEST_CASE("a tenant's first days are not new spend", "[anomaly]") {
  CHECK(watch(std::vector<double>(6, 100)).incidents.empty());
}

TEST_CASE("a batch job on the last day of the month is a surprise at most once", "[anomaly]") {
  auto values = weeks(100);  // from 1 June to 8 September
  for (const std::size_t last : {29UL, 60UL, 91UL}) values[last] += 400;
  CHECK(watch(values).incidents.empty());  // the first month end that is seen is not judged
  values[75] += 400;                       // Saturday, 15 August
  check_only(watch(values), {AnomalyClass::spike, 75, 75});
}

TEST_CASE("a batch job that is due is expected of the next day", "[anomaly]") {
  auto values = weeks(60);  // the next day is 31 July, a Friday
  values[29] += 400;        // 30 June
  CHECK(watch(values).next.expected == Approx(500).epsilon(0.08));
}

TEST_CASE("two days that deviate alike are found together", "[anomaly]") {
  std::vector<double> values;
  // An error of 10 % up and down by turns.
  for (std::size_t n = 0; n < 70; ++n) values.push_back(n % 2 == 0 ? 110 : 90);
  values[65] = 142;
  values[66] = 144;
  const WatchResult result = watch(values);
  check_only(result, {AnomalyClass::spike, 65, 66});
  CHECK(result.incidents[0].told == 66);
}

TEST_CASE("planned days are not judged and not learned", "[anomaly]") {
  auto values = weeks();
  std::vector<char> planned(70);
  for (std::size_t n = 56; n < 60; ++n) {
    values[n] *= 5;
    planned[n] = 1;
  }
  const WatchResult result = watch(values, planned);
  CHECK(result.incidents.empty());
  CHECK(result.days[63].expected == Approx(100).epsilon(0.06));
}

TEST_CASE("a series that stands out now and then does that again", "[anomaly]") {
  std::vector<double> values(120, 20.0);
  for (std::size_t n = 20; n < 120; n += 9) values[n] = 400;
  const WatchResult result = watch(values);
  for (const WatchIncident& incident : result.incidents) CHECK(incident.first < 60);
}

TEST_CASE("a negative correction is a drop and a gap is one incident", "[anomaly]") {
  auto values = weeks();
  values[57] = -500;
  const WatchResult corrected = watch(values);
  check_only(corrected, {AnomalyClass::drop, 57, 57});
  CHECK(std::isfinite(corrected.next.expected));
  values = weeks();
  for (std::size_t n = 56; n < 60; ++n) values[n] = 0;
  check_only(watch(values), {AnomalyClass::drop, 56, 59});
}

TEST_CASE("what comes later changes nothing that was found before", "[anomaly]") {
  auto values = weeks(80);
  values[60] *= 3;
  for (std::size_t n = 70; n < 80; ++n) values[n] *= 2;
  const WatchResult whole = watch(values);
  for (std::size_t known = 61; known <= 80; ++known) {
    const std::vector<double> part(values.begin(),
                                   values.begin() + static_cast<std::ptrdiff_t>(known));
    const WatchResult result = watch(part);
    REQUIRE_FALSE(result.incidents.empty());
    CHECK(result.incidents[0].first == 60);
    for (std::size_t n = 0; n < known; ++n) {
      CHECK(result.days[n].expected == whole.days[n].expected);
    }
  }
}

TEST_CASE("a running day is judged by its share of the day", "[anomaly]") {
  const NextDay next = watch(weeks(70)).next;  // a Monday at 100 USD
  REQUIRE(next.is_judged);
  struct Case {
    double cost;
    double share;
    bool flagged;
  };
  const Case cases[] = {
      {25, 0.25, false},  // on its way to 100
      {120, 0.25, true},  // nearly five times what it should be at this hour
      {120, 1.00, false}, {200, 1.00, true},
      {9.9, 0.01, false},  // 8.90 above the 1.00 expected: below the floor
      {30, 0, false},      // nothing of the day is over
  };
  for (const Case& one : cases) {
    INFO(one.cost << " USD at " << one.share);
    CHECK(judge_running_day(next, one.cost, one.share, {}).has_value() == one.flagged);
  }
}

TEST_CASE("a running day after four weeks of nothing is new spend from the floor on", "[anomaly]") {
  const NextDay next = watch(std::vector<double>(30, 0)).next;
  CHECK(judge_running_day(next, 10, 0.5, {}) == AnomalyClass::new_spend);
  CHECK_FALSE(judge_running_day(next, 9.99, 0.5, {}).has_value());
}

}  // namespace costd
