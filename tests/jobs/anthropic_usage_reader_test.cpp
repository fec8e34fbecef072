#include <catch2/catch.hpp>
#include <set>

#include "tests/support/ledger_builders.hpp"
#include "tests/support/padded_line.hpp"

namespace costd {
namespace {

const std::string bucket_times =
    R"("starting_at":"2026-10-01T00:00:00Z","ending_at":"2026-10-02T00:00:00Z")";

/// A result as the reference shows it; later members win.
std::string result_with(const std::string& changes) {
  nlohmann::json result = nlohmann::json::parse(
      R"({"uncached_input_tokens":1500,"cache_read_input_tokens":200,"cache_creation":)"
      R"({"ephemeral_1h_input_tokens":1000,"ephemeral_5m_input_tokens":500},)"
      R"("output_tokens":500,"server_tool_use":{"web_search_requests":10},)"
      R"("api_key_id":"apikey_01","workspace_id":"wrkspc_01","model":"claude-sonnet-4-20250514",)"
      R"("service_tier":"standard","context_window":"0-200k"})");
  result.update(nlohmann::json::parse("{" + changes + "}"));
  return result.dump();
}

std::string page_of(const std::string& results, const std::string& times = bucket_times) {
  return R"({"data":[{)" + times + R"(,"results":[)" + results +
         R"(]}],"has_more":true,"next_page":"page_1"})";
}

std::unique_ptr<RecordReader> reader(const CsvMapping& mapping = {}) {
  return make_anthropic_reader({}, mapping);
}

UsageRecord record_with(const std::string& changes, const CsvMapping& mapping = {}) {
  const auto records = test::records_of(*reader(mapping), page_of(result_with(changes)));
  REQUIRE(records.size() == 1);
  return records[0];
}

Rejection rejection_with(const std::string& changes) {
  return test::rejection_of(*reader(), page_of(result_with(changes)));
}

}  // namespace

TEST_CASE("a result of Anthropic's report is a sum over calls at its bucket's start", "[ingest]") {
  const UsageRecord record = record_with("");
  CHECK(record.series == SeriesKey{"wrkspc_01", "apikey_01", "claude-sonnet-4-20250514",
                                   "anthropic", ServiceTier::standard, ""});
  // Beside each other there: 1,500 + 200 + 500 + 1,000 = 3,200 in, and 500 out: 3,700.
  CHECK(record.tokens == TokenCounts{1500, 200, 500, 1000, 500, 0, 3700});
  CHECK(record.tokens.input() == 3200);
  CHECK(record.at == test::at("2026-10-01T00:00:00Z"));
  CHECK(record.tags.empty());
  CHECK(record.record_id.size() == 36);
  // The report does not count calls; one is the least.
  CHECK(record.requests == 1);
}

TEST_CASE("the context window says on which side of 200,000 tokens the calls were", "[ingest]") {
  const ContextBand above = *band_above(200'000);
  CHECK(band_of(record_with("")) < above);
  CHECK(band_of(record_with(R"("context_window":"200k-1M")")) == above);
  // Where only the sum is known it says nothing, however large.
  const std::string large = R"("uncached_input_tokens":5000000)";
  CHECK(band_of(record_with(large)) == ContextBand{0});
  CHECK(band_of(record_with(large + R"(,"context_window":null)")) == ContextBand{0});
  CHECK(rejection_with(R"("context_window":"1M-2M")").reason == "bad_context_window");
}

TEST_CASE("Anthropic's service tiers become ours", "[ingest]") {
  struct Row {
    const char* word;
    ServiceTier tier;
  };
  const auto row = GENERATE(values<Row>({{"\"standard\"", ServiceTier::standard},
                                         {"\"batch\"", ServiceTier::batch},
                                         {"\"priority\"", ServiceTier::priority},
                                         {"\"priority_on_demand\"", ServiceTier::priority},
                                         {"\"flex\"", ServiceTier::flex},
                                         {"\"flex_discount\"", ServiceTier::flex},
                                         {"null", ServiceTier::standard}}));
  CHECK(record_with(std::string("\"service_tier\":") + row.word).series.tier == row.tier);
}

TEST_CASE("parts of Anthropic's input that are not there are none", "[ingest]") {
  CHECK(record_with(R"("cache_creation":null,"cache_read_input_tokens":null)").tokens ==
        TokenCounts{1500, 0, 0, 0, 500, 0, 2000});
  CHECK(record_with(R"("cache_creation":{"ephemeral_5m_input_tokens":7})").tokens ==
        TokenCounts{1500, 200, 7, 0, 500, 0, 2207});
}

TEST_CASE("the default workspace has no id; a site may name it", "[ingest]") {
  CHECK(record_with(R"("workspace_id":null,"api_key_id":null)").series.tenant == "unknown");
  CHECK(record_with(R"("workspace_id":null,"api_key_id":null)").series.api_key == "unknown");
  CHECK(record_with(R"("workspace_id":null)", {{}, {{"tenantId", "main"}}}).series.tenant ==
        "main");
  CHECK(record_with("", {{{"tenantId", "api_key_id"}}, {}}).series.tenant == "apikey_01");
}

TEST_CASE("other groups are kept as tags", "[ingest]") {
  CHECK(record_with(R"("inference_geo":"us","speed":"fast","account_id":null)").tags ==
        R"({"inference_geo":"us","speed":"fast"})");
}

TEST_CASE("a group of Anthropic's bucket has one id, every other group another", "[ingest]") {
  const std::string id = record_with("").record_id;
  CHECK(record_with(R"("output_tokens":600)").record_id == id);
  std::set<std::string> ids{id};
  for (const char* change :
       {R"("workspace_id":null)", R"("api_key_id":"apikey_02")", R"("model":"claude-opus-4")",
        R"("service_tier":"batch")", R"("context_window":"200k-1M")", R"("inference_geo":"us")",
        R"("speed":"fast")", R"("account_id":"u")", R"("service_account_id":"u")"}) {
    ids.insert(record_with(change).record_id);
  }
  const std::string hour =
      R"("starting_at":"2026-10-01T00:00:00Z","ending_at":"2026-10-01T01:00:00Z")";
  ids.insert(test::records_of(*reader(), page_of(result_with(""), hour)).at(0).record_id);
  CHECK(ids.size() == 11);
}

TEST_CASE("empty buckets and results without tokens give nothing", "[ingest]") {
  CHECK(test::records_of(*reader(), page_of("")).empty());
  CHECK(test::records_of(*reader(), R"({"data":[],"has_more":false})").empty());
  // Only a web search, which is not tokens.
  const std::string search = result_with(R"("uncached_input_tokens":0,"cache_read_input_tokens":0,)"
                                         R"("cache_creation":{},"output_tokens":0)");
  CHECK(test::records_of(*reader(), page_of(search)).empty());
}

TEST_CASE("results of Anthropic that are no record are refused with a code", "[ingest]") {
  struct Row {
    const char* changes;
    const char* reason;
    const char* named;
  };
  const auto row = GENERATE(values<Row>({
      {R"("model":null)", "missing_field", "group_by[]=model"},
      {R"("uncached_input_tokens":null)", "missing_field", "uncached_input_tokens"},
      {R"("output_tokens":null)", "missing_field", "output_tokens"},
      {R"("uncached_input_tokens":-1)", "negative_count", "inputTokens"},
      {R"("cache_read_input_tokens":-1)", "negative_count", ""},
      {R"("cache_creation":{"ephemeral_1h_input_tokens":-1})", "negative_count", ""},
      {R"("uncached_input_tokens":9000000000000000000)", "count_too_large", "inputTokens"},
      {R"("cache_creation":7)", "wrong_type", "cache_creation"},
      {R"("output_tokens":1.5)", "wrong_type", "output_tokens"},
      {R"("service_tier":"gold")", "bad_service_tier", "gold"},
  }));
  CAPTURE(row.changes);
  const Rejection rejection = rejection_with(row.changes);
  CHECK(rejection.reason == row.reason);
  CHECK_THAT(rejection.detail, Catch::Contains(row.named));
  CHECK(rejection.tenant == "wrkspc_01");
  CHECK(rejection.at == test::at("2026-10-01T00:00:00Z"));
}

TEST_CASE("a bucket needs both its ends", "[ingest]") {
  for (const char* key : {"starting_at", "ending_at"}) {
    nlohmann::json page = nlohmann::json::parse(page_of(result_with("")));
    page["data"][0].erase(key);
    const Rejection rejection = test::rejection_of(*reader(), page.dump());
    CHECK(rejection.reason == "missing_field");
    CHECK_THAT(rejection.detail, Catch::Contains(key));
  }
}

}  // namespace costd
