#include <catch2/catch.hpp>
#include <set>

#include "tests/support/ledger_builders.hpp"
#include "tests/support/padded_line.hpp"

namespace costd {
namespace {

// 1 October 2026, 00:00 UTC, and the day after.
const std::string bucket_times = R"("start_time":1790812800,"end_time":1790899200)";

/// A result as the API gives it for group_by project, key, model and batch; later members win.
std::string result_with(const std::string& changes) {
  nlohmann::json result = nlohmann::json::parse(
      R"({"object":"organization.usage.completions.result","input_tokens":5000,)"
      R"("output_tokens":1000,"input_cached_tokens":4000,"input_audio_tokens":0,)"
      R"("output_audio_tokens":0,"num_model_requests":5,"project_id":"proj_abc",)"
      R"("user_id":null,"api_key_id":"key_abc","model":"gpt-4o-mini-2024-07-18",)"
      R"("batch":false,"service_tier":null})");
  result.update(nlohmann::json::parse("{" + changes + "}"));
  return result.dump();
}

std::string bucket_of(const std::string& results, const std::string& times = bucket_times) {
  return R"({"object":"bucket",)" + times + R"(,"results":[)" + results + "]}";
}
std::string page_of(const std::string& buckets) {
  return R"({"object":"page","data":[)" + buckets + R"(],"has_more":false,"next_page":null})";
}

std::unique_ptr<RecordReader> reader(const CsvMapping& mapping = {}) {
  return make_openai_reader({}, mapping);
}

UsageRecord record_with(const std::string& changes, const CsvMapping& mapping = {}) {
  const auto records = test::records_of(*reader(mapping), page_of(bucket_of(result_with(changes))));
  REQUIRE(records.size() == 1);
  return records[0];
}

Rejection rejection_with(const std::string& changes) {
  return test::rejection_of(*reader(), page_of(bucket_of(result_with(changes))));
}

}  // namespace

TEST_CASE("a result of OpenAI's usage is a sum over calls at its bucket's start", "[ingest]") {
  const UsageRecord record = record_with("");
  CHECK(record.series == SeriesKey{"proj_abc", "key_abc", "gpt-4o-mini-2024-07-18", "openai",
                                   ServiceTier::standard, ""});
  // 5,000 in with 4,000 cached: 1,000 uncached.
  CHECK(record.tokens == TokenCounts{1000, 4000, 0, 0, 1000, 0, 6000});
  CHECK(record.requests == 5);
  CHECK(record.at == test::at("2026-10-01T00:00:00Z"));
  CHECK(record.tags.empty());
  CHECK(record.record_id.size() == 36);
}

TEST_CASE("tokens written to the cache are parts of OpenAI's input, too", "[ingest]") {
  CHECK(record_with(R"("input_cache_write_tokens":600)").tokens ==
        TokenCounts{400, 4000, 600, 0, 1000, 0, 6000});
}

TEST_CASE("the size of a sum makes no long context", "[ingest]") {
  const std::string large = R"("input_tokens":900000)";
  CHECK(band_of(record_with(large)) == ContextBand{0});
  // A single call is as long as its result.
  CHECK(band_of(record_with(large + R"(,"num_model_requests":1)")) == band_of(900'000));
}

TEST_CASE("batch jobs and service tiers are kept apart", "[ingest]") {
  CHECK(record_with(R"("batch":true)").series.tier == ServiceTier::batch);
  CHECK(record_with(R"("batch":true,"service_tier":"default")").series.tier == ServiceTier::batch);
  CHECK(record_with(R"("service_tier":"default")").series.tier == ServiceTier::standard);
  CHECK(record_with(R"("service_tier":"flex")").series.tier == ServiceTier::flex);
  CHECK(record_with(R"("service_tier":"priority")").series.tier == ServiceTier::priority);
  CHECK(rejection_with(R"("service_tier":"scale")").reason == "bad_service_tier");
}

TEST_CASE("a site says what OpenAI's tenants are", "[ingest]") {
  const std::string user = R"("user_id":"user-1")";
  CHECK(record_with(user).tags == R"({"user_id":"user-1"})");
  CHECK(record_with(user, {{{"tenantId", "user_id"}}, {}}).series.tenant == "user-1");
  CHECK(record_with(user, {{}, {{"tenantId", "us"}}}).series.tenant == "us");
  CHECK(record_with(R"("project_id":null,"api_key_id":null)").series.tenant == "unknown");
  CHECK(record_with(R"("project_id":null,"api_key_id":null)").series.api_key == "unknown");
}

TEST_CASE("a group of a bucket has one id in all downloads, every other group another",
          "[ingest]") {
  const std::string id = record_with("").record_id;
  CHECK(record_with(R"("input_tokens":9000,"num_model_requests":9)").record_id == id);
  CHECK(record_with(R"("service_tier":null,"new_member":"x")").record_id == id);
  std::set<std::string> ids{id};
  for (const char* change :
       {R"("project_id":null)", R"("project_id":"key_abc","api_key_id":"proj_abc")",
        R"("api_key_id":"key_b")", R"("user_id":"u")", R"("model":"gpt-4o")", R"("batch":true)",
        R"("batch":null)", R"("service_tier":"default")"}) {
    ids.insert(record_with(change).record_id);
  }
  for (const char* times : {R"("start_time":1790812800,"end_time":1790816400)",
                            R"("start_time":1790816400,"end_time":1790899200)"}) {
    const auto page = page_of(bucket_of(result_with(""), times));
    ids.insert(test::records_of(*reader(), page).at(0).record_id);
  }
  CHECK(ids.size() == 11);
}

TEST_CASE("a page has many buckets and results, and empty ones give nothing", "[ingest]") {
  const std::string idle =
      result_with(R"("input_tokens":0,"output_tokens":0,"input_cached_tokens":0,)"
                  R"("num_model_requests":0)");
  const std::string two = result_with("") + "," + result_with(R"("model":"gpt-4o")");
  const std::string page =
      page_of(bucket_of("") + "," + bucket_of(two) + "," + bucket_of(idle) + "," +
              bucket_of(result_with(""), R"("start_time":1790899200,"end_time":1790985600)"));
  std::vector<std::string> found;
  for (const UsageRecord& record : test::records_of(*reader(), page)) {
    found.push_back(format_instant(record.at) + " " + record.series.model);
  }
  CHECK(found == std::vector<std::string>{"2026-10-01T00:00:00Z gpt-4o-mini-2024-07-18",
                                          "2026-10-01T00:00:00Z gpt-4o",
                                          "2026-10-02T00:00:00Z gpt-4o-mini-2024-07-18"});
  CHECK(test::records_of(*reader(), page_of("")).empty());
}

TEST_CASE("a page printed over many lines is the same page", "[ingest]") {
  const std::string page = page_of(bucket_of(result_with("")));
  const std::string pretty = nlohmann::json::parse(page).dump(4);
  CHECK(test::records_of(*reader(), "\n" + pretty + "\n") == test::records_of(*reader(), page));
}

TEST_CASE("embeddings have input only, other usage has no tokens", "[ingest]") {
  CHECK(record_with(R"("object":"organization.usage.embeddings.result","output_tokens":null)")
            .tokens.output == 0);
  CHECK(record_with(R"("object":null)").requests == 5);
  const Rejection rejection = rejection_with(R"("object":"organization.costs.result")");
  CHECK(rejection.reason == "not_token_usage");
  CHECK_THAT(rejection.detail, Catch::Contains("organization.costs.result"));
}

TEST_CASE("results of OpenAI that are no record are refused with a code", "[ingest]") {
  struct Row {
    const char* changes;
    const char* reason;
    const char* named;
  };
  const auto row = GENERATE(values<Row>({
      {R"("model":null)", "missing_field", "group_by=model"},
      {R"("input_tokens":null)", "missing_field", "input_tokens"},
      {R"("output_tokens":null)", "missing_field", "output_tokens"},
      {R"("num_model_requests":null)", "missing_field", "num_model_requests"},
      {R"("num_model_requests":0)", "no_request", "requests"},
      {R"("num_model_requests":-1)", "negative_count", "requests"},
      {R"("input_tokens":-1)", "negative_count", "inputTokens"},
      {R"("input_cached_tokens":5001)", "part_exceeds_whole", "5001"},
      {R"("batch":"yes")", "wrong_type", "batch"},
      {R"("model":7)", "wrong_type", "model"},
  }));
  CAPTURE(row.changes);
  const Rejection rejection = rejection_with(row.changes);
  CHECK(rejection.reason == row.reason);
  CHECK_THAT(rejection.detail, Catch::Contains(row.named));
  CHECK(rejection.tenant == "proj_abc");
  CHECK(rejection.at == test::at("2026-10-01T00:00:00Z"));
}

TEST_CASE("a bad result does not keep the others of its page out", "[ingest]") {
  const auto parsed = test::parse_all(
      *reader(), page_of(bucket_of(result_with(R"("model":null)") + "," + result_with(""))));
  REQUIRE(parsed.size() == 2);
  CHECK(std::holds_alternative<Rejection>(parsed[0]));
  CHECK(std::holds_alternative<UsageRecord>(parsed[1]));
}

TEST_CASE("documents that are no page are refused with a code", "[ingest]") {
  struct Row {
    std::string text;
    const char* reason;
  };
  const auto row = GENERATE(values<Row>({
      {"{", "malformed_json"},
      {"{}", "missing_field"},
      {R"({"data":7})", "wrong_type"},
      {R"({"data":[7]})", "wrong_type"},
      {R"({"data":[{"start_time":1,"end_time":2}]})", "missing_field"},
      {page_of(bucket_of(result_with(""), R"("end_time":1790899200)")), "missing_field"},
      {page_of(bucket_of(result_with(""), R"("start_time":1790812800)")), "missing_field"},
      {page_of(bucket_of(result_with(""), R"("start_time":9000000000000000000,"end_time":1)")),
       "bad_timestamp"},
  }));
  CAPTURE(row.text);
  CHECK(test::rejection_of(*reader(), row.text).reason == row.reason);
}

}  // namespace costd
