// Files of many chunks: several threads, batches committed one after the other, runs that stop.

#include "jobs/ingest/ingest_pipeline.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

#include "ledger/error.hpp"
#include "ledger/store/file_ledger.hpp"
#include "ledger/store/tenant_store.hpp"
#include "ledger/store/usage_blocks.hpp"
#include "tests/support/job_bench.hpp"

namespace costd {
namespace {

using test::a_usage_record;
using test::count_of;
using test::JobBench;
using test::json_line;

/// A batch is full with 10,000 refused lines: so many broken ones follow each run of records.
/// Each of the parts fills a chunk.
std::string text_of_batches(int parts, bool with_ids = true) {
  std::string text;
  for (int part = 0; part < parts; ++part) {
    const std::size_t end = text.size() + chunk_bytes;
    for (int n = 0; n < 10'000; ++n) text += "{\n";
    for (int n = 0; text.size() < end; ++n) {
      UsageRecord record = a_usage_record()
                               .with_id(std::to_string(part) + "-" + std::to_string(n))
                               .for_tenant("t-" + std::to_string(n % 5));
      record.at += std::chrono::seconds(n * 20 + part);
      std::string line = json_line(record);
      if (!with_ids) line.replace(line.find("\"id\""), 4, "\"x\"");
      text += line;
    }
  }
  return text;
}

/// Every row of daily usage, refused line count and tally as text.
std::string facts_of(JobBench& bench) {
  const Snapshot snapshot = bench.database.snapshot();
  const auto series = load_series(snapshot);
  std::vector<std::string> rows;
  for (const Day on : load_unrated_days(snapshot)) {
    for (const DailyUsage& row : load_daily_usage(snapshot, on)) {
      rows.push_back(format_day(on) + " " + series.at(row.key.series).tenant + " " +
                     std::to_string(row.requests) + " " + std::to_string(row.tokens.total));
    }
  }
  std::ranges::sort(rows);
  const IngestTotals totals = load_all_ingest_totals(snapshot);
  std::string all = std::to_string(totals.accepted) + " " + std::to_string(totals.quarantined);
  for (const std::string& row : rows) all += "\n" + row;
  return all;
}

bool was_stopped(JobBench& bench) {
  try {
    bench.ingest();
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::cancelled);
    return true;
  }
  return false;
}

}  // namespace

TEST_CASE("a run stopped between batches goes on where it was", "[ingest]") {
  const bool with_ids = GENERATE(false, true);
  std::string text = text_of_batches(2, with_ids);
  text.resize(text.rfind('\n', 2 * chunk_bytes - 2) + 1);
  JobBench whole;
  whole.put("big.jsonl", text);
  const JobResult all = whole.ingest();
  JobBench stopped;
  stopped.put("big.jsonl", text);
  stopped.monitor.on_progress = [&](const RunProgress& progress) {
    // Less than 8 MiB is read by one thread: the first chunk is committed before the second is
    // read.
    if (progress.done > static_cast<std::int64_t>(chunk_bytes) * 3 / 2) stopped.stop.request_stop();
  };
  REQUIRE(was_stopped(stopped));
  CHECK(stopped.has("big.jsonl"));
  const std::int64_t first = stopped.usage().requests;
  CHECK(first > 0);
  CHECK(first < count_of(all, "records"));
  stopped.monitor.on_progress = nullptr;
  stopped.stop = {};
  const JobResult rest = stopped.ingest();
  CHECK(count_of(rest, "records") == count_of(all, "records") - first);
  CHECK(count_of(rest, "duplicates") == count_of(all, "duplicates"));
  CHECK(facts_of(stopped) == facts_of(whole));
  CHECK(stopped.has("done/big.jsonl"));
  stopped.put("again.jsonl", text);
  CHECK(count_of(stopped.ingest(), "duplicateFiles") == 1);
}

TEST_CASE("a run of several threads takes what a run of one takes", "[ingest]") {
  const std::string text = text_of_batches(3);
  JobBench many;
  many.put("a.jsonl", text);
  const JobResult result = many.ingest();
  JobBench one;  // files of less than 8 MiB, one run each
  std::int64_t records = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at + (std::size_t{6} << 20)), text.size() - 1);
    one.put("part.jsonl", text.substr(at, end + 1 - at));
    records += count_of(one.ingest(), "records");
    at = end + 1;
  }
  CHECK(count_of(result, "records") == records);
  CHECK(count_of(result, "quarantined") == 30'000);
  CHECK(facts_of(many) == facts_of(one));
  CHECK(load_quarantined_lines(many.database.snapshot(), 1).at(0).line > 20'000);
}

TEST_CASE("a run of several threads may be stopped anywhere, again and again", "[ingest]") {
  const std::string text = text_of_batches(4);
  JobBench whole;
  whole.put("a.jsonl", text);
  whole.put("b.jsonl", text + json_line(a_usage_record().with_id("one more")));
  whole.ingest();
  JobBench stopped;
  stopped.put("a.jsonl", text);
  stopped.put("b.jsonl", text + json_line(a_usage_record().with_id("one more")));
  int runs = 0;
  std::int64_t limit = 0;
  stopped.monitor.on_progress = [&](const RunProgress& progress) {
    if (progress.done > limit) stopped.stop.request_stop();
  };
  while (was_stopped(stopped)) {
    REQUIRE(++runs < 20);
    limit += static_cast<std::int64_t>(chunk_bytes) * 3;
    stopped.stop = {};
  }
  CHECK(runs > 1);
  CHECK(facts_of(stopped) == facts_of(whole));
}

TEST_CASE("new series are made while batches of a closed month are committed", "[ingest]") {
  JobBench bench;
  bench.change([](UnitOfWork& unit) {
    close_period(unit, "t-one", test::month("2026-10"), test::at("2026-11-04T00:00:00Z"), "test",
                 "");
  });
  // Each fourth line has a new series, and every chunk fills a batch of many days.
  std::string text;
  for (int n = 0; text.size() < 8 * chunk_bytes; ++n) {
    if (n % 3 == 0) text += "{\n{\n{\n{\n{\n";
    UsageRecord record = a_usage_record()
                             .with_id("rec-" + std::to_string(n))
                             .for_model("m-" + std::to_string(n / 4));
    record.at += std::chrono::days(n % 25);
    text += json_line(record);
  }
  bench.put("a.jsonl", text);
  const JobResult result = bench.ingest();
  CHECK(count_of(result, "records") > 50'000);
  CostFilter november;
  november.booked = test::month("2026-11");
  CHECK(bench.usage(november).requests == count_of(result, "records"));
}

TEST_CASE("the same file twice in one run is known the second time", "[ingest]") {
  JobBench bench;
  const std::string text = text_of_batches(2);
  for (const char* name : {"a.jsonl", "b.jsonl", "c.jsonl"}) bench.put(name, text);
  const JobResult result = bench.ingest();
  CHECK(count_of(result, "duplicateFiles") == 2);
  CHECK(count_of(result, "duplicates") == 0);
  CHECK(count_of(result, "files") == 3);
  for (const char* name : {"done/a.jsonl", "done/b.jsonl", "done/c.jsonl"}) CHECK(bench.has(name));
}

TEST_CASE("a run that fails has taken whole batches or nothing", "[ingest]") {
  JobBench bench;
  const std::string text = text_of_batches(2);
  bench.put("a.jsonl", text);
  bench.monitor.on_progress = [](const RunProgress& progress) {
    if (progress.done > 0) throw Error(ErrorCode::io, "the monitor is gone");
  };
  CHECK_THROWS_WITH(bench.ingest(), Catch::Contains("the monitor is gone"));
  CHECK(bench.has("a.jsonl"));
  bench.monitor.on_progress = nullptr;
  bench.ingest();
  JobBench whole;
  whole.put("a.jsonl", text);
  whole.ingest();
  CHECK(facts_of(bench) == facts_of(whole));
}

}  // namespace costd
