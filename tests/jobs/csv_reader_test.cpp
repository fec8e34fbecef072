#include <catch2/catch.hpp>

#include "ledger/error.hpp"
#include "tests/support/ledger_builders.hpp"
#include "tests/support/padded_line.hpp"

namespace costd {
namespace {

using Fields = std::vector<std::string>;

const char* const header = "timestamp,tenantId,model,inputTokens,outputTokens";

const RecordRules csv_rules{{}, "", MissingZone::utc};

CsvMapping export_mapping() {
  return {{{"timestamp", "When"}, {"model", "SKU"}, {"inputTokens", "In"}, {"outputTokens", "Out"}},
          {{"provider", "azure"}, {"tenantId", "t-azure"}}};
}

}  // namespace

TEST_CASE("CSV fields follow RFC 4180", "[ingest]") {
  struct Row {
    const char* line;
    std::optional<Fields> fields;
  };
  const auto row = GENERATE(values<Row>({
      {"", Fields{""}},
      {"a,b", Fields{"a", "b"}},
      {",", Fields{"", ""}},
      {R"("a,b",c)", Fields{"a,b", "c"}},
      {R"("say ""hi""")", Fields{"say \"hi\""}},
      {R"("",x)", Fields{"", "x"}},
      {R"("""")", Fields{"\""}},
      {" a , b ", Fields{" a ", " b "}},
      {R"("open)", std::nullopt},
      {R"(a"b)", std::nullopt},
      {R"("a"b,c)", std::nullopt},
      {R"(""a)", std::nullopt},
  }));
  CAPTURE(row.line);
  CHECK(split_csv(row.line) == row.fields);
}

TEST_CASE("a CSV with the record's own column names needs no mapping", "[ingest]") {
  const auto reader = make_csv_reader({}, {}, header);
  const auto parsed = test::parse(*reader, R"(2026-10-05T12:00:00Z,t-one,"m,large",1000,100)");
  const auto record = std::get<UsageRecord>(parsed);
  CHECK(record.series.model == "m,large");
  CHECK(record.series.tenant == "t-one");
  CHECK(record.tokens.total == 1100);
  CHECK(record.record_id.empty());
}

TEST_CASE("a byte order mark before the header is not part of a name", "[ingest]") {
  const auto reader = make_csv_reader({}, {}, std::string("\xef\xbb\xbf") + header);
  CHECK(std::holds_alternative<UsageRecord>(
      test::parse(*reader, "2026-10-05T12:00:00Z,t-one,m-large,1000,100")));
}

TEST_CASE("mapped columns and constants make an export's line a record", "[ingest]") {
  const auto reader = make_csv_reader(csv_rules, export_mapping(), "Out,In,SKU,When,Ignored");
  const auto record = std::get<UsageRecord>(
      test::parse(*reader, "100,1000,m-large,2026-10-05 12:00:00.1234567,whatever"));
  CHECK(record.series.provider == "azure");
  CHECK(record.series.tenant == "t-azure");
  CHECK(record.tokens.input() == 1000);
  // Seven decimals are cut to microseconds; without a zone the export means UTC.
  CHECK(record.at == test::at("2026-10-05T12:00:00.123456Z"));
}

TEST_CASE("a missing mapped column is named with what there is", "[ingest]") {
  try {
    make_csv_reader(csv_rules, export_mapping(), "When,SKU,In");
    FAIL("the missing column was not noticed");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::data);
    CHECK_THAT(error.what(), Catch::Contains("\"Out\"") && Catch::Contains("outputTokens") &&
                                 Catch::Contains("When, SKU, In"));
  }
}

TEST_CASE("a header that is no CSV is refused", "[ingest]") {
  CHECK_THROWS_AS(make_csv_reader({}, {}, "a,\"b"), Error);
}

TEST_CASE("CSV lines that are no record are refused with a code", "[ingest]") {
  struct Row {
    const char* line;
    const char* reason;
  };
  const auto row = GENERATE(values<Row>({
      {"2026-10-05T12:00:00Z,t-one,m-large,1000,100,,no", "malformed_csv"},
      {"2026-10-05T12:00:00Z,t-one,m-large,1000,100,,no,x,y", "malformed_csv"},
      {"2026-10-05T12:00:00Z,t-one,\"m-large,1000,100,,,", "malformed_csv"},
      {"2026-10-05T12:00:00Z,t-one,m-large,1000.0,100,,,", "bad_count"},
      {"2026-10-05T12:00:00Z,t-one,m-large, 1000,100,,,", "bad_count"},
      {"2026-10-05T12:00:00Z,t-one,m-large,99999999999999999999,100,,,", "bad_count"},
      {"2026-10-05T12:00:00Z,t-one,m-large,,100,,,", "missing_field"},
      {"2026-10-05T12:00:00Z,t-one,m-large,-1,100,,,", "negative_count"},
      {"2026-10-05T12:00:00Z,t-one,m-large,1000,100,,perhaps,", "wrong_type"},
      {"2026-10-05T12:00:00Z,t-one,m-\xff,1000,100,,,", "invalid_utf8"},
      {",t-one,m-large,1000,100,,,", "missing_field"},
  }));
  const auto reader = make_csv_reader({}, {}, std::string(header) + ",id,estimated,other");
  const auto parsed = test::parse(*reader, row.line);
  CAPTURE(row.line);
  REQUIRE(std::holds_alternative<Rejection>(parsed));
  CHECK(std::get<Rejection>(parsed).reason == row.reason);
}

TEST_CASE("a refused CSV line says whose record it was and of when", "[ingest]") {
  const auto reader = make_csv_reader({}, {}, "inputTokens,outputTokens,model,tenantId,timestamp");
  const auto rejection =
      std::get<Rejection>(test::parse(*reader, "many,100,m-large,t-one,2026-10-05T12:00:00Z"));
  CHECK(rejection.reason == "bad_count");
  CHECK(rejection.tenant == "t-one");
  CHECK(rejection.at == test::at("2026-10-05T12:00:00Z"));
}

TEST_CASE("estimated may be written in several ways in a CSV", "[ingest]") {
  const auto reader = make_csv_reader({}, {}, std::string(header) + ",estimated");
  const auto origin_of = [&](const std::string& estimated) {
    return std::get<UsageRecord>(
               test::parse(*reader, "2026-10-05T12:00:00Z,t-one,m-large,1,1," + estimated))
        .origin;
  };
  for (const char* text : {"true", "True", "TRUE", "1"})
    CHECK(origin_of(text) == Origin::estimated);
  for (const char* text : {"false", "False", "FALSE", "0", ""}) {
    CHECK(origin_of(text) == Origin::exact);
  }
}

}  // namespace costd
