#include <catch2/catch.hpp>

#include "tests/support/ledger_builders.hpp"
#include "tests/support/padded_line.hpp"

namespace costd {
namespace {

using test::at;

ParsedLine parse(const std::string& text, const RecordRules& rules = {}) {
  const auto reader = make_json_reader(rules);
  return test::parse(*reader, text);
}

UsageRecord record_of(const std::string& text, const RecordRules& rules = {}) {
  const ParsedLine parsed = parse(text, rules);
  if (const auto* rejection = std::get_if<Rejection>(&parsed)) {
    FAIL(text << " -> " << rejection->reason << ": " << rejection->detail);
  }
  return std::get<UsageRecord>(parsed);
}

Rejection rejection_of(const std::string& text) {
  const ParsedLine parsed = parse(text);
  if (std::holds_alternative<UsageRecord>(parsed)) FAIL(text << " was taken for a record");
  return std::get<Rejection>(parsed);
}

/// A complete object with further members behind the usual ones; a later one wins.
std::string with(const std::string& members) {
  return R"({"id":"rec-1","tenantId":"t-one","apiKey":"key_one","model":"m-large",)"
         R"("provider":"openai","inputTokens":1000,"outputTokens":100,"totalTokens":1100,)"
         R"("timestamp":"2026-10-05T12:00:00Z")" +
         (members.empty() ? "" : "," + members) + "}";
}

}  // namespace

TEST_CASE("the gateway's own line becomes a record", "[ingest]") {
  const UsageRecord wanted =
      test::a_usage_record().with_cached_input(400).with_input_tokens(600).with_output_tokens(100);
  CHECK(record_of(test::json_line(wanted)) == wanted);
  CHECK(record_of(with("")).credential_fingerprint.empty());
}

TEST_CASE("key order, white space and unknown members do not matter", "[ingest]") {
  const UsageRecord usual = record_of(with(""));
  CHECK(record_of(R"({"timestamp":"2026-10-05T12:00:00Z","totalTokens":1100,"outputTokens":100,)"
                  R"("inputTokens":1000,"provider":"openai","model":"m-large","apiKey":"key_one",)"
                  R"("tenantId":"t-one","id":"rec-1"})") == usual);
  CHECK(record_of(R"(  { "id" : "rec-1" ,	"tenantId": "t-one", "apiKey":"key_one",)"
                  R"("model":"m-large","provider":"openai","inputTokens": 1000 ,)"
                  R"("outputTokens":100,"totalTokens":1100,)"
                  R"("timestamp":"2026-10-05T12:00:00Z" }  )") == usual);
  CHECK(record_of(with(R"("extra":{"id":"inner","deep":[1,{"model":"x"}]},"n":1e400,"a":[])")) ==
        usual);
}

TEST_CASE("the last of a member that comes twice counts", "[ingest]") {
  CHECK(record_of(with(R"("model":"m-small","outputTokens":7)")).series.model == "m-small");
  CHECK(record_of(with(R"("outputTokens":7)")).tokens.output == 7);
}

TEST_CASE("escapes are read in keys and values", "[ingest]") {
  CHECK(record_of(with(R"("model":"a\"b\\c\/d\u00fc\ud83d\ude00")")).series.model ==
        "a\"b\\c/d\xc3\xbc\xf0\x9f\x98\x80");
  CHECK(record_of(with(R"("\u006dodel":"m-escaped")")).series.model == "m-escaped");
}

TEST_CASE("null is the same as nothing", "[ingest]") {
  const UsageRecord record = record_of(
      with(R"("provider":null,"apiKey":null,"tenantId":null,"totalTokens":null,"estimated":null,)"
           R"("cacheStatus":null,"cachedInputTokens":null,"reasoningTokens":null,"id":null,)"
           R"("serviceTier":null,"credentialFingerprint":null,"tags":null)"));
  CHECK(record.series ==
        SeriesKey{"unknown", "unknown", "m-large", "unknown", ServiceTier::standard, ""});
  CHECK(record.record_id.empty());
  CHECK(record.origin == Origin::exact);
  CHECK(record.tokens.total == 1100);
}

TEST_CASE("tenantId and workspaceId are the same thing", "[ingest]") {
  CHECK(record_of(with(R"("tenantId":"","workspaceId":"w-1")")).series.tenant == "w-1");
  CHECK(record_of(with(R"("workspaceId":"t-one")")).series.tenant == "t-one");
  const Rejection rejection = rejection_of(with(R"("workspaceId":"w-2")"));
  CHECK(rejection.reason == "contradiction");
  CHECK(rejection.tenant == "t-one");
}

TEST_CASE("token classes are parts of what the gateway counts", "[ingest]") {
  const TokenCounts tokens =
      record_of(with(R"("inputTokens":1000,"cachedInputTokens":300,"cacheWriteTokens":200,)"
                     R"("cacheWrite1hTokens":150,"outputTokens":90,"reasoningTokens":80,)"
                     R"("totalTokens":5000)"))
          .tokens;
  // 1000 = 300 read + 50 written for 5 min + 150 for 1 h + 500 uncached.
  CHECK(tokens == TokenCounts{500, 300, 50, 150, 90, 80, 5000});
}

TEST_CASE("a hit stays a hit though it is estimated", "[ingest]") {
  CHECK(record_of(with(R"("cacheStatus":"HIT","estimated":true)")).origin == Origin::cache_hit);
  CHECK(record_of(with(R"("cacheStatus":"MISS","estimated":true)")).origin == Origin::estimated);
}

TEST_CASE("tags are kept in canonical order, dimensions are taken from them", "[ingest]") {
  const RecordRules rules{{"team", "absent"}, "", MissingZone::refused};
  const UsageRecord record =
      record_of(with(R"("tags":{"team":"search","app":"a","empty":null})"), rules);
  CHECK(record.tags == R"({"app":"a","empty":"","team":"search"})");
  CHECK(record.series.dimensions == R"({"team":"search"})");
  CHECK(record_of(with(R"("tags":{})"), rules).tags.empty());
}

TEST_CASE("lines that are no record are refused with a code", "[ingest]") {
  struct Row {
    std::string text;
    const char* reason;
  };
  const auto row = GENERATE(values<Row>({
      {"", "malformed_json"},
      {"{", "malformed_json"},
      {"[]", "malformed_json"},
      {"7", "malformed_json"},
      {R"("text")", "malformed_json"},
      {R"({"id":"a")", "malformed_json"},
      {R"({"id":"a",})", "malformed_json"},
      {with("") + " x", "malformed_json"},
      {with("") + with(""), "malformed_json"},
      {with(R"("model":"\ud800")"), "wrong_type"},
      {with("\"model\":\"\xff\""), "invalid_utf8"},
      {with("\"model\":\"\xc0\xaf\""), "invalid_utf8"},
      {with(R"("model":"a\u0000b")"), "control_character"},
      {with(R"("tenantId":"a\nb")"), "control_character"},
      {with(R"("tags":{"a":"b\u0007"})"), "control_character"},
      {with(R"("inputTokens":"1000")"), "wrong_type"},
      {with(R"("inputTokens":1000.0)"), "wrong_type"},
      {with(R"("inputTokens":1e3)"), "wrong_type"},
      {with(R"("inputTokens":99999999999999999999)"), "wrong_type"},
      {with(R"("inputTokens":true)"), "wrong_type"},
      {with(R"("inputTokens":[1])"), "wrong_type"},
      {with(R"("model":7)"), "wrong_type"},
      {with(R"("model":{"name":"x"})"), "wrong_type"},
      {with(R"("estimated":"true")"), "wrong_type"},
      {with(R"("estimated":1)"), "wrong_type"},
      {with(R"("tags":["a"])"), "wrong_type"},
      {with(R"("tags":{"a":1})"), "wrong_type"},
      {with(R"("inputTokens":null)"), "missing_field"},
      {with(R"("outputTokens":null)"), "missing_field"},
      {with(R"("model":"")"), "missing_field"},
      {with(R"("timestamp":null)"), "missing_field"},
      {with(R"("inputTokens":-1)"), "negative_count"},
      {with(R"("reasoningTokens":-1)"), "negative_count"},
      {with(R"("inputTokens":1000000000001)"), "count_too_large"},
      {with(R"("totalTokens":1000000000001)"), "count_too_large"},
      {with(R"("cachedInputTokens":900,"cacheWriteTokens":101)"), "part_exceeds_whole"},
      {with(R"("cacheWriteTokens":5,"cacheWrite1hTokens":6)"), "part_exceeds_whole"},
      {with(R"("reasoningTokens":101)"), "part_exceeds_whole"},
      {with(R"("timestamp":"yesterday")"), "bad_timestamp"},
      {with(R"("timestamp":"2026-10-05T12:00:00")"), "bad_timestamp"},
      {with(R"("timestamp":"2026-02-30T12:00:00Z")"), "bad_timestamp"},
      {with(R"("timestamp":"1999-12-31T23:59:59Z")"), "bad_timestamp"},
      {with(R"("timestamp":"2100-01-01T00:00:00Z")"), "bad_timestamp"},
      {with(R"("cacheStatus":"hit")"), "bad_cache_status"},
      {with(R"("serviceTier":"gold")"), "bad_service_tier"},
      {with("\"model\":\"" + std::string(513, 'm') + "\""), "text_too_long"},
      {with(R"("tags":{"a":")" + std::string(513, 'm') + "\"}"), "text_too_long"},
  }));
  const Rejection rejection = rejection_of(row.text);
  CAPTURE(row.text, rejection.detail);
  CHECK(rejection.reason == row.reason);
  CHECK_FALSE(rejection.detail.empty());
}

TEST_CASE("the largest counts and longest texts are taken", "[ingest]") {
  const std::string longest(512, 'm');
  const UsageRecord record =
      record_of(with(R"("inputTokens":1000000000000,"model":")" + longest + "\""));
  CHECK(record.tokens.input() == tokens_per_record_max);
  CHECK(record.series.model == longest);
}

TEST_CASE("a refused line says whose record it was and of when", "[ingest]") {
  for (const char* wrong : {R"("inputTokens":-5)", R"("inputTokens":"1000")"}) {
    const Rejection rejection = rejection_of(with(wrong));
    CHECK(rejection.record_id == "rec-1");
    CHECK(rejection.tenant == "t-one");
    CHECK(rejection.at == at("2026-10-05T12:00:00Z"));
  }
  const Rejection first = rejection_of(
      R"({"inputTokens":"1","tenantId":"t-one","timestamp":"2026-10-05T12:00:00Z","id":"rec-1"})");
  CHECK(first.reason == "wrong_type");
  CHECK(first.tenant == "t-one");
  CHECK(first.at == at("2026-10-05T12:00:00Z"));
}

TEST_CASE("what one line left behind does not reach the next", "[ingest]") {
  const auto reader = make_json_reader({});
  test::parse(*reader, with(R"("cachedInputTokens":5,"tags":{"a":"b"},"estimated":true)"));
  const auto record = std::get<UsageRecord>(test::parse(*reader, with("")));
  CHECK(record == record_of(with("")));
  test::parse(*reader, R"({"tenantId":"t-other","inputTokens":)");
  CHECK(std::get<UsageRecord>(test::parse(*reader, with(""))) == record);
}

TEST_CASE("blank lines are told from records", "[ingest]") {
  CHECK(is_blank(""));
  CHECK(is_blank(" \t\r"));
  CHECK_FALSE(is_blank(" {"));
}

}  // namespace costd
