#include "ledger/store/period_store.hpp"

#include <catch2/catch.hpp>

#include "ledger/store/file_ledger.hpp"
#include "ledger/store/record_times.hpp"
#include "ledger/store/removed_days.hpp"
#include "ledger/store/tenant_store.hpp"
#include "ledger/store/usage_blocks.hpp"
#include "tests/support/test_database.hpp"

namespace costd {
namespace {

using test::at;
using test::day;
using test::month;

/// A block with one record of each series and time.
void store_records(test::TestDatabase& test, const std::string& source,
                   const std::vector<std::pair<std::string, std::string>>& tenants_and_times) {
  test.change([&](UnitOfWork& unit) {
    std::vector<BlockRecord> records;
    for (const auto& [tenant, time] : tenants_and_times) {
      BlockRecord record;
      record.at = at(time);
      record.series = store_series(unit, test::a_series(tenant));
      record.id = {0, records.size() + 1};
      records.push_back(record);
    }
    RecordTexts texts;
    texts.labels.emplace_back();
    const BlockRecords sorted = sort_records(records, texts);
    store_usage_block(unit, make_usage_block(store_source(unit, source), sorted, texts));
  });
}

void refuse(test::TestDatabase& test, const std::string& tenant, std::optional<Day> on,
            std::int64_t line, const std::string& when) {
  test.change([&](UnitOfWork& unit) {
    QuarantinedLine refused;
    refused.source = store_source(unit, "gateway");
    refused.line = line;
    refused.tenant = tenant;
    refused.day = on;
    refused.at = at(when);
    store_quarantined_line(unit, refused);
  });
}

InstantRange october() {
  return {at("2026-10-01T00:00:00Z"), at("2026-11-01T00:00:00Z")};
}

}  // namespace

TEST_CASE("a waiver comes back as it was given, and a later one takes its place", "[periods]") {
  test::TestDatabase test;
  const auto store = [&](const Waiver& waiver) {
    test.change([&](UnitOfWork& unit) { store_waiver(unit, "acme", month("2026-10"), waiver); });
  };
  store({Gate::unpriced, at("2026-11-02T10:00:00Z"), "uid:7", "first", 2, {"m-a", "m-b"}, "what"});
  store({Gate::sources, at("2026-11-02T10:00:00Z"), "uid:7", "off", 1, {"legacy"}, "none"});
  store({Gate::unpriced, at("2026-11-03T10:00:00Z"), "uid:8", "second", 3, {"m-c"}, "more"});
  const auto waivers = load_waivers(test.database.snapshot(), month("2026-10"));
  REQUIRE(waivers.size() == 1);
  const auto& own = waivers.at("acme");
  REQUIRE(own.size() == 2);
  CHECK(own[0].gate == Gate::sources);
  CHECK(own[1].at == at("2026-11-03T10:00:00Z"));
  CHECK(own[1].by == "uid:8");
  CHECK(own[1].reason == "second");
  CHECK(own[1].amount == 3);
  CHECK(own[1].subjects == std::vector<std::string>{"m-c"});
  CHECK(own[1].what == "more");
  CHECK(load_waivers(test.database.snapshot(), month("2026-11")).empty());
}

TEST_CASE("what a month was closed with is frozen once", "[periods][promise]") {
  test::TestDatabase test;
  PeriodFigures figures{.records = 5,
                        .total = parse_money("-0.000000000001"),
                        .first_record_at = at("2026-10-01T00:00:00.001Z"),
                        .rows_sha256 = "ab"};
  const auto close = [&] {
    test.change([&](UnitOfWork& unit) {
      close_period(unit, "acme", month("2026-10"), at("2026-11-04T00:00:00Z"), "uid:7", "");
      store_period_figures(unit, "acme", month("2026-10"), figures);
    });
  };
  close();
  const PeriodFigures first = figures;
  figures.records = 6;
  close();
  const auto closed = load_closed_period_records(test.database.snapshot());
  REQUIRE(closed.size() == 1);
  CHECK(closed.front().tenant == "acme");
  CHECK(closed.front().month == month("2026-10"));
  CHECK(closed.front().closed_by == "uid:7");
  CHECK(closed.front().figures == first);
}

TEST_CASE("a month that an older costd closed has no frozen figures", "[periods]") {
  test::TestDatabase test;
  test.change([&](UnitOfWork& unit) {
    close_period(unit, "acme", month("2026-10"), at("2026-11-04T00:00:00Z"), "uid:7", "");
  });
  CHECK_FALSE(load_closed_period_records(test.database.snapshot()).at(0).figures);
}

TEST_CASE("the hash of booked rows knows every figure, and no other tenant or month", "[periods]") {
  const auto hash = [](std::int64_t output, const std::string& model, const char* other) {
    test::TestDatabase test;
    // Another order of the series makes no difference.
    if (std::string(other) == "before") {
      test.add_usage(test::a_series("other"), day("2026-10-05"), test::input_and_output(1, 1));
    }
    test.add_usage(test::a_series("acme", model), day("2026-10-05"),
                   test::input_and_output(100, output));
    test.add_usage(test::a_series("acme", "m-two"), day("2026-10-05"),
                   test::input_and_output(3, 3));
    test.add_usage(test::a_series("acme"), day("2026-11-05"), test::input_and_output(9, 9));
    if (std::string(other) == "late") {
      test.add_usage(test::a_series("acme"), day("2026-10-05"), test::input_and_output(9, 9), 1,
                     Origin::exact, month("2026-11"));
    }
    const auto sums =
        sum_booked_rows(test.database.snapshot(), month("2026-10"), TenantChoice({"acme"}));
    CHECK(sums.at("acme").records == 2);
    return sums.at("acme").rows_sha256;
  };
  const std::string first = hash(10, "m-large", "");
  CHECK(first.size() == 64);
  CHECK(hash(10, "m-large", "before") == first);
  CHECK(hash(10, "m-large", "late") == first);
  CHECK(hash(11, "m-large", "") != first);
  CHECK(hash(10, "m-small", "") != first);
}

TEST_CASE("the first and the last record of a tenant are found within a range", "[periods]") {
  test::TestDatabase test;
  CHECK_FALSE(find_record_times(test.database.snapshot(), "acme", october()));
  store_records(test, "gateway",
                {{"acme", "2026-10-09T08:00:00Z"},
                 {"other", "2026-10-09T23:00:00Z"},
                 {"acme", "2026-10-09T09:00:00Z"}});
  store_records(test, "gateway", {{"other", "2026-10-02T08:00:00Z"}});
  store_records(test, "legacy", {{"acme", "2026-10-05T08:00:00Z"}});
  store_records(test, "legacy", {{"acme", "2026-10-05T07:00:00Z"}});
  store_records(test, "gateway",
                {{"acme", "2026-10-31T23:59:59.999Z"}, {"acme", "2026-11-01T00:00:00Z"}});
  store_records(test, "gateway",
                {{"acme", "2026-09-30T23:00:00Z"}, {"other", "2026-09-30T01:00:00Z"}});
  const auto times = find_record_times(test.database.snapshot(), "acme", october());
  REQUIRE(times);
  CHECK(times->first == at("2026-10-05T07:00:00Z"));
  CHECK(times->last == at("2026-10-31T23:59:59.999Z"));
}

TEST_CASE("a source has got to its latest record, also where that was removed since", "[periods]") {
  test::TestDatabase test;
  store_records(test, "gateway", {{"acme", "2026-10-09T08:00:00Z"}});
  store_records(test, "gateway", {{"acme", "2026-10-07T08:00:00Z"}});
  test.change([](UnitOfWork& unit) {
    store_source(unit, "silent");
    const SourceId old = store_source(unit, "old");
    store_removed_records(unit, old, block_day_of(at("2026-10-03T08:00:00Z")), 5);
  });
  CHECK(load_source_progress(test.database.snapshot()) ==
        std::map<std::string, Instant>{{"gateway", at("2026-10-09T08:00:00Z")},
                                       {"old", at("2026-10-03T00:00:00Z")}});
}

TEST_CASE("refusals are counted for the month and the tenants they may belong to", "[periods]") {
  test::TestDatabase test;
  refuse(test, "acme", day("2026-10-01"), 3, "2026-12-01T00:00:00Z");
  refuse(test, "acme", day("2026-11-01"), 3, "2026-10-02T00:00:00Z");
  refuse(test, "other", day("2026-10-05"), 3, "2026-10-02T00:00:00Z");
  refuse(test, "", day("2026-10-31"), 3, "2026-10-02T00:00:00Z");
  refuse(test, "acme", std::nullopt, 3, "2026-10-01T00:00:00Z");
  refuse(test, "acme", std::nullopt, 3, "2026-09-30T23:59:59Z");
  refuse(test, "", std::nullopt, 0, "2026-10-05T00:00:00Z");
  refuse(test, "", std::nullopt, 0, "2026-09-05T00:00:00Z");
  const RefusedCounts counts = count_refusals(
      test.database.snapshot(), "acme", days_of(month("2026-10")), at("2026-10-01T00:00:00Z"));
  CHECK(counts.dated_lines == 2);
  CHECK(counts.undated_lines == 1);
  CHECK(counts.files == 1);
}

}  // namespace costd
