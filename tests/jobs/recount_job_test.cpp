#include "jobs/recount_job.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <thread>

#include "jobs/ordered_work.hpp"
#include "ledger/error.hpp"
#include "ledger/store/removed_days.hpp"
#include "ledger/store/tenant_store.hpp"
#include "tests/support/job_bench.hpp"

namespace costd {
namespace {

using test::a_price;
using test::a_usage_record;
using test::count_of;
using test::day;
using test::JobBench;
using test::month;

const std::string october_5 =
    "difference day=2026-10-05 tenant=t-one key=key_one model=m-large provider=openai "
    "tier=standard band=0 origin=exact ";

JobResult recount(JobBench& bench, const RunParameters& parameters = {}) {
  return bench.run(*make_recount_job(), parameters);
}

/// The differences that a failing recount says; none if it does not fail.
std::vector<std::string> differences(JobBench& bench, const RunParameters& parameters = {}) {
  bench.monitor.lines.clear();
  try {
    recount(bench, parameters);
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::data);
    CHECK_THAT(error.what(), Catch::Contains("differences"));
    std::erase_if(bench.monitor.lines,
                  [](const std::string& line) { return !line.starts_with("difference "); });
    return bench.monitor.lines;
  }
  return {};
}

/// Changes the stored usage of 5 October; what it costs is rated anew.
template <typename Change>
void tamper_with_usage(JobBench& bench, Change change) {
  bench.change([&](UnitOfWork& unit) {
    std::vector<DailyUsage> rows = load_daily_usage(unit, day("2026-10-05"));
    change(rows);
    replace_daily_usage(unit, day("2026-10-05"), rows);
  });
  bench.rollup();
}

template <typename Change>
void tamper_with_charges(JobBench& bench, Change change) {
  bench.change([&](UnitOfWork& unit) {
    std::vector<DailyCharge> rows = load_daily_charges(unit, day("2026-10-05"));
    change(rows);
    replace_daily_charges(unit, day("2026-10-05"), rows);
  });
}

void close_month(JobBench& bench, const std::string& tenant, const std::string& closed) {
  bench.change(
      [&](UnitOfWork& unit) { close_period(unit, tenant, month(closed), bench.now, "test", ""); });
}

/// One row of usage on 5 October: 2 requests, 2,000 tokens in and 200 out, at 1 and 2 USD a
/// million.
struct TwoRequests : JobBench {
  TwoRequests() {
    apply_prices({a_price("m-large", "1", "2")});
    ingest({a_usage_record().with_id("a"), a_usage_record().with_id("b")});
    rollup();
  }
};

}  // namespace

TEST_CASE("what was taken in and rated is found again", "[recount]") {
  TwoRequests bench;
  const JobResult result = recount(bench);
  CHECK(result.counts == std::map<std::string, std::int64_t>{
                             {"charges", 1}, {"days", 1}, {"records", 2}, {"usageRows", 1}});
}

TEST_CASE("an empty ledger has nothing to recount", "[recount]") {
  JobBench bench;
  CHECK(recount(bench).counts.empty());
}

TEST_CASE("a tenant's own days, far from UTC, are found again", "[recount]") {
  JobBench bench;
  bench.change([](UnitOfWork& unit) {
    store_billing_zone(unit, "t-ny", "America/New_York", day("2026-01-01"));
    store_billing_zone(unit, "t-kiritimati", "Pacific/Kiritimati", day("2026-01-01"));
  });
  bench.apply_prices({a_price("m-large", "1", "2"), a_price("m-large", "3", "4", "2026-10-05")});
  std::vector<UsageRecord> records;
  for (int hour = 0; hour < 96; ++hour) {
    for (const char* tenant : {"t-ny", "t-kiritimati", "t-utc"}) {
      UsageRecord record = a_usage_record()
                               .with_id(tenant + std::to_string(hour))
                               .for_tenant(tenant)
                               .with_origin(static_cast<Origin>(hour % 3))
                               .with_input_tokens(hour * 1'000);
      record.at += std::chrono::hours(hour - 48);
      records.push_back(record);
    }
  }
  bench.ingest(records);
  bench.rollup();
  const JobResult result = recount(bench);
  CHECK(count_of(result, "records") == 3 * 96);
  // 3 October 12:00 to 7 October 11:00 UTC are the 3rd to the 7th in UTC and in New York; in
  // Kiritimati, 14 hours ahead, 4 October 02:00 to 8 October 01:00.
  CHECK(count_of(result, "days") == 6);
}

TEST_CASE("corrections and price changes in a closed month are found again", "[recount]") {
  TwoRequests bench;
  close_month(bench, "t-one", "2026-10");
  bench.apply_prices({a_price("m-large", "7", "8")});
  bench.ingest(
      {a_usage_record().with_id("late"), a_usage_record().with_id("other").for_tenant("t-open")});
  bench.rollup();
  const JobResult result = recount(bench);
  // t-one booked in October, at the old price, and in November; t-open in October.
  CHECK(count_of(result, "usageRows") == 3);
  CHECK(count_of(result, "charges") == 3);
}

TEST_CASE("days that wait for the rollup are no differences", "[recount]") {
  TwoRequests bench;
  bench.apply_prices({a_price("m-large", "7", "8")});
  const JobResult result = recount(bench);
  CHECK(count_of(result, "daysUnrated") == 1);
  CHECK(count_of(result, "charges") == 0);
}

TEST_CASE("usage without a price, and hits, are found again", "[recount]") {
  JobBench bench;
  bench.ingest({a_usage_record().with_id("a"),
                a_usage_record().with_id("b").with_origin(Origin::cache_hit)});
  bench.rollup();
  CHECK(count_of(recount(bench), "charges") == 2);
}

TEST_CASE("a changed usage field is found", "[recount]") {
  TwoRequests bench;
  tamper_with_usage(bench, [](std::vector<DailyUsage>& rows) {
    ++rows.at(0).requests;
    rows.at(0).tokens.output -= 50;
  });
  CHECK(differences(bench) ==
        std::vector<std::string>{october_5 + "field=requests stored=3 derived=2",
                                 october_5 + "field=output stored=150 derived=200"});
}

TEST_CASE("a missing row of usage is found", "[recount]") {
  TwoRequests bench;
  bench.ingest({a_usage_record().with_id("c").for_model("m-other")});
  bench.rollup();
  tamper_with_usage(bench, [](std::vector<DailyUsage>& rows) { rows.erase(rows.begin()); });
  CHECK(differences(bench) ==
        std::vector<std::string>{october_5 + "field=requests stored=none derived=2"});
}

TEST_CASE("an added row of usage is found", "[recount]") {
  TwoRequests bench;
  tamper_with_usage(bench, [](std::vector<DailyUsage>& rows) {
    rows.push_back(rows.at(0));
    rows.back().key.origin = Origin::estimated;
  });
  std::string line = october_5 + "field=requests stored=2 derived=none";
  line.replace(line.find("exact"), 5, "estimated");
  CHECK(differences(bench) == std::vector<std::string>{line});
}

TEST_CASE("usage of a day without any record is found", "[recount]") {
  TwoRequests bench;
  bench.add_usage(test::a_series("t-one", "m-large"), day("2026-12-24"),
                  test::input_and_output(1, 1));
  bench.rollup();
  std::string line = october_5 + "field=requests stored=1 derived=none";
  line.replace(line.find("2026-10-05"), 10, "2026-12-24");
  CHECK(differences(bench) == std::vector<std::string>{line});
}

TEST_CASE("a missing block is found", "[recount]") {
  TwoRequests bench;
  bench.change([](UnitOfWork& unit) {
    for (const BlockHead& head : load_block_heads(unit)) delete_usage_block(unit, head.id);
  });
  CHECK(differences(bench) ==
        std::vector<std::string>{october_5 + "field=requests stored=2 derived=none"});
}

TEST_CASE("a changed charge is found", "[recount]") {
  TwoRequests bench;
  tamper_with_charges(
      bench, [](std::vector<DailyCharge>& rows) { rows.at(0).charge.amounts.input_picos -= 1; });
  // 2,000 tokens at 1 USD a million are 2,000 millionths, of 1,000,000 pico-USD each
  CHECK(differences(bench) ==
        std::vector<std::string>{
            october_5 + "booked=2026-10 field=input_picos stored=1999999999 derived=2000000000"});
}

TEST_CASE("a missing and an added charge are found", "[recount]") {
  TwoRequests bench;
  tamper_with_charges(
      bench, [](std::vector<DailyCharge>& rows) { rows.at(0).key.booked = month("2026-11"); });
  CHECK(differences(bench) ==
        std::vector<std::string>{
            october_5 + "booked=2026-10 field=charge stored=none derived=priced",
            october_5 + "booked=2026-11 field=charge stored=priced derived=none"});
}

TEST_CASE("a charge of a closed month is held to the entry it names", "[recount]") {
  TwoRequests bench;
  tamper_with_charges(
      bench, [](std::vector<DailyCharge>& rows) { rows.at(0).charge.amounts.output_picos = 1; });
  close_month(bench, "t-one", "2026-10");
  bench.apply_prices({a_price("m-large", "7", "8")});
  bench.rollup();
  // 200 tokens at 2 USD a million, the price before the change
  CHECK(differences(bench) ==
        std::vector<std::string>{october_5 +
                                 "booked=2026-10 field=output_picos stored=1 derived=400000000"});
}

TEST_CASE("a closed charge that names an entry for other usage is found", "[recount]") {
  JobBench bench;
  bench.apply_prices({a_price("m-other", "1", "2"), a_price("m-large", "1", "2")});
  bench.ingest({a_usage_record()});
  bench.rollup();
  std::int64_t other = 0;
  for (const PriceEntry& entry : load_prices(bench.database.snapshot())) {
    if (entry.model_pattern == "m-other") other = entry.id;
  }
  tamper_with_charges(bench,
                      [&](std::vector<DailyCharge>& rows) { rows.at(0).charge.price_id = other; });
  close_month(bench, "t-one", "2026-10");
  const auto found = differences(bench);
  REQUIRE_FALSE(found.empty());
  CHECK(found.front() == october_5 + "booked=2026-10 field=charge stored=priced derived=unpriced");
}

TEST_CASE("of many differences the first hundred are told and all are counted", "[recount]") {
  JobBench bench;
  std::vector<UsageRecord> records;
  for (int n = 0; n < 150; ++n) {
    records.push_back(
        a_usage_record().with_id(std::to_string(n)).for_model("m-" + std::to_string(n)));
  }
  bench.ingest(records);
  bench.rollup();
  tamper_with_usage(bench, [](std::vector<DailyUsage>& rows) {
    for (DailyUsage& row : rows) ++row.tokens.reasoning;
  });
  CHECK(differences(bench).size() == 100);
  CHECK_THROWS_WITH(recount(bench), Catch::StartsWith("150 differences"));
}

TEST_CASE("the days of a run are looked at and no others", "[recount]") {
  TwoRequests bench;
  bench.ingest({a_usage_record().with_id("c").at("2026-10-07T12:00:00Z")});
  bench.rollup();
  tamper_with_usage(bench, [](std::vector<DailyUsage>& rows) { ++rows.at(0).requests; });
  CHECK(differences(bench, {{"from", "2026-10-06"}, {"to", "2026-10-08"}}).empty());
  CHECK(differences(bench, {{"from", "2026-10-05"}, {"to", "2026-10-06"}}).size() == 1);
  CHECK(differences(bench, {{"period", "2026-10"}}).size() == 1);
}

TEST_CASE("a recount changes nothing", "[recount]") {
  TwoRequests bench;
  tamper_with_usage(bench, [](std::vector<DailyUsage>& rows) { ++rows.at(0).requests; });
  const std::size_t found = differences(bench).size();
  CHECK(found == 1);
  CHECK(differences(bench).size() == found);
  CHECK(load_unrated_days(bench.database.snapshot()).empty());
}

TEST_CASE("where records were removed, sums may be larger and not smaller", "[recount]") {
  TwoRequests bench;
  bench.change([](UnitOfWork& unit) {
    for (const BlockHead& head : load_block_heads(unit)) {
      store_removed_records(unit, head.source, head.day, 1);
    }
  });
  tamper_with_usage(bench, [](std::vector<DailyUsage>& rows) { ++rows.at(0).requests; });
  CHECK(count_of(recount(bench), "daysWithoutRecords") == 1);
  tamper_with_usage(bench, [](std::vector<DailyUsage>& rows) { rows.at(0).requests = 1; });
  CHECK(differences(bench) ==
        std::vector<std::string>{october_5 + "field=requests stored=1 derived=2"});
}

TEST_CASE("a recount that is asked to stop stops", "[recount]") {
  TwoRequests bench;
  bench.stop.request_stop();
  try {
    recount(bench);
    FAIL("it went on");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::cancelled);
  }
}

TEST_CASE("what is taken in meanwhile makes no difference", "[recount]") {
  TwoRequests bench;
  std::jthread ingest([&] {
    JobBench other;  // for its spool and its monitor
    for (int n = 0; n < 40; ++n) {
      other.put("records.jsonl",
                test::json_line(a_usage_record()
                                    .with_id(std::to_string(n))
                                    .at("2026-10-0" + std::to_string(4 + n % 3) + "T12:00:00Z")));
      JobContext context{bench.database, bench.now, {}, bench.actor, "OTHER", {}, other.monitor};
      make_ingest_job({{{"gateway", other.spool(), "auto", {}}}, {}, "secret"})->run(context);
      make_rollup_job()->run(context);
    }
  });
  std::int64_t records = 0;
  while (records < 42) records = count_of(recount(bench), "records");
  CHECK(records == 42);
}

TEST_CASE("results come in order, whichever thread is first", "[recount]") {
  std::vector<std::size_t> taken;
  work_in_order(
      1'000, 4, [](std::size_t number) { return number * 2; },
      [&](std::size_t result) { taken.push_back(result); });
  REQUIRE(taken.size() == 1'000);
  for (std::size_t n = 0; n < taken.size(); ++n) CHECK(taken[n] == n * 2);
}

TEST_CASE("what a thread throws ends the work", "[recount]") {
  const auto fail_at_7 = [](std::size_t number) {
    if (number == 7) throw Error(ErrorCode::data, "seven");
    return number;
  };
  CHECK_THROWS_WITH(work_in_order(1'000'000, 3, fail_at_7, [](std::size_t) {}), "seven");
  const auto refuse = [](std::size_t) { throw Error(ErrorCode::data, "refused"); };
  CHECK_THROWS_WITH(work_in_order(
                        1'000'000, 3, [](std::size_t n) { return n; }, refuse),
                    "refused");
}

}  // namespace costd
