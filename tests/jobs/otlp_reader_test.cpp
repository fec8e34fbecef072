#include <catch2/catch.hpp>

#include "tests/support/ledger_builders.hpp"
#include "tests/support/padded_line.hpp"

namespace costd {
namespace {

using Json = nlohmann::json;

Json attribute(const std::string& key, const Json& value) {
  return {{"key", key}, {"value", value}};
}
Json text(const std::string& key, const std::string& value) {
  return attribute(key, {{"stringValue", value}});
}
/// A number as OTLP/JSON writes it.
Json count(const std::string& key, std::int64_t value) {
  return attribute(key, {{"intValue", std::to_string(value)}});
}

const Json plain_usage = Json::array(
    {text("gen_ai.operation.name", "chat"), text("gen_ai.provider.name", "openai"),
     text("gen_ai.request.model", "m-large"), text("gen_ai.response.model", "m-large"),
     count("gen_ai.usage.input_tokens", 1000), count("gen_ai.usage.output_tokens", 100)});

Json with(Json attributes, const std::vector<Json>& more) {
  for (const Json& one : more) attributes.push_back(one);
  return attributes;
}

/// The usual attributes without one of them, and with others.
Json usage_without(const std::string& key, const std::vector<Json>& more = {}) {
  Json attributes = Json::array();
  for (const Json& one : plain_usage) {
    if (one["key"] != key) attributes.push_back(one);
  }
  return with(attributes, more);
}

Json a_span(const Json& attributes, const std::string& id = "eee19b7ec3c1b174") {
  // 5 October 2026, 12:00:00.123456 UTC and 789 ns.
  return {{"traceId", "5b8efff798038103d269b633813fc60c"},
          {"spanId", id},
          {"name", "chat"},
          {"kind", 3},
          {"startTimeUnixNano", "1791201599000000000"},
          {"endTimeUnixNano", "1791201600123456789"},
          {"attributes", attributes}};
}

std::string line_of(const Json& spans, const Json& resource = Json::array()) {
  return Json{{"resourceSpans",
               {{{"resource", {{"attributes", resource}}},
                 {"scopeSpans", {{{"scope", {{"name", "openai"}}}, {"spans", spans}}}}}}}}
      .dump();
}

std::unique_ptr<RecordReader> reader(const CsvMapping& mapping = {}) {
  return make_otlp_reader({}, mapping);
}

UsageRecord record_of(const Json& attributes, const Json& resource = Json::array(),
                      const CsvMapping& mapping = {}) {
  const auto records =
      test::records_of(*reader(mapping), line_of(Json::array({a_span(attributes)}), resource));
  REQUIRE(records.size() == 1);
  return records[0];
}

}  // namespace

TEST_CASE("a span of a model call becomes a record booked at its end", "[ingest]") {
  const UsageRecord record = record_of(plain_usage);
  CHECK(record.record_id == "5b8efff798038103d269b633813fc60c:eee19b7ec3c1b174");
  CHECK(record.series ==
        SeriesKey{"unknown", "unknown", "m-large", "openai", ServiceTier::standard, ""});
  CHECK(record.tokens == TokenCounts{1000, 0, 0, 0, 100, 0, 1100});
  CHECK(record.at == test::at("2026-10-05T12:00:00.123456Z"));
  CHECK(record.tags.empty());
  CHECK(record.requests == 1);
}

TEST_CASE("numbers may be numbers, and times, too", "[ingest]") {
  Json span = a_span(usage_without("gen_ai.usage.input_tokens",
                                   {attribute("gen_ai.usage.input_tokens", {{"intValue", 7}})}));
  span["endTimeUnixNano"] = 1791201600123456789;
  const auto records = test::records_of(*reader(), line_of(Json::array({span})));
  CHECK(records.at(0).tokens.input() == 7);
  CHECK(records.at(0).at == test::at("2026-10-05T12:00:00.123456Z"));
}

TEST_CASE("one line may hold many spans of several resources", "[ingest]") {
  const auto part = [](const std::string& service, const Json& spans) {
    return Json{{"resource", {{"attributes", {text("service.name", service)}}}},
                {"scopeSpans", {{{"spans", spans}}}}};
  };
  const Json other = a_span(Json::array({text("http.route", "/")}), "0000000000000009");
  const std::string line =
      Json{{"resourceSpans",
            {part("chatbot", {a_span(plain_usage, "01"), other, a_span(plain_usage, "02")}),
             part("search", Json::array({a_span(plain_usage, "03")})),
             // What collectors before 2022 wrote, and an empty resource.
             {{"instrumentationLibrarySpans", {{{"spans", {a_span(plain_usage, "04")}}}}}}}}}
          .dump();
  std::vector<std::string> tenants;
  for (const UsageRecord& record : test::records_of(*reader(), line)) {
    tenants.push_back(record.series.tenant + " " + record.record_id.substr(33));
  }
  CHECK(tenants == std::vector<std::string>{"chatbot 01", "chatbot 02", "search 03", "unknown 04"});
}

TEST_CASE("spans, metrics and logs without GenAI usage are no records", "[ingest]") {
  const auto results_of = [](const std::string& line) {
    return test::parse_all(*reader(), line).size();
  };
  CHECK(results_of(line_of(Json::array({a_span(Json::array())}))) == 0);
  CHECK(results_of(line_of(
            Json::array({a_span(Json::array({text("gen_ai.request.model", "m-large")}))}))) == 0);
  CHECK(results_of(R"({"resourceSpans":[]})") == 0);
  CHECK(results_of(R"({"resourceMetrics":[]})") == 0);
  CHECK(results_of(R"({"resourceLogs":[]})") == 0);
}

TEST_CASE("agents and tools repeat what their calls used and are left out", "[ingest]") {
  for (const char* operation :
       {"invoke_agent", "create_agent", "invoke_workflow", "execute_tool"}) {
    const Json outer =
        usage_without("gen_ai.operation.name", {text("gen_ai.operation.name", operation)});
    const auto records = test::records_of(
        *reader(), line_of(Json::array({a_span(outer, "01"), a_span(plain_usage, "02")})));
    // 1,000 in once, not twice.
    REQUIRE(records.size() == 1);
    CHECK(records[0].tokens.input() == 1000);
  }
}

TEST_CASE("cached and reasoning tokens are parts under every name they had", "[ingest]") {
  struct Row {
    const char* read;
    const char* write;
    const char* reasoning;
  };
  const auto row = GENERATE(values<Row>({
      {"gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_creation.input_tokens",
       "gen_ai.usage.reasoning.output_tokens"},
      {"gen_ai.usage.cache_read_input_tokens", "gen_ai.usage.cache_creation_input_tokens",
       "gen_ai.usage.reasoning_tokens"},
      {"gen_ai.usage.input_tokens.cached", "gen_ai.usage.input_tokens.cache_write",
       "gen_ai.usage.output_tokens.reasoning"},
      {"gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_write.input_tokens",
       "gen_ai.usage.reasoning.output_tokens"},
  }));
  CAPTURE(row.read, row.write);
  // 1,000 = 300 read + 200 written + 500 uncached.
  CHECK(record_of(with(plain_usage,
                       {count(row.read, 300), count(row.write, 200), count(row.reasoning, 40)}))
            .tokens == TokenCounts{500, 300, 200, 0, 100, 40, 1100});
}

TEST_CASE("older names of input and output are read where the current ones are not", "[ingest]") {
  for (const std::string prefix : {"gen_ai.usage.", "llm.usage."}) {
    const Json older =
        Json::array({text("gen_ai.system", "anthropic"), text("gen_ai.request.model", "m-large"),
                     count(prefix + "prompt_tokens", 10), count(prefix + "completion_tokens", 2)});
    CHECK(record_of(older).tokens == TokenCounts{10, 0, 0, 0, 2, 0, 12});
    CHECK(record_of(older).series.provider == "anthropic");
  }
  CHECK(record_of(with(plain_usage, {count("gen_ai.usage.prompt_tokens", 5)})).tokens.input() ==
        1000);
}

TEST_CASE("embeddings have no output", "[ingest]") {
  Json embeddings = usage_without("gen_ai.usage.output_tokens");
  embeddings[0] = text("gen_ai.operation.name", "embeddings");
  CHECK(record_of(embeddings).tokens == TokenCounts{1000, 0, 0, 0, 0, 0, 1000});
}

TEST_CASE("the model that answered is billed, the one asked for is a tag", "[ingest]") {
  const UsageRecord failed_over = record_of(usage_without(
      "gen_ai.response.model", {text("gen_ai.response.model", "m-small-2026-01-01")}));
  CHECK(failed_over.series.model == "m-small-2026-01-01");
  CHECK(failed_over.tags == R"({"requested_model":"m-large"})");
  CHECK(record_of(usage_without("gen_ai.response.model")).series.model == "m-large");
}

TEST_CASE("the tenant is found on the span, then on its resource", "[ingest]") {
  const Json resource =
      Json::array({text("service.name", "chatbot"), text("service.namespace", "shop")});
  CHECK(record_of(plain_usage, resource).series.tenant == "shop");
  CHECK(record_of(plain_usage, resource).tags == R"({"service":"chatbot"})");
  CHECK(record_of(plain_usage, Json::array({text("service.name", "chatbot")})).series.tenant ==
        "chatbot");
  CHECK(record_of(plain_usage, Json::array({text("service.name", "unknown_service:python")}))
            .series.tenant == "unknown");
  const Json named = with(resource, {text("workspace.id", "w-1")});
  CHECK(record_of(plain_usage, named).series.tenant == "w-1");
  CHECK(record_of(plain_usage, with(named, {text("tenant.id", "t-res")})).series.tenant == "t-res");
  CHECK(record_of(with(plain_usage, {text("workspace.id", "w-own")}), named).series.tenant ==
        "w-own");
  // A person is no tenant.
  CHECK(record_of(with(plain_usage, {text("enduser.id", "jane")})).series.tenant == "unknown");
}

TEST_CASE("a site names the attributes of its tenants and keys", "[ingest]") {
  const CsvMapping mapping{{{"tenantId", "team"}, {"apiKey", "key"}}, {}};
  const UsageRecord record = record_of(with(plain_usage, {text("team", "search")}),
                                       Json::array({text("key", "key_1")}), mapping);
  CHECK(record.series.tenant == "search");
  CHECK(record.series.api_key == "key_1");
  CHECK(record_of(plain_usage, Json::array(), {{}, {{"provider", "azure"}}}).series.provider ==
        "azure");
}

TEST_CASE("the tier that served the call is the record's", "[ingest]") {
  const auto tier_of = [](const std::string& word) {
    return record_of(with(plain_usage, {text("openai.response.service_tier", word)})).series.tier;
  };
  CHECK(tier_of("default") == ServiceTier::standard);
  CHECK(tier_of("flex") == ServiceTier::flex);
  CHECK(tier_of("priority") == ServiceTier::priority);
}

TEST_CASE("spans that are no record are refused with a code", "[ingest]") {
  struct Row {
    Json attributes;
    const char* reason;
    const char* named;
  };
  const std::vector<Row> rows{
      {usage_without("gen_ai.usage.input_tokens"), "missing_field", "gen_ai.usage.input_tokens"},
      {usage_without("gen_ai.usage.output_tokens"), "missing_field", "gen_ai.usage.output_tokens"},
      {Json::array({count("gen_ai.usage.input_tokens", 1)}), "missing_field",
       "gen_ai.response.model"},
      {usage_without("gen_ai.usage.input_tokens",
                     {attribute("gen_ai.usage.input_tokens", {{"doubleValue", 1.5}})}),
       "wrong_type", "gen_ai.usage.input_tokens"},
      {usage_without("gen_ai.usage.input_tokens",
                     {attribute("gen_ai.usage.input_tokens", {{"intValue", "many"}})}),
       "bad_count", "many"},
      {usage_without("gen_ai.usage.input_tokens", {count("gen_ai.usage.input_tokens", -1)}),
       "negative_count", "inputTokens"},
      {with(plain_usage, {count("gen_ai.usage.cache_read.input_tokens", 1001)}),
       "part_exceeds_whole", "cachedInputTokens"},
      {with(plain_usage, {text("openai.response.service_tier", "gold")}), "bad_service_tier",
       "gold"},
      {with(plain_usage, {Json(7)}), "wrong_type", "attributes"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.attributes.dump());
    // The good span beside it is a record all the same.
    const auto parsed = test::parse_all(
        *reader(), line_of(Json::array({a_span(row.attributes, "01"), a_span(plain_usage, "02")})));
    REQUIRE(parsed.size() == 2);
    CHECK(std::get<Rejection>(parsed[0]).reason == row.reason);
    CHECK_THAT(std::get<Rejection>(parsed[0]).detail, Catch::Contains(row.named));
    CHECK(std::holds_alternative<UsageRecord>(parsed[1]));
  }
}

TEST_CASE("a span needs ids and an end", "[ingest]") {
  for (const char* key : {"traceId", "spanId", "endTimeUnixNano"}) {
    Json span = a_span(plain_usage);
    span.erase(key);
    const Rejection rejection = test::rejection_of(*reader(), line_of(Json::array({span})));
    CHECK(rejection.reason == "missing_field");
    CHECK_THAT(rejection.detail, Catch::Contains(key));
  }
  Json span = a_span(plain_usage);
  span["endTimeUnixNano"] = "0";
  CHECK(test::rejection_of(*reader(), line_of(Json::array({span}))).reason == "bad_timestamp");
}

TEST_CASE("lines that are no OTLP/JSON are refused with a code", "[ingest]") {
  struct Row {
    const char* text;
    const char* reason;
  };
  const auto row = GENERATE(values<Row>({
      {"{", "malformed_json"},
      {"[]", "malformed_json"},
      {"{}", "missing_field"},
      {R"({"resourceSpans":{}})", "wrong_type"},
      {R"({"resourceSpans":[7]})", "wrong_type"},
      {R"({"resourceSpans":[{"scopeSpans":[{"spans":[7]}]}]})", "wrong_type"},
      {"{\"resourceSpans\":\"\xff\"}", "invalid_utf8"},
  }));
  CAPTURE(row.text);
  CHECK(test::rejection_of(*reader(), row.text).reason == row.reason);
}

TEST_CASE("a refused span says whose it was and of when", "[ingest]") {
  const auto rejection = test::rejection_of(
      *reader(), line_of(Json::array({a_span(usage_without("gen_ai.usage.output_tokens"))}),
                         Json::array({text("tenant.id", "t-one")})));
  CHECK(rejection.record_id == "5b8efff798038103d269b633813fc60c:eee19b7ec3c1b174");
  CHECK(rejection.tenant == "t-one");
  CHECK(rejection.at == test::at("2026-10-05T12:00:00.123456Z"));
}

}  // namespace costd
