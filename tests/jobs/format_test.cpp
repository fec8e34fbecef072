#include "jobs/ingest/format.hpp"

#include <catch2/catch.hpp>

#include "ledger/error.hpp"
#include "tests/support/padded_line.hpp"

namespace costd {
namespace {

const std::string gateway_line =
    R"({"id":"1","tenantId":"t","model":"m","inputTokens":1,"outputTokens":1,)"
    R"("timestamp":"2026-10-05T12:00:00Z","tags":{"request_id":"r","startTime":"x"}})";
const std::string litellm_line =
    R"({"request_id": "r-1", "call_type": "acompletion", "prompt_tokens": 1, "metadata": {}})";
const std::string litellm_header = "request_id,call_type,api_key,spend,total_tokens,prompt_tokens";
const std::string otlp_line = R"({"resourceSpans":[{"resource":{"attributes":[]}}]})";
const std::string openai_page =
    "{\n  \"object\": \"page\",\n  \"data\": [\n    {\n      \"object\": \"bucket\",\n"
    "      \"start_time\": 1790812800,\n      \"end_time\": 1790899200,\n"
    "      \"results\": [ { \"input_tokens\": 1 } ] } ],\n  \"has_more\": false }";
const std::string anthropic_page =
    R"({"data":[{"starting_at":"2026-10-01T00:00:00Z","ending_at":"2026-10-02T00:00:00Z",)"
    R"("results":[{"uncached_input_tokens":1,"output_tokens":1}]}],"has_more":false})";

}  // namespace

TEST_CASE("every format has a name that leads back to it", "[ingest]") {
  for (int n = 0; n < 6; ++n) {
    const auto format = static_cast<RecordFormat>(n);
    CHECK(parse_record_format(name_of(format)) == format);
  }
  CHECK(parse_record_format("auto") == std::nullopt);
  CHECK(parse_record_format("") == std::nullopt);
  CHECK(parse_record_format("CSV") == std::nullopt);
}

TEST_CASE("a file's format is told from its beginning and its name", "[ingest]") {
  struct Row {
    std::string head;
    std::string name;
    RecordFormat format;
  };
  const auto row = GENERATE(values<Row>({
      {gateway_line, "a.jsonl", RecordFormat::jsonl},
      {gateway_line, "a", RecordFormat::jsonl},
      {"\n\n" + gateway_line, "a.json", RecordFormat::jsonl},
      {"", "a.jsonl", RecordFormat::jsonl},
      {"no record, no header", "a.log", RecordFormat::jsonl},
      {"{\"id\":", "a", RecordFormat::jsonl},
      {"[" + litellm_line + "]", "a", RecordFormat::jsonl},
      {"", "a.csv", RecordFormat::csv},
      {"When,In,Out\n1,2,3", "a.csv", RecordFormat::csv},
      {"When,In,Out\n1,2,3", "a.csv.gz", RecordFormat::csv},
      {"When,In,Out\n1,2,3", "a.csv.zst", RecordFormat::csv},
      {"timestamp,model,inputTokens,outputTokens\r\n", "a.txt", RecordFormat::csv},
      {"\xef\xbb\xbftimestamp,model\n", "a", RecordFormat::csv},
      {"When,In,Out\n1,2,3", "a.txt", RecordFormat::jsonl},
      {"model\n", "a.txt", RecordFormat::jsonl},
      {litellm_line, "a.jsonl", RecordFormat::litellm},
      {R"({"startTime":"x","request_id":"r"})", "a", RecordFormat::litellm},
      {R"({"request_id":"r","other":1})", "a", RecordFormat::jsonl},
      {litellm_header + "\nr-1,x", "a.csv", RecordFormat::litellm},
      {litellm_header + "\r\nr-1,x", "spend", RecordFormat::litellm},
      {"\"request_id\",\"startTime\"\n", "a.csv", RecordFormat::litellm},
      {otlp_line, "a.json", RecordFormat::otlp},
      {R"({"resourceMetrics":[]})", "a.json", RecordFormat::otlp},
      {openai_page, "a.json", RecordFormat::openai},
      {R"({"data":[],"has_more":false,"next_page":null,"object":"page"})", "a",
       RecordFormat::openai},
      {anthropic_page, "a.json", RecordFormat::anthropic},
      {R"({"data":[{"starting_at":"x","ending_at":"y","results":[]}],"has_more":false})", "a",
       RecordFormat::anthropic},
      {R"({"data":[],"has_more":false,"next_page":null})", "a", RecordFormat::anthropic},
      // What a text holds is no key.
      {R"({"id":"\"resourceSpans\":","model":"resourceSpans"})", "a", RecordFormat::jsonl},
  }));
  CAPTURE(row.head, row.name);
  CHECK(detect_format(row.head, row.name) == row.format);
}

TEST_CASE("a beginning cut off behind the keys that tell is enough", "[ingest]") {
  struct Row {
    std::string text;
    std::string decisive;  ///< with the colon after it, all that is needed
    RecordFormat format;
  };
  const std::vector<Row> rows{
      {litellm_line, "\"prompt_tokens\":", RecordFormat::litellm},
      {otlp_line, "\"resourceSpans\":", RecordFormat::otlp},
      {openai_page, "\"results\":", RecordFormat::openai},
      {anthropic_page, "\"starting_at\":", RecordFormat::anthropic},
  };
  for (const Row& row : rows) {
    const std::size_t enough = row.text.find(row.decisive) + row.decisive.size();
    for (std::size_t length = 0; length <= row.text.size(); ++length) {
      const RecordFormat wanted = length < enough ? RecordFormat::jsonl : row.format;
      CAPTURE(row.text.substr(0, length));
      CHECK(detect_format(row.text.substr(0, length), "a") == wanted);
    }
  }
}

TEST_CASE("provider pages are framed by documents, and CSV begins with a header", "[ingest]") {
  CHECK(is_document_format(RecordFormat::openai));
  CHECK(is_document_format(RecordFormat::anthropic));
  for (const auto format :
       {RecordFormat::jsonl, RecordFormat::csv, RecordFormat::litellm, RecordFormat::otlp}) {
    CHECK_FALSE(is_document_format(format));
  }
  CHECK(begins_with_header(RecordFormat::csv, ""));
  CHECK(begins_with_header(RecordFormat::litellm, litellm_header));
  CHECK_FALSE(begins_with_header(RecordFormat::litellm, " " + litellm_line));
  CHECK_FALSE(begins_with_header(RecordFormat::litellm, ""));
  CHECK_FALSE(begins_with_header(RecordFormat::jsonl, "a,b"));
}

TEST_CASE("each format gets the reader that reads it", "[ingest]") {
  const auto records = [](RecordFormat format, const std::string& first, const std::string& text) {
    return test::records_of(*make_record_reader(format, {}, {}, first), text).size();
  };
  CHECK(records(RecordFormat::jsonl, gateway_line, gateway_line) == 1);
  CHECK(records(RecordFormat::csv, "timestamp,model,inputTokens,outputTokens",
                "2026-10-05T12:00:00Z,m,1,1") == 1);
  CHECK(records(RecordFormat::otlp, otlp_line, otlp_line) == 0);
  const std::string empty_page = R"({"data":[],"has_more":false})";
  CHECK(records(RecordFormat::openai, "{", empty_page) == 0);
  CHECK(records(RecordFormat::anthropic, "{", empty_page) == 0);
  const std::string failed = R"({"request_id":"r","status":"failure"})";
  CHECK(records(RecordFormat::litellm, failed, failed) == 0);
  CHECK(records(RecordFormat::litellm, "request_id,status", "r,failure") == 0);
  CHECK_THROWS_AS(make_record_reader(RecordFormat::csv, {}, {}, "a,\"b"), Error);
}

}  // namespace costd
