// Nothing lost, nothing twice: repeats, conflicts, order, and runs that are stopped.

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

#include "ledger/error.hpp"
#include "ledger/store/file_ledger.hpp"
#include "ledger/store/usage_blocks.hpp"
#include "ledger/store/usage_query.hpp"
#include "tests/support/archives.hpp"
#include "tests/support/job_bench.hpp"
#include "tests/support/text_stream.hpp"

namespace costd {
namespace {

using test::a_usage_record;
using test::count_of;
using test::JobBench;
using test::json_line;

std::string text_of(const std::vector<UsageRecord>& records) {
  std::string text;
  for (const UsageRecord& record : records) text += json_line(record);
  return text;
}

/// Records of some days, tenants and models; sizes and origins vary.
std::vector<UsageRecord> random_records(std::mt19937_64& random, int count) {
  std::vector<UsageRecord> records;
  for (int n = 0; n < count; ++n) {
    UsageRecord record = a_usage_record()
                             .with_id("rec-" + std::to_string(n))
                             .for_tenant("t-" + std::to_string(random() % 3))
                             .for_model("m-" + std::to_string(random() % 2))
                             .with_input_tokens(static_cast<std::int64_t>(random() % 300'000))
                             .with_origin(static_cast<Origin>(random() % 3));
    record.at += std::chrono::seconds(random() % (3 * 86'400));
    records.push_back(record);
  }
  return records;
}

/// The row of a file whose beginning was taken in, as a run leaves it that was stopped.
void store_beginning(JobBench& bench, const std::string& text, std::int64_t lines) {
  bench.change([&](UnitOfWork& unit) {
    test::TextStream begun(text);
    LedgerFile file;
    file.source = store_source(unit, "gateway");
    file.content_hash = identify_content(begun).hash;
    file.bytes = static_cast<std::int64_t>(text.size());
    file.name = "a.jsonl";
    file.lines = lines;
    store_ledger_file(unit, file, bench.now);
  });
}

/// Every row of daily usage as text, whatever ids the series have.
std::string daily_usage_of(JobBench& bench) {
  const Snapshot snapshot = bench.database.snapshot();
  const auto series = load_series(snapshot);
  std::vector<std::string> rows;
  for (const Day on : load_unrated_days(snapshot)) {
    for (const DailyUsage& row : load_daily_usage(snapshot, on)) {
      const SeriesKey& key = series.at(row.key.series);
      rows.push_back(format_day(on) + " " + key.tenant + " " + key.model + " " +
                     std::to_string(row.key.band) + " " +
                     std::to_string(static_cast<int>(row.key.origin)) + " " +
                     std::to_string(row.requests) + " " + std::to_string(row.tokens.input()) + " " +
                     std::to_string(row.tokens.output) + "\n");
    }
  }
  std::ranges::sort(rows);
  std::string all;
  for (const std::string& row : rows) all += row;
  return all;
}

}  // namespace

TEST_CASE("a repeated record is counted once, in a file and across files", "[ingest]") {
  JobBench bench;
  const UsageRecord record = a_usage_record();
  const JobResult first = bench.ingest({record, record, record});
  CHECK(count_of(first, "records") == 1);
  CHECK(count_of(first, "duplicates") == 2);
  const JobResult second = bench.ingest({a_usage_record().with_id("new"), record});
  CHECK(count_of(second, "records") == 1);
  CHECK(count_of(second, "duplicates") == 1);
  CHECK(bench.usage().requests == 2);
}

TEST_CASE("repeats are found after the database is opened again", "[ingest]") {
  const TemporaryFolder folder;
  const auto take = [&](const std::string& text) {
    Database database(folder / "costd.db");
    test::RecordingMonitor monitor;
    JobContext context{database, test::at("2026-10-20T00:00:00Z"), {}, {}, "RUN", {}, monitor};
    std::filesystem::create_directories(folder / "spool");
    folder.write("spool/a.jsonl", text);
    return make_ingest_job({{{"gateway", folder / "spool", "auto", {}}}, {}, "secret"})
        ->run(context);
  };
  const std::string line = json_line(a_usage_record());
  CHECK(count_of(take(line), "records") == 1);
  CHECK(count_of(take(line + json_line(a_usage_record().with_id("b"))), "duplicates") == 1);
}

TEST_CASE("the same id with other content is a conflict, and the first one stays", "[ingest]") {
  JobBench bench;
  bench.ingest({a_usage_record().with_output_tokens(100)});
  const JobResult result = bench.ingest(
      {a_usage_record().with_output_tokens(101), a_usage_record().for_model("m-other"),
       a_usage_record().for_tenant("t-two"), a_usage_record().with_origin(Origin::estimated),
       a_usage_record().at("2026-10-05T12:00:01Z")});
  CHECK(count_of(result, "records") == 0);
  CHECK(count_of(result, "conflicts") == 5);
  CHECK(count_of(result, "quarantined") == 5);
  CHECK(bench.usage().output_tokens == 100);
  CHECK(load_quarantined_lines(bench.database.snapshot(), 1).front().reason == "id_conflict");
}

TEST_CASE("a conflict within one file is found, too", "[ingest]") {
  JobBench bench;
  const JobResult result = bench.ingest({a_usage_record(), a_usage_record().with_output_tokens(5)});
  CHECK(count_of(result, "records") == 1);
  CHECK(count_of(result, "conflicts") == 1);
}

TEST_CASE("the same record in another spelling is a duplicate", "[ingest]") {
  JobBench bench;
  bench.ingest({a_usage_record()});
  bench.put("other.jsonl",
            R"( {"timestamp":"2026-10-05T14:00:00.000+02:00","workspaceId":"t-one",)"
            R"("apiKey":"key_one","model":"m\u002dlarge","provider":"openai","outputTokens":100,)"
            R"("inputTokens":1000,"reasoningTokens":null,"cacheStatus":null,"id":"rec-1",)"
            R"("credentialFingerprint":"fp-1","unknown":[]})");
  const JobResult result = bench.ingest();
  CHECK(count_of(result, "duplicates") == 1);
  CHECK(count_of(result, "conflicts") == 0);
}

TEST_CASE("the order of records does not change the daily usage", "[ingest]") {
  std::mt19937_64 random(11);
  auto records = random_records(random, 2'000);
  for (int n = 0; n < 300; ++n) records.push_back(records[random() % 2'000]);
  JobBench sorted;
  sorted.ingest(records);
  const std::string wanted = daily_usage_of(sorted);
  std::shuffle(records.begin(), records.end(), random);
  JobBench shuffled;
  std::size_t at = 0;
  for (int file = 0; at < records.size(); ++file) {
    const std::size_t end = std::min(records.size(), at + random() % 600 + 1);
    shuffled.put("part-" + std::to_string(file) + ".jsonl",
                 text_of({records.begin() + static_cast<std::ptrdiff_t>(at),
                          records.begin() + static_cast<std::ptrdiff_t>(end)}));
    at = end;
  }
  const JobResult result = shuffled.ingest();
  CHECK(count_of(result, "records") == 2'000);
  CHECK(count_of(result, "duplicates") == 300);
  CHECK(daily_usage_of(shuffled) == wanted);
}

TEST_CASE("daily usage is the sum of the stored records", "[ingest]") {
  std::mt19937_64 random(12);
  const auto records = random_records(random, 3'000);
  JobBench bench;
  bench.ingest(records);
  std::int64_t input = 0;
  for (const UsageRecord& record : records) input += record.tokens.input();
  CHECK(bench.usage().requests == 3'000);
  CHECK(bench.usage().input_tokens == input);
  UsageQuery query;
  query.limit = 5'000;
  const UsagePage page = load_usage_page(bench.database.snapshot(), query);
  REQUIRE(page.records.size() == 3'000);
  const auto by_id = [](const UsageRecord& a, const UsageRecord& b) {
    return a.record_id < b.record_id;
  };
  auto stored = page.records;
  auto wanted = records;
  std::ranges::sort(stored, by_id);
  std::ranges::sort(wanted, by_id);
  CHECK(stored == wanted);
}

TEST_CASE("records with long tags are committed in smaller batches", "[ingest]") {
  std::string tags;
  for (int n = 0; n < 60; ++n) {
    tags += ",\"tag-" + std::to_string(n) + "\":\"" + std::string(500, 'x') + "\"";
  }
  std::string text;
  for (int n = 0; n < 1'300; ++n) {  // some 40 MB of tags: more than one batch takes
    const std::string id = "rec-" + std::to_string(n);
    std::string line = json_line(a_usage_record().with_id(id));
    text += line.insert(line.rfind('}'), ",\"tags\":{\"id\":\"" + id + "\"" + tags + "}");
  }
  JobBench bench;
  bench.put("long.jsonl", text);
  CHECK(count_of(bench.ingest(), "records") == 1'300);
  CHECK(load_block_heads(bench.database.snapshot()).size() == 2);
}

TEST_CASE("many small files of a day do not stay many small blocks", "[ingest]") {
  JobBench bench;
  for (int n = 0; n < 40; ++n) {
    bench.ingest({a_usage_record().with_id("rec-" + std::to_string(n))});
  }
  // Sixteen become one, twice; eight are left.
  CHECK(load_block_heads(bench.database.snapshot()).size() == 2 + 8);
  CHECK(bench.usage().requests == 40);
  CHECK(count_of(bench.ingest({a_usage_record().with_id("rec-3"),
                               a_usage_record().with_id("rec-4").with_output_tokens(9)}),
                 "conflicts") == 1);
}

TEST_CASE("the same id two days apart is another record, one day apart a conflict", "[ingest]") {
  const bool one_file = GENERATE(false, true);
  JobBench bench;
  const UsageRecord first = a_usage_record().at("2026-12-30T12:00:00Z");
  const UsageRecord second = a_usage_record().at("2027-01-01T00:00:00Z");
  const UsageRecord between = a_usage_record().at("2026-12-31T12:00:00Z");
  if (one_file) {
    const JobResult result = bench.ingest({first, second, between, second, first});
    CHECK(count_of(result, "records") == 2);
    CHECK(count_of(result, "duplicates") == 2);
    CHECK(count_of(result, "conflicts") == 1);
  } else {
    CHECK(count_of(bench.ingest({first}), "records") == 1);
    CHECK(count_of(bench.ingest({second}), "records") == 1);
    CHECK(count_of(bench.ingest({between, second}), "conflicts") == 1);
    CHECK(count_of(bench.ingest({second, first, between}), "duplicates") == 2);
  }
  CHECK(bench.usage().requests == 2);
}

TEST_CASE("a whole file that costd 0.1.0 has taken in is known", "[ingest]") {
  JobBench bench;
  const std::string text = json_line(a_usage_record());
  bench.put("a.jsonl", text);
  bench.change([&](UnitOfWork& unit) {
    LedgerFile file;
    file.source = store_source(unit, "gateway");
    file.content_hash = sha256_of_chunks(*open_input(bench.spool() + "/a.jsonl"));
    file.bytes = static_cast<std::int64_t>(text.size());
    file.name = "a.jsonl";
    file.done = true;
    store_ledger_file(unit, file, bench.now);
  });
  bench.put("b.jsonl.gz", test::gzip(text));
  CHECK(count_of(bench.ingest(), "duplicateFiles") == 2);
  CHECK(bench.usage().requests == 0);
}

TEST_CASE("two files that begin like a partial one: only one of them goes on with it", "[ingest]") {
  JobBench bench;
  const std::string begun = json_line(a_usage_record().with_id("a")) + "{\n";
  store_beginning(bench, begun, 2);
  bench.put("one.jsonl", begun + json_line(a_usage_record().with_id("b")));
  bench.put("two.jsonl", begun + json_line(a_usage_record().with_id("c")));
  const JobResult result = bench.ingest();
  CHECK(count_of(result, "records") == 3);  // "a" from the second file: no record was stored
  CHECK(count_of(result, "quarantined") == 1);
  for (const char* name : {"one.jsonl", "two.jsonl"}) {
    std::filesystem::rename(bench.spool() + "/done/" + name, bench.spool() + "/" + name);
  }
  CHECK(count_of(bench.ingest(), "duplicateFiles") == 2);
}

TEST_CASE("a file that grew since it was read goes on where it was", "[ingest]") {
  JobBench bench;
  const std::string line = json_line(a_usage_record().with_id("a"));
  const std::string rest = json_line(a_usage_record().with_id("b"));
  store_beginning(bench, line, 1);
  bench.put("grown.jsonl", line + rest + "{\n");
  const JobResult result = bench.ingest();
  CHECK(count_of(result, "records") == 1);
  CHECK(count_of(result, "duplicates") == 0);
  CHECK(load_quarantined_lines(bench.database.snapshot(), 1).at(0).line == 3);
  bench.put("other.jsonl", rest + line);
  CHECK(count_of(bench.ingest(), "records") == 1);  // "a" was never taken by this test
}

}  // namespace costd
