#include "ledger/store/file_ledger.hpp"

#include <catch2/catch.hpp>

#include "tests/support/test_database.hpp"

namespace costd {
namespace {

using test::at;
using test::day;
using test::month;

LedgerFile a_file(UnitOfWork& unit, const std::string& hash, std::int64_t bytes) {
  LedgerFile file;
  file.source = store_source(unit, "gateway");
  file.content_hash = hash;
  file.bytes = bytes;
  file.name = "a.jsonl";
  return file;
}

}  // namespace

TEST_CASE("a source keeps its id", "[store]") {
  test::TestDatabase test;
  test.change([](UnitOfWork& unit) {
    const auto gateway = store_source(unit, "gateway");
    CHECK(store_source(unit, "exports") != gateway);
    CHECK(store_source(unit, "gateway") == gateway);
  });
}

TEST_CASE("a file that was taken in as a whole is known by source and length", "[store]") {
  test::TestDatabase test;
  test.change([](UnitOfWork& unit) {
    LedgerFile file = a_file(unit, "xxh3:abc", 10);
    file.done = true;
    file.counts = {3, 1, 4, 2};
    store_ledger_file(unit, file, at("2026-10-05T12:00:00Z"));
    file.content_hash = "xxh3:abd";
    store_ledger_file(unit, file, at("2026-10-05T12:00:00Z"));
    const auto files = load_done_files(unit, file.source, 10);
    REQUIRE(files.size() == 2);
    CHECK(files[0].content_hash == "xxh3:abc");
    CHECK(files[0].done);
    CHECK(files[0].counts.conflicts == 4);
    CHECK(files[1].content_hash == "xxh3:abd");
    CHECK(load_done_files(unit, file.source, 11).empty());
    CHECK(load_done_files(unit, store_source(unit, "exports"), 10).empty());
    CHECK(load_partial_files(unit, file.source).empty());
  });
}

TEST_CASE("files that begin alike may be partial at the same byte", "[store]") {
  test::TestDatabase test;
  test.change([](UnitOfWork& unit) {
    LedgerFile file = a_file(unit, "xxh3:abc", 7);
    store_ledger_file(unit, file, at("2026-10-05T12:00:00Z"));
    file.name = "a copy of it.jsonl";
    store_ledger_file(unit, file, at("2026-10-05T12:00:00Z"));
    const auto files = load_partial_files(unit, file.source);
    REQUIRE(files.size() == 2);
    CHECK(files[0].content_hash == "xxh3:abc");
    CHECK(files[1].content_hash == "xxh3:abc");
  });
}

TEST_CASE("a partial file is known by the prefix that was taken in, the longest first", "[store]") {
  test::TestDatabase test;
  test.change([](UnitOfWork& unit) {
    LedgerFile file = a_file(unit, "xxh3:abc", 7);
    file.lines = 2;
    file.id = store_ledger_file(unit, file, at("2026-10-05T12:00:00Z"));
    store_ledger_file(unit, a_file(unit, "xxh3:longer", 70), at("2026-10-05T12:00:00Z"));
    auto files = load_partial_files(unit, file.source);
    REQUIRE(files.size() == 2);
    CHECK(files[0].content_hash == "xxh3:longer");
    CHECK(files[1].id == file.id);
    CHECK(files[1].content_hash == "xxh3:abc");
    CHECK(files[1].bytes == 7);
    CHECK(files[1].lines == 2);
    CHECK_FALSE(files[1].done);
    CHECK(load_done_files(unit, file.source, 7).empty());
    file.content_hash = "xxh3:whole";
    file.bytes = 90;
    file.done = true;
    CHECK(store_ledger_file(unit, file, at("2026-10-05T12:00:02Z")) == file.id);
    CHECK(load_partial_files(unit, file.source).size() == 1);
    CHECK(load_done_files(unit, file.source, 90).at(0).content_hash == "xxh3:whole");
  });
}

TEST_CASE("a file that is the beginning of a partial one is another file", "[store]") {
  test::TestDatabase test;
  test.change([](UnitOfWork& unit) {
    LedgerFile file = a_file(unit, "xxh3:abc", 7);
    store_ledger_file(unit, file, at("2026-10-05T12:00:00Z"));
    file.done = true;
    store_ledger_file(unit, file, at("2026-10-05T12:00:00Z"));
    CHECK(load_partial_files(unit, file.source).size() == 1);
    CHECK(load_done_files(unit, file.source, 7).size() == 1);
  });
}

TEST_CASE("refused lines come back newest first", "[store]") {
  test::TestDatabase test;
  test.change([](UnitOfWork& unit) {
    QuarantinedLine line;
    line.source = store_source(unit, "gateway");
    line.file_name = "a.jsonl";
    line.reason = "malformed_json";
    line.raw = std::string("bytes \0 \xff", 9);
    line.line = 1;
    store_quarantined_line(unit, line);
    line.line = 2;
    line.day = day("1970-01-01");
    store_quarantined_line(unit, line);
  });
  const auto lines = load_quarantined_lines(test.database.snapshot(), 10);
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].line == 2);
  CHECK(lines[0].day == day("1970-01-01"));
  CHECK_FALSE(lines[1].day);
  CHECK(load_quarantined_lines(test.database.snapshot(), 1).size() == 1);
}

TEST_CASE("tallies add up by day, booking month and tenant", "[store]") {
  test::TestDatabase test;
  const DatedTally usual{day("2026-10-05"), month("2026-10")};
  const DatedTally late{day("2026-09-30"), month("2026-10")};
  test.change([&](UnitOfWork& unit) {
    add_ingest_tally(unit, usual, "t-one", IngestOutcome::accepted, 5);
    add_ingest_tally(unit, usual, "t-one", IngestOutcome::accepted, 1);
    add_ingest_tally(unit, usual, "t-two", IngestOutcome::duplicate, 2);
    add_ingest_tally(unit, late, "t-one", IngestOutcome::accepted, 10);
    add_ingest_tally(unit, usual, "t-one", IngestOutcome::conflict, 1);
    add_ingest_tally(unit, usual, "t-one", IngestOutcome::quarantined, 3);
    add_ingest_tally(unit, std::nullopt, "", IngestOutcome::quarantined, 40);
  });
  const Snapshot snapshot = test.database.snapshot();
  const IngestTotals october = load_ingest_totals(snapshot, month("2026-10"), "");
  CHECK(october.accepted == 16);
  CHECK(october.duplicates == 2);
  CHECK(october.quarantined == 4);
  const IngestTotals days =
      load_ingest_totals(snapshot, DayRange{day("2026-10-01"), day("2026-11-01")}, "t-one");
  CHECK(days.accepted == 6);
  CHECK(days.duplicates == 0);
  CHECK(load_ingest_totals(snapshot, month("2026-09"), "").accepted == 0);
  CHECK(load_all_ingest_totals(snapshot).quarantined == 44);
}

}  // namespace costd
