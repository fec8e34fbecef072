#include "ledger/store/file_ledger.hpp"

#include <catch2/catch.hpp>

#include "tests/support/test_database.hpp"

namespace costd {
namespace {

using test::at;
using test::day;
using test::month;

}  // namespace

TEST_CASE("a source keeps its id", "[store]") {
  test::TestDatabase test;
  test.change([](UnitOfWork& unit) {
    const auto gateway = store_source(unit, "gateway");
    CHECK(store_source(unit, "exports") != gateway);
    CHECK(store_source(unit, "gateway") == gateway);
  });
}

TEST_CASE("a file is known by source, content and length", "[store]") {
  test::TestDatabase test;
  test.change([](UnitOfWork& unit) {
    LedgerFile file;
    file.source = store_source(unit, "gateway");
    const auto other = store_source(unit, "exports");
    file.content_hash = "abc";
    file.bytes = 10;
    file.name = "a.jsonl";
    file = store_ledger_file(unit, file, at("2026-10-05T12:00:00Z"));
    file.offset = 7;
    file.lines = 2;
    file.counts = {3, 1, 4, 2};
    update_ledger_file(unit, file, at("2026-10-05T12:00:01Z"));
    const auto partial = find_ledger_file(unit, file.source, "abc", 10);
    REQUIRE(partial);
    CHECK_FALSE(partial->done);
    CHECK(partial->offset == 7);
    CHECK(partial->lines == 2);
    CHECK(partial->counts.conflicts == 4);
    file.done = true;
    update_ledger_file(unit, file, at("2026-10-05T12:00:02Z"));
    CHECK(find_ledger_file(unit, file.source, "abc", 10)->done);
    CHECK_FALSE(find_ledger_file(unit, other, "abc", 10));
    CHECK_FALSE(find_ledger_file(unit, file.source, "abc", 11));
    CHECK_FALSE(find_ledger_file(unit, file.source, "abd", 10));
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
