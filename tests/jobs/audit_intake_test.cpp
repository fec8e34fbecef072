#include "jobs/ingest/audit_intake.hpp"

#include <catch2/catch.hpp>

#include "ledger/store/audit_segments.hpp"
#include "ledger/store/file_ledger.hpp"
#include "tests/ledger/gateway_log.hpp"
#include "tests/support/archives.hpp"
#include "tests/support/job_bench.hpp"

namespace costd {
namespace {

using test::a_log;
using test::count_of;
using test::Lines;

struct AuditBench : test::JobBench {
  JobResult take() {
    IngestOptions options;
    options.audit_logs = {{"audit", spool()}};
    return run(*make_ingest_job(options));
  }
  std::vector<AuditSegment> segments() {
    std::int64_t source = 0;
    change([&](UnitOfWork& unit) { source = store_source(unit, "audit"); });
    return load_audit_segments(database.snapshot(), source);
  }
  /// The bytes of a segment as they are stored.
  std::string stored(std::int64_t segment) {
    const Snapshot snapshot = database.snapshot();
    std::string bytes;
    const auto chunks = count_audit_chunks(snapshot, segment);
    for (std::int64_t n = 1; n <= chunks; ++n) {
      bytes += load_audit_chunk(snapshot, segment, n).bytes;
    }
    return bytes;
  }
};

std::string text_of(const Lines& lines, std::size_t from, std::size_t to) {
  std::string text;
  for (std::size_t n = from; n < to; ++n) text += lines[n] + "\n";
  return text;
}

}  // namespace

TEST_CASE("a segment of the audit log is kept byte for byte", "[audit]") {
  AuditBench bench;
  const Lines log = a_log(5);
  const std::string text = log[0] + "\n\n" + text_of(log, 1, 4) + "no event\r\n" + log[4] + "\n";
  bench.put("audit.jsonl", text);
  const JobResult result = bench.take();
  CHECK(count_of(result, "auditFiles") == 1);
  CHECK(count_of(result, "auditEvents") == 5);
  CHECK(count_of(result, "auditUnreadableLines") == 1);
  CHECK(bench.has("done/audit.jsonl"));
  const auto segments = bench.segments();
  REQUIRE(segments.size() == 1);
  CHECK(bench.stored(segments[0].id) == text);
  CHECK(segments[0].events == 5);
  CHECK(segments[0].lines == 7);
  CHECK(segments[0].first_previous.empty());
  CHECK(segments[0].last_hash == test::head_of(log[4]));
  CHECK(format_instant(*segments[0].first_at) == "2026-10-01T00:00:01.000125Z");
  CHECK(format_instant(*segments[0].last_at) == "2026-10-01T00:00:05.000125Z");
}

TEST_CASE("the same bytes again, compressed or under another name, are a duplicate", "[audit]") {
  AuditBench bench;
  const std::string text = text_of(a_log(5), 0, 5);
  bench.put("a.jsonl", text);
  bench.take();
  bench.put("b.jsonl.gz", test::gzip(text));
  const JobResult result = bench.take();
  CHECK(count_of(result, "auditDuplicateFiles") == 1);
  CHECK(count_of(result, "auditEvents") == 0);
  CHECK(bench.segments().size() == 1);
}

TEST_CASE("a longer copy of a segment adds what is new, a shorter one nothing", "[audit]") {
  AuditBench bench;
  const Lines log = a_log(9);
  bench.put("audit.jsonl", text_of(log, 0, 4));
  bench.take();
  bench.put("audit.jsonl", text_of(log, 0, 9));
  CHECK(count_of(bench.take(), "auditEvents") == 5);
  bench.put("audit.jsonl", text_of(log, 0, 2));
  CHECK(count_of(bench.take(), "auditDuplicateFiles") == 1);
  const auto segments = bench.segments();
  REQUIRE(segments.size() == 1);
  CHECK(segments[0].events == 9);
  CHECK(bench.stored(segments[0].id) == text_of(log, 0, 9));
}

TEST_CASE("a log cut in the middle of a line goes on in its longer copy", "[audit]") {
  AuditBench bench;
  const Lines log = a_log(4);
  const std::string whole = text_of(log, 0, 4);
  const std::string torn = whole.substr(0, whole.size() - 40);
  bench.put("audit.jsonl", torn);
  CHECK(count_of(bench.take(), "auditUnreadableLines") == 1);
  CHECK(bench.stored(bench.segments().at(0).id) == torn);
  bench.put("audit.jsonl", whole);
  const JobResult result = bench.take();
  CHECK(count_of(result, "auditEvents") == 1);
  const auto segments = bench.segments();
  REQUIRE(segments.size() == 1);
  CHECK(segments[0].events == 4);
  CHECK(segments[0].last_hash == test::head_of(log[3]));
  CHECK(bench.stored(segments[0].id) == whole);
}

TEST_CASE("a log of some megabytes is several chunks of whole lines", "[audit]") {
  AuditBench bench;
  const std::string text = text_of(a_log(12'000), 0, 12'000);
  REQUIRE(text.size() > (std::size_t{4} << 20));
  bench.put("audit.jsonl", text);
  CHECK(count_of(bench.take(), "auditEvents") == 12'000);
  const auto segments = bench.segments();
  REQUIRE(segments.size() == 1);
  CHECK(count_audit_chunks(bench.database.snapshot(), segments[0].id) >= 2);
  CHECK(load_audit_chunk(bench.database.snapshot(), segments[0].id, 1).bytes.ends_with('\n'));
  CHECK(bench.stored(segments[0].id) == text);
}

TEST_CASE("a run that was stopped goes on where it was", "[audit]") {
  AuditBench bench;
  const std::string text = text_of(a_log(12'000), 0, 12'000);
  bench.put("audit.jsonl", text);
  int commits = 0;
  bench.database.set_commit_hook([&](CommitMoment moment) {
    if (moment == CommitMoment::before && ++commits == 3) throw std::runtime_error("killed");
  });
  CHECK_THROWS(bench.take());
  bench.database.set_commit_hook({});
  CHECK(bench.segments().at(0).events < 12'000);
  bench.take();
  REQUIRE(bench.segments().size() == 1);
  CHECK(bench.segments()[0].events == 12'000);
  CHECK(bench.stored(bench.segments()[0].id) == text);
}

TEST_CASE("what is no audit log at all goes to quarantine", "[audit]") {
  AuditBench bench;
  bench.put("usage.jsonl", test::json_line(test::a_usage_record()));
  bench.put("broken.gz", std::string("\x1f\x8b\x08\0\0\0\0\0\0\x03garbage", 17));
  CHECK(count_of(bench.take(), "auditQuarantinedFiles") == 2);
  CHECK(bench.has("quarantine/usage.jsonl"));
  CHECK(bench.has("quarantine/broken.gz"));
  CHECK(bench.segments().empty());
}

TEST_CASE("damage of a stored chunk is told, and not taken for a change of the log", "[audit]") {
  PackedAuditChunk chunk{1, 2, 4, "not zstd"};
  CHECK_THROWS_WITH(unpack(chunk), Catch::Contains("chunk 2") && Catch::Contains("backup"));
}

}  // namespace costd
