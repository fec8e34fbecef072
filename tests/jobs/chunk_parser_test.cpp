#include "jobs/ingest/chunk_parser.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/support/parser_bench.hpp"
#include "tests/support/random_lines.hpp"

namespace costd {
namespace {

using test::a_usage_record;
using test::json_line;
using test::ParserBench;

/// What a line became, as text that shows every difference.
std::string describe(std::int64_t number, const UsageRecord& record) {
  const TokenCounts& t = record.tokens;
  std::string text = std::to_string(number) + " record";
  for (const std::string& part :
       {record.record_id, record.series.tenant, record.series.api_key, record.series.model,
        record.series.provider, std::string(name_of(record.series.tier)), record.series.dimensions,
        std::string(name_of(record.origin)), format_instant(record.at), record.tags,
        record.credential_fingerprint}) {
    text += " [" + part + "]";
  }
  for (const std::int64_t count :
       {t.input_uncached, t.cache_read, t.cache_write_5m, t.cache_write_1h, t.output, t.reasoning,
        t.total, record.requests}) {
    text += " " + std::to_string(count);
  }
  return text;
}

std::string describe(std::int64_t number, const Rejection& rejection) {
  return std::to_string(number) + " " + rejection.reason + " [" + rejection.detail + "] [" +
         rejection.record_id + "] [" + rejection.tenant + "] " +
         (rejection.at ? format_instant(*rejection.at) : "");
}

/// What the general reader makes of each line, and the records' values.
struct Expected {
  std::vector<std::string> lines;
  std::vector<UsageRecord> records;
};
Expected read_line_by_line(const std::string& text, const RecordRules& rules) {
  const Chunk chunk = test::chunk_of(text);
  Expected expected;
  const auto reader = make_json_reader(rules);
  std::int64_t number = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line = chunk.text().substr(at, end - at);
    if (line.ends_with('\r')) line.remove_suffix(1);
    const Line place{line, ++number, static_cast<std::int64_t>(at)};
    at = end + 1;
    if (is_blank(line)) continue;
    std::vector<ParsedLine> parsed;
    reader->parse(place, parsed);
    if (const auto* record = std::get_if<UsageRecord>(&parsed.at(0))) {
      expected.records.push_back(*record);
      expected.lines.push_back(describe(number, *record));
    } else {
      expected.lines.push_back(describe(number, std::get<Rejection>(parsed[0])));
    }
  }
  return expected;
}

/// The chunk's records and rejections in the order of their lines.
std::vector<std::string> lines_of(const ParserBench& bench, const ParsedChunk& parsed) {
  std::vector<std::string> lines;
  auto rejected = parsed.rejected.begin();
  const auto take_rejected = [&](std::uint32_t before) {
    for (; rejected != parsed.rejected.end() && rejected->place.number < before; ++rejected) {
      lines.push_back(describe(rejected->place.number, rejected->rejection));
    }
  };
  for (std::size_t row = 0; row < parsed.records.size(); ++row) {
    take_rejected(parsed.places[row].number);
    lines.push_back(describe(parsed.places[row].number, bench.record_at(parsed, row)));
  }
  take_rejected(parsed.lines + 1);
  return lines;
}

/// Each place is that of its line.
void check_places(const ParsedChunk& parsed) {
  const std::string_view text = parsed.chunk.text();
  const auto check = [&](const LinePlace& place) {
    REQUIRE(place.begin + place.length <= text.size());
    REQUIRE((place.begin == 0 || text[place.begin - 1] == '\n'));
    const auto number = std::ranges::count(text.substr(0, place.begin), '\n') + 1;
    REQUIRE(place.number == number);
    const std::string_view rest = text.substr(place.begin + place.length);
    REQUIRE((rest.empty() || rest == "\r" || rest.starts_with('\n') || rest.starts_with("\r\n")));
  };
  for (const LinePlace& place : parsed.places) check(place);
  for (const RejectedLine& line : parsed.rejected) check(line.place);
}

}  // namespace

TEST_CASE("chunks give what the general reader gives line by line", "[ingest]") {
  ParserBench bench;
  bench.format = test::native_format({{"team"}, "secret", MissingZone::refused});
  const auto seed = GENERATE(as<std::uint64_t>{}, 1, 2, 3);
  test::RandomLines lines(seed);
  ParsedChunk spent;
  std::size_t records = 0;
  std::size_t refused = 0;
  for (int round = 0; round < 80; ++round) {
    const std::string text = lines.chunk(60);
    const Expected expected = read_line_by_line(text, bench.format.rules);
    const ParsedChunk parsed = bench.parse(test::chunk_of(text), std::move(spent));
    CAPTURE(seed, round);
    const std::vector<std::string> lines_read = lines_of(bench, parsed);
    for (std::size_t n = 0; n < std::min(lines_read.size(), expected.lines.size()); ++n) {
      REQUIRE(lines_read[n] == expected.lines[n]);
    }
    REQUIRE(lines_read.size() == expected.lines.size());
    REQUIRE(bench.records_of(parsed) == expected.records);
    check_places(parsed);
    records += parsed.records.size();
    refused += parsed.rejected.size();
    spent = parsed;
  }
  // The lines are neither all good nor all bad.
  CHECK(records > 1'500);
  CHECK(refused > 500);
}

TEST_CASE("lines of one layout are read, whatever their values", "[ingest]") {
  ParserBench bench;
  std::vector<UsageRecord> records;
  for (int n = 0; n < 200; ++n) {
    records.push_back(a_usage_record()
                          .with_id(n % 3 == 0 ? format_uuid({7, static_cast<std::uint64_t>(n)})
                                              : "rec-" + std::to_string(n))
                          .for_tenant("t-" + std::to_string(n % 7))
                          .with_input_tokens(n * 1'000)
                          .with_cached_input(n)
                          .with_origin(static_cast<Origin>(n % 3)));
    records.back().at += std::chrono::microseconds(n % 4 * 1'001) + std::chrono::hours(n);
  }
  const ParsedChunk parsed = bench.parse(records);
  CHECK(bench.records_of(parsed) == records);
  CHECK(parsed.lines == 200);
  CHECK(parsed.rejected.empty());
  CHECK(bench.records_of(bench.parse(records)) == records);
}

TEST_CASE("layouts that take turns are all known", "[ingest]") {
  ParserBench bench;
  const UsageRecord record = a_usage_record();
  std::string text;
  for (int n = 0; n < 60; ++n) {
    std::string line = json_line(record);
    // More layouts than are remembered, told apart by white space before the end.
    text += line.insert(line.rfind('}'), std::string(static_cast<std::size_t>(n % 6), ' '));
  }
  CHECK(bench.records_of(bench.parse(text)) == std::vector<UsageRecord>(60, record));
}

TEST_CASE("what one layout has does not reach a line without it", "[ingest]") {
  ParserBench bench;
  const std::string plain = R"({"id":"a","tenantId":"t","model":"m","inputTokens":10,)"
                            R"("outputTokens":5,"timestamp":"2026-10-05T12:00:00Z"})";
  const std::string full = R"({"id":"b","tenantId":"t","model":"m","inputTokens":10,)"
                           R"("outputTokens":5,"timestamp":"2026-10-05T12:00:00Z",)"
                           R"("cachedInputTokens":3,"estimated":true,"apiKey":"k",)"
                           R"("credentialFingerprint":"f","totalTokens":99})";
  std::string text;
  for (int n = 0; n < 4; ++n) text += plain + "\n" + full + "\n" + full + "\n" + plain + "\n";
  const auto records = bench.records_of(bench.parse(text));
  REQUIRE(records.size() == 16);
  for (const UsageRecord& record : records) {
    const bool is_full = record.record_id == "b";
    CHECK(record.tokens.cache_read == (is_full ? 3 : 0));
    CHECK(record.tokens.total == (is_full ? 99 : 15));
    CHECK(record.origin == (is_full ? Origin::estimated : Origin::exact));
    CHECK(record.series.api_key == (is_full ? "k" : "unknown"));
    CHECK(record.credential_fingerprint == (is_full ? "f" : ""));
  }
}

TEST_CASE("counts at the gateway's limit are clamped", "[ingest]") {
  ParserBench bench;
  const std::int64_t limit = 2'147'483'647;
  std::vector<UsageRecord> records(3, a_usage_record());
  records.push_back(a_usage_record().with_input_tokens(limit));
  records.push_back(a_usage_record().with_output_tokens(limit));
  records.push_back(a_usage_record().with_output_tokens(limit - 1'001));
  records.push_back(a_usage_record().with_output_tokens(limit - 1'000));  // with 1,000 of input
  const ParsedChunk parsed = bench.parse(records);
  const auto clamped = [](const BlockRecord& record) { return is_clamped(record.tokens); };
  CHECK(std::ranges::count_if(parsed.records, clamped) == 3);
}

TEST_CASE("a line of exactly the limit is a line, one more byte is too long", "[ingest]") {
  ParserBench bench;
  const std::string line = json_line(a_usage_record());
  const std::string usual = line.substr(0, line.size() - 2);  // without "}\n"
  const auto filled = [&](std::size_t bytes) {
    const std::string before = usual + R"(,"extra":")";
    return before + std::string(bytes - before.size() - 2, 'x') + "\"}\n";
  };
  const bool layout_is_known = GENERATE(false, true);
  const std::string first = layout_is_known ? usual + R"(,"extra":"x"})" + "\n" : "";
  const ParsedChunk parsed =
      bench.parse(first + filled(spool_line_bytes_max) + filled(spool_line_bytes_max + 1) + line);
  CHECK(parsed.records.size() == (layout_is_known ? 3 : 2));
  REQUIRE(parsed.rejected.size() == 1);
  CHECK(parsed.rejected[0].rejection.reason == "line_too_long");
  CHECK(parsed.rejected[0].place.number == (layout_is_known ? 3 : 2));
  CHECK(parsed.rejected[0].place.length == spool_line_bytes_max + 1);
}

TEST_CASE("a cut line is one line that is too long", "[ingest]") {
  ParserBench bench;
  Chunk chunk = test::chunk_of(std::string(4096, 'y'));
  chunk.cut_line = true;
  const ParsedChunk parsed = bench.parse(std::move(chunk));
  CHECK(parsed.lines == 1);
  CHECK(parsed.records.empty());
  REQUIRE(parsed.rejected.size() == 1);
  CHECK(parsed.rejected[0].rejection.reason == "line_too_long");
  CHECK(parsed.rejected[0].place.length == 4096);
}

TEST_CASE("series are asked for once, and parsers of one catalog agree on them", "[ingest]") {
  ParserBench bench;
  ChunkParser other(bench.catalog);
  other.begin_file(bench.format);
  const std::string text = json_line(a_usage_record()) + json_line(a_usage_record().for_model("m"));
  const ParsedChunk first = bench.parse(text);
  const ParsedChunk second = other.parse(test::chunk_of(text));
  REQUIRE(first.records.size() == 2);
  CHECK(first.records[0].series == second.records[0].series);
  CHECK(first.records[1].series == second.records[1].series);
  CHECK(first.records[0].series != first.records[1].series);
  CHECK(load_series(bench.database.snapshot()).size() == 2);
}

TEST_CASE("what lines have in common is written once a chunk", "[ingest]") {
  ParserBench bench;
  std::vector<UsageRecord> records;
  for (int n = 0; n < 30; ++n) {
    records.push_back(a_usage_record());
    records.back().credential_fingerprint = "fp-" + std::to_string(n % 3);
  }
  for (int chunk = 0; chunk < 2; ++chunk) {
    const ParsedChunk parsed = bench.parse(records);
    CHECK(parsed.texts.labels.size() == 3);
    CHECK(bench.records_of(parsed) == records);
    std::ranges::reverse(records);  // the series begins the next chunk with another credential
  }
  CHECK(bench.parse(std::vector<UsageRecord>{a_usage_record()}).texts.labels.size() == 1);
}

}  // namespace costd
