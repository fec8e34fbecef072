#include "jobs/retention_job.hpp"

#include <catch2/catch.hpp>
#include <filesystem>

#include "jobs/archived_files.hpp"
#include "jobs/recount_job.hpp"
#include "ledger/error.hpp"
#include "ledger/store/audit_store.hpp"
#include "ledger/store/removed_days.hpp"
#include "ledger/store/run_store.hpp"
#include "ledger/store/tenant_store.hpp"
#include "ledger/store/usage_query.hpp"
#include "tests/support/job_bench.hpp"

namespace costd {
namespace {

using std::chrono::days;
using test::a_price;
using test::a_usage_record;
using test::at;
using test::count_of;
using test::day;
using test::JobBench;
using test::month;

/// t-one and t-two on each of 1 to 10 October, taken in and rated; it is 20 October.
struct TenDays : JobBench {
  TenDays() {
    apply_prices({a_price("m-large", "1", "2")});
    std::vector<UsageRecord> records;
    for (int n = 0; n < 10; ++n) {
      for (const char* tenant : {"t-one", "t-two"}) {
        UsageRecord record =
            a_usage_record().with_id(tenant + std::to_string(n)).for_tenant(tenant);
        record.at = at("2026-10-01T12:00:00Z") + days(n);
        records.push_back(record);
      }
    }
    ingest(records);
    rollup();
  }

  JobResult keep_records(int kept) { return run(*make_retention_job({days(kept), {}, {}, {}})); }
  UsagePage records_of(const std::string& tenant) {
    UsageQuery query;
    query.tenant = tenant;
    return load_usage_page(database.snapshot(), query);
  }
  std::int64_t records() { return load_usage_page(database.snapshot(), {}).total; }
  std::vector<AuditEvent> events() { return load_audit_events(database.snapshot(), 0, 1'000); }
};

}  // namespace

TEST_CASE("records older than what is kept go, and no figure changes", "[retention]") {
  TenDays bench;
  const Money cost = bench.cost();
  const UsageTotals usage = bench.usage();
  // 20 - 15 = 5: the days from 1 to 4 October are more than 15 days back.
  const JobResult result = bench.keep_records(15);
  CHECK(count_of(result, "recordsRemoved") == 4 * 2);
  CHECK(count_of(result, "blocksRemoved") == 4);
  CHECK(bench.records() == 6 * 2);
  CHECK(bench.cost() == cost);
  CHECK(bench.usage().requests == usage.requests);
  CHECK(find_first_block_day(bench.database.snapshot()) == to_day_number(day("2026-10-05")));
  CHECK(bench.keep_records(15).counts.empty());
}

TEST_CASE("each removal is an audit event with what and from when", "[retention]") {
  TenDays bench;
  bench.keep_records(15);
  const auto events = bench.events();
  REQUIRE(events.size() == 1);
  CHECK(events[0].action == "retention.remove");
  CHECK(events[0].object == "usage records");
  CHECK(events[0].reason == "8 from 2026-10-01 to 2026-10-04 (UTC), older than 15 days");
}

TEST_CASE("a recount says what it cannot check any more", "[retention]") {
  TenDays bench;
  bench.keep_records(15);
  const JobResult result = bench.run(*make_recount_job());
  CHECK(count_of(result, "days") == 10);
  CHECK(count_of(result, "daysWithoutRecords") == 4);
  CHECK(count_of(result, "records") == 6 * 2);
}

TEST_CASE("the last day without records is known for each source", "[retention]") {
  TenDays bench;
  CHECK(load_last_removed_days(bench.database.snapshot()).empty());
  bench.keep_records(15);
  const LastRemovedDays last = load_last_removed_days(bench.database.snapshot());
  REQUIRE(last.size() == 1);
  const auto [source, last_day] = *last.begin();
  CHECK(last_day == to_day_number(day("2026-10-04")));
  CHECK(is_beyond_retention(last, source, last_day));
  CHECK_FALSE(is_beyond_retention(last, source, last_day + 1));
  CHECK_FALSE(is_beyond_retention(last, source + 1, last_day));
}

TEST_CASE("records of a tenant on hold stay", "[retention]") {
  TenDays bench;
  bench.change([](UnitOfWork& unit) {
    store_tenants(unit, {{"t-two", "", "", "", {{legal_hold_key, "true"}}, {}}});
  });
  const UsagePage before = bench.records_of("t-two");
  const JobResult result = bench.keep_records(15);
  CHECK(count_of(result, "recordsRemoved") == 4);
  CHECK(count_of(result, "recordsHeld") == 4);
  CHECK(bench.records_of("t-two").records == before.records);
  CHECK(bench.records_of("t-one").total == 6);
  const JobResult again = bench.keep_records(15);
  CHECK(again.counts == std::map<std::string, std::int64_t>{{"recordsHeld", 4}});
  CHECK(bench.events().size() == 1);
  CHECK_NOTHROW(bench.run(*make_recount_job()));
}

TEST_CASE("records of an open month with unrated days wait", "[retention]") {
  TenDays bench;
  bench.apply_prices({a_price("m-large", "1", "2"), a_price("m-large", "1", "3", "2026-10-08")});
  const JobResult waiting = bench.keep_records(15);
  CHECK(waiting.counts == std::map<std::string, std::int64_t>{{"daysWaiting", 4}});
  CHECK(bench.records() == 20);
  bench.rollup();
  CHECK(count_of(bench.keep_records(15), "recordsRemoved") == 8);
}

TEST_CASE("unrated days of a month that is closed for all keep nothing back", "[retention]") {
  TenDays bench;
  bench.change([&](UnitOfWork& unit) {
    for (const char* tenant : {"t-one", "t-two"}) {
      close_period(unit, tenant, month("2026-10"), bench.now, "test", "");
    }
    mark_unrated_from(unit, day("2026-10-01"));
  });
  CHECK(count_of(bench.keep_records(15), "recordsRemoved") == 8);
}

TEST_CASE("what is not set is kept for ever", "[retention]") {
  TenDays bench;
  bench.now = at("2099-01-01T00:00:00Z");
  CHECK(bench.run(*make_retention_job({{}, {}, {}, {bench.spool()}})).counts.empty());
  CHECK(bench.records() == 20);
  CHECK(bench.has("done/records.jsonl"));
}

TEST_CASE("a retention that is asked to stop keeps what it has done", "[retention]") {
  TenDays bench;
  bench.stop.request_stop();
  CHECK_THROWS_AS(bench.keep_records(15), Error);
  CHECK(bench.records() == 20);
}

TEST_CASE("every run is kept for 400 days, and goes then once it has ended",
          "[retention][promise]") {
  JobBench bench;
  const auto store = [&](const std::string& id, const std::string& queued, RunState state) {
    bench.change([&](UnitOfWork& unit) {
      Run run;
      run.id = id;
      run.slot_key = "manual@" + id;
      run.state = state;
      run.queued_at = at(queued);
      store_new_run(unit, run);
    });
  };
  store("old", "2025-09-01T00:00:00Z", RunState::succeeded);
  store("older", "2025-08-01T00:00:00Z", RunState::failed);
  store("waiting", "2025-08-01T00:00:00Z", RunState::queued);
  store("young", "2025-10-01T00:00:00Z", RunState::succeeded);
  // 400 days before 20 October 2026 are 15 September 2025.
  const JobResult result = bench.run(*make_retention_job({{}, days(400), {}, {}}));
  CHECK(count_of(result, "runsRemoved") == 2);
  CHECK_FALSE(find_run(bench.database.snapshot(), "old"));
  CHECK(find_run(bench.database.snapshot(), "waiting"));
  CHECK(find_run(bench.database.snapshot(), "young"));
  const auto events = load_audit_events(bench.database.snapshot(), 0, 10);
  REQUIRE(events.size() == 1);
  CHECK(events[0].reason == "2 from 2025-08-01 to 2025-09-01 (UTC), older than 400 days");
}

TEST_CASE("old files of the spool's archives go, and no others", "[retention]") {
  JobBench bench;
  namespace fs = std::filesystem;
  const auto put = [&](const std::string& name, const std::string& written) {
    fs::create_directories(fs::path(bench.spool() + "/" + name).parent_path());
    bench.put(name, "x");
    // The file clock's epoch differs from the system's by a constant.
    const auto age = at("2026-10-20T00:00:00Z") - at(written);
    const auto base = fs::file_time_type::clock::from_sys(
        std::chrono::sys_time<std::chrono::microseconds>(at("2026-10-20T00:00:00Z")));
    fs::last_write_time(bench.spool() + "/" + name,
                        std::chrono::time_point_cast<fs::file_time_type::duration>(base) - age);
  };
  put("done/old.jsonl", "2026-09-19T00:00:00Z");
  put("done/young.jsonl", "2026-09-21T00:00:00Z");
  put("quarantine/old.jsonl", "2026-09-01T00:00:00Z");
  put("old.jsonl", "2026-01-01T00:00:00Z");
  put("elsewhere/old.jsonl", "2026-01-01T00:00:00Z");
  const JobResult result = bench.run(
      *make_retention_job({{}, {}, days(30), {bench.spool(), bench.folder / "no-such-spool"}}));
  CHECK(count_of(result, "filesRemoved") == 2);
  CHECK_FALSE(bench.has("done/old.jsonl"));
  CHECK_FALSE(bench.has("quarantine/old.jsonl"));
  CHECK(bench.has("done/young.jsonl"));
  CHECK(bench.has("old.jsonl"));
  CHECK(bench.has("elsewhere/old.jsonl"));
  CHECK(load_audit_events(bench.database.snapshot(), 0, 10).size() == 2);
}

TEST_CASE("a link in place of an archive leads nowhere", "[retention]") {
  JobBench bench;
  bench.put("x.jsonl", "x");
  std::filesystem::create_directories(bench.folder / "precious");
  bench.folder.write("precious/file", "x");
  std::filesystem::create_symlink(bench.folder / "precious", bench.spool() + "/done");
  const ArchiveFolder folder(bench.spool() + "/done");
  CHECK(folder.files_before(Instant::max()).empty());
}

}  // namespace costd
