#include "jobs/budget_job.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "jobs/budget_alerts.hpp"
#include "ledger/store/alert_store.hpp"
#include "ledger/store/budget_store.hpp"
#include "ledger/store/tenant_store.hpp"
#include "tests/support/budget_builders.hpp"
#include "tests/support/job_bench.hpp"

namespace costd {
namespace {

using test::a_cap;
using test::a_series;
using test::count_of;
using test::day;

/// Stores alerts as the real desk does, and remembers which were new.
class NotingDesk : public AlertDesk {
 public:
  bool raise(UnitOfWork& unit, const Alert& alert, Instant now) override {
    if (!store_alert(unit, alert, now)) return false;
    raised.push_back(alert);
    return true;
  }
  std::vector<Alert> raised;
};

struct BudgetBench : test::JobBench {
  std::shared_ptr<BudgetBook> book = std::make_shared<BudgetBook>();
  std::shared_ptr<NotingDesk> desk = std::make_shared<NotingDesk>();
  std::vector<int> thresholds;

  BudgetBench() { apply_prices({test::a_price("m-*", "0", "1")}); }

  void add(const BudgetCap& cap) {
    change([&](UnitOfWork& unit) { insert_cap(unit, cap, {"uid:0", now}); });
  }
  void edit(BudgetCap cap) {
    change([&](UnitOfWork& unit) { update_cap(unit, cap, {"uid:0", now}); });
  }
  /// On that day, at a USD for a million tokens.
  void spend(const char* on, std::int64_t microdollars, const SeriesKey& key = a_series("t-one")) {
    add_usage(key, day(on), test::input_and_output(0, microdollars));
    rollup();
  }
  void spend_a_usd_on_each(const char* from, int days) {
    for (int n = 0; n < days; ++n) {
      add_usage(a_series("t-one"), day(from) + std::chrono::days(n),
                test::input_and_output(0, 1'000'000));
    }
    rollup();
  }
  JobResult check(const RunParameters& parameters = {}) {
    return run(*make_budget_job(book, {thresholds, desk.get()}), parameters);
  }
  const BudgetStatus& status(const std::string& name) {
    return book->current()->find("ID-" + name)->status;
  }
  /// The last parts of the keys raised since the last call: "80", "forecast".
  std::vector<std::string> newly_raised() {
    std::vector<std::string> levels;
    for (const Alert& alert : desk->raised) {
      levels.push_back(alert.key.substr(alert.key.rfind('/') + 1));
    }
    desk->raised.clear();
    return levels;
  }
};

using Levels = std::vector<std::string>;

}  // namespace

TEST_CASE("spend counts from the begin of each cap's period", "[budget]") {
  BudgetBench bench;
  bench.spend_a_usd_on_each("2026-10-01", 10);
  bench.now = test::at("2026-10-09T12:00:00Z");  // a Friday; its week began on the 5th
  bench.add(a_cap("day").of("t-one").per(BudgetPeriod::daily).up_to("1"));
  bench.add(a_cap("week").of("t-one").per(BudgetPeriod::weekly).up_to("7"));
  bench.add(a_cap("month").of("t-one").up_to("13"));
  bench.add(a_cap("key").of("t-one", "key_one").up_to("13"));
  bench.add(a_cap("other-key").of("t-one", "key_two").up_to("13"));
  bench.add(a_cap("all").up_to("10"));
  bench.add(a_cap("none").of("t-other").up_to("1"));
  bench.add(a_cap("off").up_to("1").disabled());
  const JobResult result = bench.check();
  CHECK(count_of(result, "budgets") == 7);
  CHECK(count_of(result, "red") == 2);
  CHECK(count_of(result, "amber") == 1);
  CHECK(bench.status("day").spent == Money::from_usd(1));
  CHECK(bench.status("day").colour == BudgetColour::red);
  // Usage booked on later days of the week counts, too: 5 to 10 October.
  CHECK(bench.status("week").spent == Money::from_usd(6));
  CHECK(bench.status("week").colour == BudgetColour::amber);
  CHECK(bench.status("month").spent == Money::from_usd(10));
  CHECK(bench.status("month").colour == BudgetColour::green);
  CHECK(bench.status("key").spent == Money::from_usd(10));
  CHECK(bench.status("other-key").requests == 0);
  CHECK(bench.status("all").colour == BudgetColour::red);
  CHECK(bench.status("none").spent.is_zero());
  CHECK(bench.status("off").colour == BudgetColour::red);
  CHECK(bench.status("month").period == days_of(test::month("2026-10")));
}

TEST_CASE("a week that began in the month before counts from its Monday", "[budget]") {
  BudgetBench bench;
  bench.spend_a_usd_on_each("2026-09-27", 6);  // Sunday 27 September to Friday 2 October
  bench.now = test::at("2026-10-02T12:00:00Z");
  bench.add(a_cap("week").per(BudgetPeriod::weekly));
  bench.check();
  CHECK(bench.status("week").spent == Money::from_usd(5));  // from Monday the 28th
}

TEST_CASE("a cap's day is the local date of its tenant, and its bounds are that zone's",
          "[budget]") {
  BudgetBench bench;
  bench.change([](UnitOfWork& unit) {
    store_billing_zone(unit, "t-one", "America/New_York", day("2026-01-01"));
  });
  bench.add(a_cap("day").of("t-one").per(BudgetPeriod::daily));
  bench.add(a_cap("month").of("t-one"));
  bench.add(a_cap("global").per(BudgetPeriod::daily));
  bench.now = test::at("2026-11-01T03:00:00Z");  // still 31 October in New York
  bench.check();
  const auto page = bench.book->current();
  CHECK(bench.status("day").period.from == day("2026-10-31"));
  CHECK(bench.status("global").period.from == day("2026-11-01"));
  CHECK(format_instant(page->find("ID-month")->starts_at) == "2026-10-01T04:00:00Z");
  CHECK(format_instant(page->find("ID-month")->ends_at) == "2026-11-01T04:00:00Z");
  bench.now = test::at("2026-11-20T12:00:00Z");  // the clocks went back on 1 November
  bench.check();
  const auto november = bench.book->current();
  CHECK(format_instant(november->find("ID-month")->starts_at) == "2026-11-01T04:00:00Z");
  CHECK(format_instant(november->find("ID-month")->ends_at) == "2026-12-01T05:00:00Z");
  CHECK(november->find("ID-month")->time_zone == "America/New_York");
}

TEST_CASE("requests without a price are counted beside the spend", "[budget]") {
  BudgetBench bench;
  bench.now = test::at("2026-10-09T12:00:00Z");
  bench.spend("2026-10-08", 1'000'000);
  bench.add_usage(a_series("t-one", "unknown-model"), day("2026-10-08"),
                  test::input_and_output(5, 5), 3);
  bench.add_usage(a_series("t-one"), day("2026-10-08"), test::input_and_output(5, 5), 2,
                  Origin::cache_hit);
  bench.rollup();
  bench.add_usage(a_series("t-one"), day("2026-10-09"), test::input_and_output(0, 1));  // unrated
  bench.add(a_cap("month"));
  bench.check();
  CHECK(bench.status("month").requests == 7);
  CHECK(bench.status("month").unpriced_requests == 4);
  CHECK(bench.status("month").spent == Money::from_usd(1));
}

TEST_CASE("each threshold alerts once for a period", "[budget]") {
  BudgetBench bench;
  bench.now = test::at("2026-10-09T12:00:00Z");
  bench.thresholds = {110, 50};
  bench.add(a_cap("month").up_to("10"));
  bench.spend("2026-10-09", 4'999'999);
  bench.check();
  CHECK(bench.newly_raised().empty());
  bench.spend("2026-10-09", 1);
  CHECK(count_of(bench.check(), "alerts") == 1);
  CHECK(bench.newly_raised() == Levels{"50"});
  CHECK(count_of(bench.check(), "alerts") == 0);
  bench.spend("2026-10-09", 3'000'000);
  bench.check();
  CHECK(bench.newly_raised() == Levels{"80"});
  bench.spend("2026-10-09", 2'000'000);
  bench.check();
  CHECK(bench.newly_raised() == Levels{"100"});
  bench.spend("2026-10-09", 1'000'000);
  bench.check();
  CHECK(bench.newly_raised() == Levels{"110"});
  bench.check();
  CHECK(bench.newly_raised().empty());
}

TEST_CASE("a jump over several thresholds sends one message and notes the others", "[budget]") {
  BudgetBench bench;
  bench.now = test::at("2026-10-09T12:00:00Z");
  bench.thresholds = {50, 95};
  bench.add(a_cap("month").up_to("10"));
  bench.spend("2026-10-09", 10'500'000);
  CHECK(count_of(bench.check(), "alerts") == 1);
  CHECK(bench.newly_raised() == Levels{"100"});
  CHECK(load_alerts(bench.database.snapshot(), 10).size() == 4);  // 50, 80, 95 and 100
}

TEST_CASE("alerts re-arm with a new period and with a new version of the cap", "[budget]") {
  BudgetBench bench;
  bench.now = test::at("2026-10-31T12:00:00Z");
  BudgetCap cap = a_cap("month").up_to("10");
  bench.add(cap);
  bench.spend("2026-10-31", 9'000'000);
  bench.check();
  CHECK(bench.newly_raised() == Levels{"80"});
  cap.version = 2;
  cap.limit = Money::from_usd(11);
  bench.edit(cap);
  bench.check();
  CHECK(bench.newly_raised() == Levels{"80"});
  bench.now = test::at("2026-11-01T00:00:00Z");
  bench.check();
  CHECK(bench.newly_raised().empty());
  bench.spend("2026-11-01", 9'000'000);
  bench.check();
  CHECK(bench.newly_raised() == Levels{"80"});
}

TEST_CASE("a forecast alerts once, with seven days of history and before the limit", "[budget]") {
  BudgetBench bench;
  bench.add(a_cap("month").up_to("20").soft_at(100));
  bench.spend_a_usd_on_each("2026-10-01", 6);
  bench.now = test::at("2026-10-07T12:00:00Z");
  bench.check();
  CHECK(bench.status("month").projection->low_confidence);
  CHECK(bench.newly_raised().empty());
  bench.spend("2026-10-07", 1'000'000);
  bench.now = test::at("2026-10-08T12:00:00Z");
  bench.check();
  // 7 spent, 1 a day: 8 by the end of the 8th, 20 twelve days later.
  CHECK(bench.status("month").projection->crosses_on == day("2026-10-20"));
  REQUIRE(bench.desk->raised.size() == 1);
  const Alert alert = bench.desk->raised.front();
  CHECK(alert.key == "budget/ID-month/1/2026-10-01/forecast");
  CHECK(type_of(alert.kind) == "finops.budget.forecast");
  CHECK_THAT(alert.title, Catch::Contains("Tue 20 Oct") && Catch::Contains("7.00 USD of 20.00"));
  bench.desk->raised.clear();
  bench.check();
  CHECK(bench.newly_raised().empty());
}

TEST_CASE("an alert says what, whose, how much and until when", "[budget]") {
  BudgetCap cap = a_cap("Acme month").of("acme", "key_6e41aaaabbbbccccddddeeeeffff7d56");
  const BudgetStanding standing = test::standing_at(cap, "85.125");
  const Alert alert = threshold_alert(standing, 80);
  CHECK(alert.title ==
        "Budget \"Acme month\" of acme, key key_6e41…7d56 has crossed its soft limit of 80 %: "
        "85.12 USD of 100.00 USD spent (85.1 %), 1–31 Oct 2026");
  CHECK(alert.key == "budget/ID-Acme month/1/2026-10-01/80");
  CHECK(alert.tenant == "acme");
  const auto data = nlohmann::json::parse(alert.data);
  CHECK(data.at("spent") == "85.125000000000");
  CHECK(data.at("limit") == "100.000000000000");
  CHECK(data.at("threshold") == 80);
  CHECK(data.at("periodEnd") == "2026-11-01");
  CHECK(data.at("colour") == "amber");
  CHECK(data.at("crossesOn").is_null());
}

TEST_CASE("an alert names the share of the limit that is crossed", "[budget]") {
  const BudgetCap cap = a_cap("month").of("acme");
  const auto title_at = [&](const char* spent, int percent) {
    const std::string title = threshold_alert(test::standing_at(cap, spent), percent).title;
    return title.substr(0, title.find(':'));
  };
  CHECK(title_at("95", 95) == "Budget \"month\" of acme has crossed 95 % of its limit");
  CHECK(title_at("100", 100) == "Budget \"month\" of acme has reached its limit");
  CHECK(title_at("100.01", 100) == "Budget \"month\" of acme is over its limit");
  CHECK(title_at("115", 110) == "Budget \"month\" of acme has crossed 110 % of its limit");
}

TEST_CASE("a disabled cap alerts nobody", "[budget]") {
  BudgetBench bench;
  bench.now = test::at("2026-10-09T12:00:00Z");
  bench.add(a_cap("month").up_to("1").disabled());
  bench.spend("2026-10-09", 10'000'000);
  bench.check();
  CHECK(bench.newly_raised().empty());
}

TEST_CASE("only statuses that changed are stored again", "[budget]") {
  BudgetBench bench;
  bench.now = test::at("2026-10-09T12:00:00Z");
  bench.add(a_cap("one").of("t-one"));
  bench.add(a_cap("two").of("t-two"));
  bench.spend("2026-10-09", 1'000'000);
  bench.check();
  const Instant first = bench.now;
  bench.now += std::chrono::minutes(1);
  bench.spend("2026-10-09", 1'000'000);
  bench.check();
  std::map<std::string, Instant> computed;
  for (const auto& stored : load_budget_statuses(bench.database.snapshot())) {
    computed[stored.status.cap_id] = stored.computed_at;
  }
  CHECK(computed.at("ID-one") == bench.now);
  CHECK(computed.at("ID-two") == first);
  CHECK(bench.book->current()->computed_at() == bench.now);
}

TEST_CASE("a look back counts and changes nothing", "[budget]") {
  BudgetBench bench;
  bench.now = test::at("2026-11-09T12:00:00Z");
  bench.add(a_cap("month").up_to("5"));
  bench.spend_a_usd_on_each("2026-10-01", 10);
  const JobResult result = bench.check({{"asOf", "2026-10-04"}});
  CHECK(count_of(result, "amber") == 1);  // 4 of 5: the days after do not count
  CHECK(bench.newly_raised().empty());
  CHECK(load_budget_statuses(bench.database.snapshot()).empty());
  CHECK(bench.book->current()->all().empty());
}

TEST_CASE("a tenant's cap above a lowered ceiling is shown as such", "[budget]") {
  BudgetBench bench;
  bench.add(a_cap("tenant").of("t-one").by_tenant().up_to("50"));
  bench.add(a_cap("ceiling").of("t-one").up_to("40"));
  bench.check();
  const auto page = bench.book->current();
  REQUIRE(page->find("ID-tenant")->exceeded_ceiling);
  CHECK(page->find("ID-tenant")->exceeded_ceiling->name == "ceiling");
  CHECK_FALSE(page->find("ID-ceiling")->exceeded_ceiling);
}

}  // namespace costd
