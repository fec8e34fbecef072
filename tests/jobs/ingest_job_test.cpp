#include "jobs/ingest/ingest_job.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "ledger/store/file_ledger.hpp"
#include "ledger/store/tenant_store.hpp"
#include "tests/support/archives.hpp"
#include "tests/support/job_bench.hpp"

namespace costd {
namespace {

using test::a_usage_record;
using test::count_of;
using test::day;
using test::JobBench;
using test::json_line;
using test::month;

std::vector<QuarantinedLine> quarantine(JobBench& bench) {
  return load_quarantined_lines(bench.database.snapshot(), 100);
}

}  // namespace

TEST_CASE("a file's records become daily usage and the file is done", "[ingest]") {
  JobBench bench;
  const JobResult result = bench.ingest(
      {a_usage_record().with_id("a"), a_usage_record().with_id("b").with_output_tokens(900)});
  CHECK(count_of(result, "files") == 1);
  CHECK(count_of(result, "records") == 2);
  CHECK(bench.has("done/records.jsonl"));
  CHECK_FALSE(bench.has("records.jsonl"));
  const auto rows = load_daily_usage(bench.database.snapshot(), day("2026-10-05"));
  REQUIRE(rows.size() == 1);
  CHECK(rows.front().requests == 2);
  CHECK(rows.front().tokens.output == 1'000);
}

TEST_CASE("an empty spool is made, and nothing is counted", "[ingest]") {
  JobBench bench;
  CHECK(bench.ingest().counts.empty());
  CHECK(std::filesystem::is_directory(bench.spool()));
}

TEST_CASE("files that are still being written are left alone", "[ingest]") {
  JobBench bench;
  const std::string line = json_line(a_usage_record());
  for (const char* name : {".a.jsonl", "a.jsonl.tmp", "a.jsonl.part"}) bench.put(name, line);
  std::filesystem::create_directories(bench.spool() + "/folder");
  CHECK(bench.ingest().counts.empty());
  CHECK(bench.has("a.jsonl.part"));
}

TEST_CASE("bad lines are quarantined with file, line and reason, the others are taken",
          "[ingest]") {
  JobBench bench;
  bench.put("mixed.jsonl", json_line(a_usage_record().with_id("a")) + "\n{broken\n" +
                               R"({"id":"x","tenantId":"t-one","model":"m","inputTokens":-1,)"
                               R"("outputTokens":1,"timestamp":"2026-10-05T12:00:00Z"})"
                               "\n" +
                               std::string((1 << 20) + 1, 'x') + "\n" +
                               json_line(a_usage_record().with_id("b")));
  const JobResult result = bench.ingest();
  CHECK(count_of(result, "records") == 2);
  CHECK(count_of(result, "quarantined") == 3);
  const auto lines = quarantine(bench);
  REQUIRE(lines.size() == 3);
  CHECK((lines[2].line == 3 && lines[2].reason == "malformed_json"));
  CHECK((lines[1].line == 4 && lines[1].reason == "negative_count"));
  CHECK((lines[0].line == 5 && lines[0].reason == "line_too_long"));
  CHECK(lines[1].tenant == "t-one");
  CHECK(lines[1].day == day("2026-10-05"));
  CHECK(lines[1].record_id == "x");
  CHECK(lines[0].file_name == "mixed.jsonl");
  const Snapshot snapshot = bench.database.snapshot();
  CHECK(load_ingest_totals(snapshot, month("2026-10"), "t-one").quarantined == 1);
  CHECK(load_all_ingest_totals(snapshot).quarantined == 3);
}

TEST_CASE("a file that cannot be read goes to quarantine as a whole", "[ingest]") {
  JobBench bench;
  const std::string archive = test::gzip(json_line(a_usage_record()));
  bench.put("cut.jsonl.gz", archive.substr(0, archive.size() - 5));
  bench.put("empty.csv", "");
  bench.put("good.jsonl", json_line(a_usage_record()));
  const JobResult result = bench.ingest();
  CHECK(count_of(result, "quarantinedFiles") == 2);
  CHECK(count_of(result, "records") == 1);
  CHECK(bench.has("quarantine/cut.jsonl.gz"));
  CHECK(bench.has("quarantine/empty.csv"));
  CHECK(quarantine(bench).front().line == 0);
  CHECK(quarantine(bench).front().reason == "unreadable_file");
}

TEST_CASE("links and pipes in the spool are put aside, not followed", "[ingest]") {
  JobBench bench;
  bench.put("z.jsonl", json_line(a_usage_record()));
  REQUIRE(::symlink("/etc/hostname", (bench.spool() + "/link.jsonl").c_str()) == 0);
  REQUIRE(::mkfifo((bench.spool() + "/pipe.jsonl").c_str(), 0600) == 0);
  const JobResult result = bench.ingest();
  CHECK(count_of(result, "quarantinedFiles") == 2);
  CHECK(count_of(result, "records") == 1);
  CHECK(bench.has("quarantine/link.jsonl"));
  CHECK(bench.has("quarantine/pipe.jsonl"));
}

TEST_CASE("the same content is known by another name and compression", "[ingest]") {
  JobBench bench;
  const std::string text = json_line(a_usage_record().with_id("a")) + json_line(a_usage_record());
  bench.put("one.jsonl", text);
  bench.ingest();
  bench.put("one.jsonl", text);
  bench.put("renamed.jsonl", text);
  bench.put("one.jsonl.gz", test::gzip(text));
  bench.put("one.jsonl.zst", test::zstd(text));
  const JobResult again = bench.ingest();
  CHECK(count_of(again, "files") == 4);
  CHECK(count_of(again, "duplicateFiles") == 4);
  CHECK(count_of(again, "records") == 0);
  CHECK(count_of(again, "duplicates") == 0);
  CHECK(bench.has("done/one.jsonl"));
  CHECK(bench.has("done/one.jsonl.1"));
  CHECK(bench.usage().requests == 2);
}

TEST_CASE("sources do not share record ids", "[ingest]") {
  JobBench bench;
  const std::string line = json_line(a_usage_record());
  bench.put("a.jsonl", line);
  bench.ingest("gateway");
  bench.put("a.jsonl", line);
  CHECK(count_of(bench.ingest("exports"), "records") == 1);
  CHECK(bench.usage().requests == 2);
}

TEST_CASE("a file that was refused is refused again", "[ingest]") {
  JobBench bench;
  for (int round = 0; round < 2; ++round) {
    bench.put("cut.gz", test::gzip(json_line(a_usage_record())).substr(0, 30));
    bench.put("empty.csv", "");
    const JobResult result = bench.ingest();
    CHECK(count_of(result, "quarantinedFiles") == 2);
    CHECK(count_of(result, "duplicateFiles") == 0);
  }
  CHECK(quarantine(bench).size() == 4);
}

TEST_CASE("an empty file is taken in, and the next one is the same", "[ingest]") {
  JobBench bench;
  bench.put("a.jsonl", "");
  bench.put("b.jsonl", "");
  const JobResult result = bench.ingest();
  CHECK(count_of(result, "files") == 2);
  CHECK(count_of(result, "duplicateFiles") == 1);
  CHECK(bench.has("done/a.jsonl"));
  CHECK(bench.has("done/b.jsonl"));
}

TEST_CASE("records without an id get one from their place in the file", "[ingest]") {
  JobBench bench;
  const std::string line = R"({"tenantId":"t","model":"m","inputTokens":1,"outputTokens":1,)"
                           R"("timestamp":"2026-10-05T12:00:00Z"})"
                           "\n";
  bench.put("a.jsonl", line + line);
  CHECK(count_of(bench.ingest(), "records") == 2);
  bench.put("b.jsonl", line + line);
  CHECK(count_of(bench.ingest(), "duplicateFiles") == 1);
  bench.put("c.jsonl", line + line + line);
  CHECK(count_of(bench.ingest(), "records") == 3);
}

TEST_CASE("keys that look like secrets are hashed at the door", "[ingest]") {
  JobBench bench;
  const std::string secret = "sk-proj-aB3dE5fG7hJ9kL1mN3pQ5rS7tU9v";
  bench.ingest({a_usage_record().for_key(secret)});
  const auto series = load_series(bench.database.snapshot());
  REQUIRE(series.size() == 1);
  CHECK(series.begin()->second.api_key.starts_with("hmac_"));
}

TEST_CASE("a record's day is the local date of its tenant", "[ingest]") {
  JobBench bench;
  bench.change([](UnitOfWork& unit) {
    store_billing_zone(unit, "t-ny", "America/New_York", day("2026-01-01"));
  });
  // New York is at UTC-4 in October: its 5 October begins at 04:00 UTC.
  bench.ingest({a_usage_record().with_id("a").for_tenant("t-ny").at("2026-10-05T03:59:59.999999Z"),
                a_usage_record().with_id("b").for_tenant("t-ny").at("2026-10-05T04:00:00Z"),
                a_usage_record().with_id("c").for_tenant("t-utc").at("2026-10-05T03:59:59Z")});
  const auto requests_on = [&](const char* on, const char* tenant) {
    CostFilter filter;
    filter.tenant = tenant;
    filter.from = day(on);
    filter.to = day(on) + std::chrono::days(1);
    return bench.usage(filter).requests;
  };
  CHECK(requests_on("2026-10-04", "t-ny") == 1);
  CHECK(requests_on("2026-10-05", "t-ny") == 1);
  CHECK(requests_on("2026-10-05", "t-utc") == 1);
}

TEST_CASE("configured tags become part of the series", "[ingest]") {
  JobBench bench;
  bench.dimensions = {"team"};
  const auto line = [](const char* id, const char* team) {
    return R"({"id":")" + std::string(id) +
           R"(","tenantId":"t","model":"m","inputTokens":1,"outputTokens":1,"tags":{"team":")" +
           team + R"("},"timestamp":"2026-10-05T12:00:00Z"})" + "\n";
  };
  bench.put("a.jsonl", line("a", "search") + line("b", "ads") + line("c", "ads"));
  bench.ingest();
  CHECK(load_series(bench.database.snapshot()).size() == 2);
}

TEST_CASE("a CSV without a known column quarantines its lines", "[ingest]") {
  JobBench bench;
  bench.put("a.csv", "a,b\n1,2\n3,4\n");
  const JobResult result = bench.ingest();
  CHECK(count_of(result, "quarantined") == 2);
  CHECK(bench.has("done/a.csv"));
}

}  // namespace costd
