#include <catch2/catch.hpp>

#include "tests/support/ledger_builders.hpp"
#include "tests/support/padded_line.hpp"

namespace costd {
namespace {

using Tags = nlohmann::json;

const std::string hashed_key = "88dc28d0f030c55ed4ab77ed8faf098196cb1c05df778539800c9f1243fe6b4b";

std::unique_ptr<RecordReader> json_reader(const CsvMapping& mapping = {}) {
  return make_litellm_reader({}, mapping, "{");
}

/// A row as LiteLLM's proxy writes it; members of `changes` replace those of the row.
std::string row_with(const std::string& changes) {
  nlohmann::json row{{"request_id", "chatcmpl-1"},
                     {"call_type", "acompletion"},
                     {"api_key", hashed_key},
                     {"spend", 0.00123},
                     {"total_tokens", 1100},
                     {"prompt_tokens", 1000},
                     {"completion_tokens", 100},
                     {"startTime", "2026-10-05T12:00:00.250000+00:00"},
                     {"endTime", "2026-10-06T00:00:03+00:00"},
                     {"model", "gpt-4o-2024-08-06"},
                     {"model_group", "gpt-4o-2024-08-06"},
                     {"custom_llm_provider", "openai"},
                     {"user", ""},
                     {"metadata", nlohmann::json::object()},
                     {"cache_hit", "None"},
                     {"cache_key", "Cache OFF"},
                     {"request_tags", nlohmann::json::array()},
                     {"team_id", "team-search"},
                     {"organization_id", "org-1"},
                     {"end_user", ""},
                     {"messages", nlohmann::json::object()},
                     {"status", "success"}};
  row.update(nlohmann::json::parse("{" + changes + "}"));
  return row.dump();
}

UsageRecord record_with(const std::string& changes, const CsvMapping& mapping = {}) {
  const auto records = test::records_of(*json_reader(mapping), row_with(changes));
  REQUIRE(records.size() == 1);
  return records[0];
}

}  // namespace

TEST_CASE("a row of LiteLLM becomes a record booked at its start", "[ingest]") {
  const UsageRecord record = record_with("");
  CHECK(record.record_id == "chatcmpl-1");
  // The hash of a key is no secret: it stays as LiteLLM shows it.
  CHECK(record.series == SeriesKey{"team-search", hashed_key, "gpt-4o-2024-08-06", "openai",
                                   ServiceTier::standard, ""});
  CHECK(record.tokens == TokenCounts{1000, 0, 0, 0, 100, 0, 1100});
  CHECK(record.at == test::at("2026-10-05T12:00:00.25Z"));
  CHECK(record.origin == Origin::exact);
  CHECK(record.requests == 1);
  CHECK_FALSE(record.stated_band);
  CHECK(record.tags.empty());
}

TEST_CASE("a time of LiteLLM without a zone is UTC", "[ingest]") {
  CHECK(record_with(R"("startTime":"2026-10-05 12:00:00.123")").at ==
        test::at("2026-10-05T12:00:00.123Z"));
}

TEST_CASE("the tenant is the team, else the organization, else unknown", "[ingest]") {
  CHECK(record_with(R"("team_id":"")").series.tenant == "org-1");
  CHECK(record_with(R"("team_id":null,"organization_id":null)").series.tenant == "unknown");
  CHECK(record_with(R"("end_user":"customer-7")", {{{"tenantId", "end_user"}}, {}}).series.tenant ==
        "customer-7");
  CHECK(record_with("", {{{"tenantId", "end_user"}}, {}}).series.tenant == "team-search");
  CHECK(record_with("", {{}, {{"tenantId", "everyone"}}}).series.tenant == "everyone");
}

TEST_CASE("a key that is none or a secret does not stay as it is", "[ingest]") {
  CHECK(record_with(R"("api_key":"None")").series.api_key == "unknown");
  CHECK(record_with(R"("api_key":"")").series.api_key == "unknown");
  CHECK(record_with(R"("api_key":"sk-aaaabbbbccccddddeeee")").series.api_key.starts_with("hmac_"));
}

TEST_CASE("the provider is not part of the model", "[ingest]") {
  CHECK(record_with(R"("model":"openai/gpt-4o")").series.model == "gpt-4o");
  CHECK(record_with(R"("model":"azure/gpt-4o")").series.model == "azure/gpt-4o");
  CHECK(record_with(R"("model":"openai/")").series.model == "openai/");
}

TEST_CASE("cached tokens are parts of the prompt, wherever they are written", "[ingest]") {
  struct Row {
    const char* metadata;
    TokenCounts tokens;
  };
  // 1000 = uncached + read + written for 5 min + for 1 h, in each row.
  const auto row = GENERATE(values<Row>({
      {R"({"usage_object":{"cache_read_input_tokens":300,"cache_creation_input_tokens":200}})",
       {500, 300, 200, 0, 100, 0, 1100}},
      {R"({"additional_usage_values":{"prompt_tokens_details":{"cached_tokens":400}}})",
       {600, 400, 0, 0, 100, 0, 1100}},
      {R"({"usage_object":{"prompt_tokens_details":{"cached_tokens":400},
           "completion_tokens_details":{"reasoning_tokens":64}}})",
       {600, 400, 0, 0, 100, 64, 1100}},
      // Both places say the same; it counts once.
      {R"({"usage_object":{"cache_read_input_tokens":300,"prompt_tokens_details":
           {"cached_tokens":300}},"additional_usage_values":{"cache_read_input_tokens":300}})",
       {700, 300, 0, 0, 100, 0, 1100}},
      {R"({"usage_object":{"cache_read_input_tokens":0,"prompt_tokens_details":
           {"cached_tokens":100,"cache_creation_tokens":250,"cache_creation_token_details":
           {"ephemeral_5m_input_tokens":50,"ephemeral_1h_input_tokens":200}}}})",
       {650, 100, 50, 200, 100, 0, 1100}},
      {R"({"additional_usage_values":{"cache_creation":{"ephemeral_5m_input_tokens":50,
           "ephemeral_1h_input_tokens":200}}})",
       {750, 0, 50, 200, 100, 0, 1100}},
      {R"({"usage_object":null,"additional_usage_values":null})", {1000, 0, 0, 0, 100, 0, 1100}},
      {"null", {1000, 0, 0, 0, 100, 0, 1100}},
  }));
  CAPTURE(row.metadata);
  CHECK(record_with(std::string("\"metadata\":") + row.metadata).tokens == row.tokens);
  const std::string as_text = nlohmann::json(row.metadata).dump();
  CHECK(record_with("\"metadata\":" + as_text).tokens == row.tokens);
}

TEST_CASE("parts larger than the prompt are outside of it and are added once", "[ingest]") {
  // As in litellm #15056: prompt 31 + written 1,253 = 1,284 tokens of input; 467 come out, so
  // 1,284 + 467 = 1,751 in all.
  const UsageRecord record = record_with(
      R"("prompt_tokens":31,"completion_tokens":467,"total_tokens":498,"metadata":{)"
      R"("usage_object":{"cache_creation_input_tokens":1253,"cache_read_input_tokens":0}})");
  CHECK(record.tokens == TokenCounts{31, 0, 1253, 0, 467, 0, 1751});
  // As in litellm #9812: 3 uncached + 12,304 written.
  CHECK(record_with(R"("prompt_tokens":3,"completion_tokens":550,"total_tokens":null,)"
                    R"("metadata":{"usage_object":{"cache_creation_input_tokens":12304}})")
            .tokens == TokenCounts{3, 0, 12304, 0, 550, 0, 12857});
  // The same call in the newer way: 12,307 with the written ones inside.
  CHECK(record_with(R"("prompt_tokens":12307,"completion_tokens":550,"total_tokens":12857,)"
                    R"("metadata":{"usage_object":{"cache_creation_input_tokens":12304}})")
            .tokens == TokenCounts{3, 0, 12304, 0, 550, 0, 12857});
}

TEST_CASE("an answer from LiteLLM's own cache is a hit", "[ingest]") {
  for (const char* hit : {"\"True\"", "\"true\"", "true"}) {
    CHECK(record_with(std::string("\"cache_hit\":") + hit).origin == Origin::cache_hit);
  }
  for (const char* miss : {"\"False\"", "\"None\"", "\"\"", "null", "false"}) {
    CHECK(record_with(std::string("\"cache_hit\":") + miss).origin == Origin::exact);
  }
}

TEST_CASE("who asked, for what, and the request's tags are tags", "[ingest]") {
  const UsageRecord record =
      record_with(R"("user":"u-1","end_user":"c-1","model_group":"smart","request_tags":)"
                  R"(["team: search","prod","job:4711:b","job:4712","user:x",":y",""])");
  CHECK(nlohmann::json::parse(record.tags) == Tags{{"user", "u-1"},
                                                   {"end_user", "c-1"},
                                                   {"requested_model", "smart"},
                                                   {"team", "search"},
                                                   {"prod", ""},
                                                   {"job", "4711:b"},
                                                   {"job:4712", ""},
                                                   {"user:x", ""},
                                                   {":y", ""}});
  CHECK(record_with(R"("request_tags":"[\"a:b\"]")").tags == R"({"a":"b"})");
}

TEST_CASE("the tier that served the call is kept, a batch's total is a batch", "[ingest]") {
  const auto tier_of = [](const std::string& word) {
    return record_with(R"("metadata":{"usage_object":{"service_tier":")" + word + "\"}}")
        .series.tier;
  };
  CHECK(tier_of("default") == ServiceTier::standard);
  CHECK(tier_of("standard") == ServiceTier::standard);
  CHECK(tier_of("priority") == ServiceTier::priority);
  CHECK(tier_of("flex") == ServiceTier::flex);
  const UsageRecord batch =
      record_with(R"("call_type":"aretrieve_batch","prompt_tokens":900000,"total_tokens":900100)");
  CHECK(batch.series.tier == ServiceTier::batch);
  CHECK(band_of(batch) == ContextBand{0});
}

TEST_CASE("a failed call without tokens is neither a record nor a rejection", "[ingest]") {
  const auto results_of = [](const std::string& changes) {
    return test::parse_all(*json_reader(), row_with(changes)).size();
  };
  const std::string no_tokens = R"("prompt_tokens":0,"completion_tokens":0,"total_tokens":0)";
  CHECK(results_of(R"("status":"failure",)" + no_tokens) == 0);
  CHECK(results_of(R"("status":"failure","model":"",)" + no_tokens) == 0);
  CHECK(results_of(R"("status":null,"metadata":{"status":"failure"},)" + no_tokens) == 0);
  CHECK(results_of(R"("status":"failure")") == 1);
  CHECK(results_of(no_tokens) == 1);
}

TEST_CASE("rows of LiteLLM that are no record are refused with a code", "[ingest]") {
  struct Row {
    std::string text;
    const char* reason;
    const char* named;
  };
  const auto row = GENERATE(values<Row>({
      {"{", "malformed_json", "JSON"},
      {"[]", "malformed_json", "no object"},
      {row_with("") + "}", "malformed_json", "JSON"},
      {"{\"request_id\":\"\xff\"}", "invalid_utf8", "UTF-8"},
      {row_with(R"("request_id":null)"), "missing_field", "request_id"},
      {row_with(R"("startTime":null)"), "missing_field", "startTime"},
      {row_with(R"("model":"")"), "missing_field", "model"},
      {row_with(R"("prompt_tokens":null)"), "missing_field", "prompt_tokens"},
      {row_with(R"("completion_tokens":null)"), "missing_field", "completion_tokens"},
      {row_with(R"("startTime":"today")"), "bad_timestamp", "today"},
      {row_with(R"("prompt_tokens":1.5)"), "wrong_type", "prompt_tokens"},
      {row_with(R"("prompt_tokens":-1)"), "negative_count", "inputTokens"},
      {row_with(R"("prompt_tokens":1000000000001)"), "count_too_large", "inputTokens"},
      {row_with(R"("metadata":{"usage_object":{"cache_read_input_tokens":-5}})"), "negative_count",
       "cachedInputTokens"},
      {row_with(R"("metadata":{"usage_object":{"cache_read_input_tokens":9000000000000000000}})"),
       "count_too_large", ""},
      {row_with(R"("metadata":{"usage_object":7})"), "wrong_type", "usage_object"},
      {row_with(R"("metadata":"{")"), "malformed_json", "metadata"},
      {row_with(R"("metadata":{"usage_object":{"service_tier":"gold"}})"), "bad_service_tier",
       "gold"},
      {row_with(R"("request_tags":[7])"), "wrong_type", "request_tags"},
      {row_with(R"("team_id":7)"), "wrong_type", "team_id"},
  }));
  CAPTURE(row.text);
  const Rejection rejection = test::rejection_of(*json_reader(), row.text);
  CHECK(rejection.reason == row.reason);
  CHECK_THAT(rejection.detail, Catch::Contains(row.named));
}

TEST_CASE("a refused row of LiteLLM says whose it was and of when", "[ingest]") {
  const Rejection rejection =
      test::rejection_of(*json_reader(), row_with(R"("prompt_tokens":null)"));
  CHECK(rejection.record_id == "chatcmpl-1");
  CHECK(rejection.tenant == "team-search");
  CHECK(rejection.at == test::at("2026-10-05T12:00:00.25Z"));
}

TEST_CASE("a CSV export of the table says the same as its rows in JSON", "[ingest]") {
  const std::string header =
      "request_id,call_type,api_key,spend,total_tokens,prompt_tokens,completion_tokens,"
      "startTime,endTime,model,custom_llm_provider,metadata,cache_hit,request_tags,team_id";
  const auto reader = make_litellm_reader({}, {}, "\xef\xbb\xbf" + header + "\r");
  const auto cells = [](const std::string& prompt, const std::string& metadata) {
    return "chatcmpl-1,acompletion," + hashed_key + ",0.00123,1100," + prompt +
           ",100,2026-10-05 12:00:00.25,2026-10-06 00:00:03,gpt-4o-2024-08-06,openai," + metadata +
           R"(,None,"[""team:search""]",team-search)";
  };
  const std::string metadata = R"("{""usage_object"": {""cache_read_input_tokens"": 300}}")";
  const auto records = test::records_of(*reader, cells("1000", metadata));
  REQUIRE(records.size() == 1);
  CHECK(records[0] == record_with(R"("metadata":{"usage_object":{"cache_read_input_tokens":300}},)"
                                  R"("request_tags":["team:search"])"));
  CHECK(test::records_of(*reader, cells("1000", "")).size() == 1);
  CHECK(test::rejection_of(*reader, cells("1e3", "")).reason == "bad_count");
  CHECK(test::rejection_of(*reader, cells("", "")).reason == "missing_field");
  CHECK(test::rejection_of(*reader, cells("1000", "{")).reason == "malformed_json");
  CHECK(test::rejection_of(*reader, "chatcmpl-1,x").reason == "malformed_csv");
  CHECK(test::rejection_of(*reader, "\xff").reason == "invalid_utf8");
  const Rejection rejection = test::rejection_of(*reader, cells("1e3", ""));
  CHECK(rejection.record_id == "chatcmpl-1");
  CHECK(rejection.tenant == "team-search");
}

}  // namespace costd
