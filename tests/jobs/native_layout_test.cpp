#include "jobs/ingest/native_layout.hpp"

#include <catch2/catch.hpp>

#include "tests/support/text_stream.hpp"

namespace costd {
namespace {

const std::string usual =
    R"({"id":"rec-1","tenantId":"t-one","inputTokens":1000,"totalTokens":1100,)"
    R"("cachedInputTokens":7,"estimated":true,"extra":"e"})";

/// Whether the layout of the first line reads the other one, with its end and what follows it.
bool reads(const std::string& learned, const std::string& line, const std::string& end = "\n") {
  const auto layout = NativeLayout::of(learned);
  if (!layout) return false;
  const Chunk chunk = test::chunk_of(line + end + "behind\n");
  UsageFields fields;
  const char* const next = layout->read(chunk.bytes.data(), fields);
  if (next != nullptr) CHECK(next == chunk.bytes.data() + line.size() + end.size());
  return next != nullptr;
}

/// The line with the value of its extra field in place of "e".
std::string with_extra(const std::string& value) {
  std::string line = usual;
  return line.replace(line.find("\"e\""), 3, value);
}

std::string with_id(const std::string& id) {
  std::string line = usual;
  return line.replace(line.find("rec-1"), 5, id);
}

std::string with_count(const std::string& count) {
  std::string line = usual;
  return line.replace(line.find("1000"), 4, count);
}

}  // namespace

TEST_CASE("a line of the same layout is read into the fields it has", "[ingest]") {
  const auto layout = NativeLayout::of(usual);
  REQUIRE(layout);
  const Chunk chunk =
      test::chunk_of(R"({"id":"b","tenantId":"","inputTokens":0,"totalTokens":18,)"
                     R"("cachedInputTokens":9999999,"estimated":false,"extra":null})"
                     "\r\n");
  UsageFields fields;
  fields.model = "left alone";
  fields.output_tokens = 5;
  CHECK(layout->read(chunk.bytes.data(), fields) == chunk.bytes.data() + chunk.length);
  CHECK(fields.id == "b");
  CHECK(fields.tenant_id.empty());
  CHECK(fields.input_tokens == 0);
  CHECK(fields.total_tokens == 18);
  CHECK(fields.cached_input_tokens == 9'999'999);
  CHECK_FALSE(fields.estimated);
  CHECK(fields.model == "left alone");
  CHECK(fields.output_tokens == 5);
}

TEST_CASE("null in a known layout is the same as nothing", "[ingest]") {
  const auto layout = NativeLayout::of(usual);
  const Chunk chunk =
      test::chunk_of(R"({"id":null,"tenantId":null,"inputTokens":null,"totalTokens":null,)"
                     R"("cachedInputTokens":null,"estimated":null,"extra":null})"
                     "\n");
  UsageFields fields;
  fields.id = "x";
  fields.input_tokens = fields.total_tokens = 3;
  fields.cached_input_tokens = 3;
  fields.estimated = true;
  REQUIRE(layout->read(chunk.bytes.data(), fields) != nullptr);
  CHECK(fields.id.empty());
  CHECK_FALSE(fields.input_tokens);
  CHECK_FALSE(fields.total_tokens);
  CHECK(fields.cached_input_tokens == 0);
  CHECK_FALSE(fields.estimated);
}

TEST_CASE("lines that a layout must read", "[ingest]") {
  CHECK(reads(usual, usual));
  CHECK(reads(usual, usual, "\r\n"));
  const auto line =
      GENERATE_COPY(with_extra("\"\""), with_extra("\"with } and { and , and : in it\""),
                    with_extra("7"), with_extra("0"), with_extra("true"), with_extra("false"),
                    with_extra("null"), with_extra("9999999"), with_id(""),
                    with_id("\xc3\xbc\xf0\x9f\x98\x80"), with_id(std::string(100'000, 'i')),
                    with_count("0"), with_count("10"), with_count("9999999"));
  CAPTURE(line.substr(0, 200));
  CHECK(reads(usual, line));
  CHECK(reads(line, usual));
}

TEST_CASE("lines that a layout must leave to the general reader", "[ingest]") {
  struct Row {
    std::string line;
    std::string end = "\n";
  };
  const auto row = GENERATE_COPY(values<Row>({
      {usual, ""},
      {usual, "\r"},
      {usual, "\r\r\n"},
      {usual, " \n"},
      {usual, "x\n"},
      {usual, "}\n"},
      {usual.substr(0, usual.size() - 1)},
      {usual.substr(0, usual.size() - 2)},
      {" " + usual},
      {""},
      {"{}"},
      {with_extra("-1")},
      {with_extra("1.5")},
      {with_extra("1e3")},
      {with_extra("01")},
      {with_count("10000000")},
      {with_extra("[]")},
      {with_extra("{}")},
      {with_extra("tru")},
      {with_extra("truee")},
      {with_extra("nul")},
      {with_extra("False")},
      {with_extra("\"a\\n\"")},
      {with_extra("\"\\\"\"")},
      {with_extra("\"\t\"")},
      {with_extra("\"\x7f\"")},
      {with_extra("\"not closed")},
      {with_extra("")},
      {with_extra("\"a\"\"b\"")},
      {with_id(std::string(1, '\0'))},
      {with_id("\x01")},
      {with_id("a\nb")},
      {with_id("a\\u0041")},
      {with_id("\x7f")},
      {with_count("")},
      {with_count("-1000")},
      {with_count("+1000")},
      {with_count("01000")},
      {with_count("00")},
      {with_count("1000.0")},
      {with_count("1e3")},
      {with_count("\"1000\"")},
      {with_count("true")},
      {with_count("1000000000000000000")},
      {with_count("18446744073709551616")},
      {with_count("99999999999999999999999999999999999999999")},
      {R"({"id":7,"tenantId":"t","inputTokens":1,"totalTokens":1,"cachedInputTokens":7,)"
       R"("estimated":true,"extra":"e"})"},
      {R"({"id":"a","tenantId":true,"inputTokens":1,"totalTokens":1,"cachedInputTokens":7,)"
       R"("estimated":true,"extra":"e"})"},
      {R"({"id":"a","tenantId":"t","inputTokens":1,"totalTokens":1,"cachedInputTokens":7,)"
       R"("estimated":1,"extra":"e"})"},
      {R"({"id":"a","tenantId":"t","inputTokens":1,"totalTokens":1,"cachedInputTokens":7,)"
       R"("estimated":"true","extra":"e"})"},
      {R"({"id":"a" "tenantId":"t","inputTokens":1,"totalTokens":1,"cachedInputTokens":7,)"
       R"("estimated":true,"extra":"e"})"},
      {R"({"id":"a","tenantId":"t","inputTokens":1,"totalTokens":1,"cachedInputTokens":7,)"
       R"("estimated":true,"extra":"e",})"},
      {R"({"id": "a","tenantId":"t","inputTokens":1,"totalTokens":1,"cachedInputTokens":7,)"
       R"("estimated":true,"extra":"e"})"},
      {R"({"iD":"a","tenantId":"t","inputTokens":1,"totalTokens":1,"cachedInputTokens":7,)"
       R"("estimated":true,"extra":"e"})"},
  }));
  CAPTURE(row.line, row.end);
  CHECK_FALSE(reads(usual, row.line, row.end));
}

TEST_CASE("white space is a part of the layout", "[ingest]") {
  const auto line =
      GENERATE(as<std::string>{}, R"({ "id" : "a" , "inputTokens" :	7 })",
               R"(  {"id":"a","inputTokens":7})", R"({"id":"a"	,"inputTokens":7   })");
  CAPTURE(line);
  CHECK(reads(line, line));
  CHECK_FALSE(reads(line, R"({"id":"a","inputTokens":7})"));
  CHECK_FALSE(reads(R"({"id":"a","inputTokens":7})", line));
}

TEST_CASE("lines that have no layout", "[ingest]") {
  const std::string long_key(70, 'k');
  const auto line = GENERATE_COPY(
      as<std::string>{}, "", " ", "[]", "{}", "7", "{", R"({"a")", R"({"a":)", R"({"a":1)",
      R"({"a":1,})", R"({"a":1,"b"})", R"({"a":1 "b":2})", R"({a:1})", R"({"a":1}})", R"({"a":1} )",
      R"({"a":1} x)", R"({"a":1}{"a":1})", R"({"a":"\n"})", R"({"\u0061":1})", R"({"a":{"b":1}})",
      R"({"a":{}})", R"({"a":[]})", R"({"a":[1,2]})", R"({"a":1.5})", R"({"a":1e3})", R"({"a":-1})",
      R"({"a":nul})", R"({"a":truth})", R"({"a":1,"a":2})", R"({"model":"a","b":1,"model":"b"})",
      R"({"tags":{}})", R"({"tags":null})", R"({"tenantId":"a","workspaceId":"a"})",
      R"({"workspaceId":null,"tenantId":null})", "{\"a\":\"\x7f\"}", "{\"a\":\"\x01\"}",
      std::string("{\"a\":\"\0\"}", 9), "{\"" + long_key + "\":1}", "{\"a\":\"open}",
      "{" + std::string(65, ' ') + "\"a\":1}", "{\"a\":1" + std::string(65, ' ') + "}");
  CAPTURE(line);
  CHECK_FALSE(NativeLayout::of(line));
}

TEST_CASE("keys and white space of up to 64 bytes are compared to the last byte", "[ingest]") {
  for (std::size_t length = 1; length <= 58; ++length) {
    // What stands before the value: brace, two quotes and colon make four bytes more.
    const std::string key(length, 'k');
    const std::string line = "{\"" + key + "\":1}";
    CAPTURE(length);
    REQUIRE(reads(line, line));
    for (std::size_t at = 0; at < length; ++at) {
      std::string other = line;
      other[at + 2] = 'K';
      REQUIRE_FALSE(reads(line, other));
    }
    REQUIRE_FALSE(reads(line, "{\"" + key + "k\":1}"));
    REQUIRE_FALSE(reads(line, "{\"" + key.substr(1) + "\":1}"));
  }
  CHECK(NativeLayout::of("{\"" + std::string(60, 'k') + "\":1}"));
  CHECK_FALSE(NativeLayout::of("{\"" + std::string(61, 'k') + "\":1}"));
}

TEST_CASE("a text ends at its quote, wherever that is in a window of sixteen bytes", "[ingest]") {
  const auto layout = NativeLayout::of(R"({"id":"a","model":"b"})");
  REQUIRE(layout);
  for (std::size_t shift = 0; shift < 16; ++shift) {
    for (std::size_t length = 0; length <= 50; ++length) {
      // The shift moves the text against the buffer's own alignment.
      const std::string id(length, 'i');
      const std::string line =
          R"({"id":")" + id + R"(","model":")" + std::string(shift, 'm') + "\"}\n";
      const Chunk chunk = test::chunk_of(std::string(shift, '#') + line);
      UsageFields fields;
      REQUIRE(layout->read(chunk.bytes.data() + shift, fields) ==
              chunk.bytes.data() + shift + line.size());
      REQUIRE(fields.id == id);
      REQUIRE(fields.model.size() == shift);
      for (const char stop : {'\\', '\n', '\0', '\x1f', '\x7f'}) {
        if (length == 0) break;
        Chunk stopped = test::chunk_of(line);
        stopped.bytes[7 + (shift + length / 17 * 16) % length] = stop;
        REQUIRE(layout->read(stopped.bytes.data(), fields) == nullptr);
      }
      for (const char plain : {' ', '\x21', '\x23', '\x5b', '\x5d', '\x7e', '\x80', '\xff'}) {
        if (length == 0) break;
        Chunk read = test::chunk_of(line);
        read.bytes[7 + (shift + length / 17 * 16) % length] = plain;
        REQUIRE(layout->read(read.bytes.data(), fields) != nullptr);
      }
    }
  }
}

TEST_CASE("a line that the buffer ends in is never read beyond it", "[ingest]") {
  const auto layout = NativeLayout::of(usual);
  for (std::size_t length = 0; length <= usual.size(); ++length) {
    const Chunk chunk = test::chunk_of(usual.substr(0, length));
    UsageFields fields;
    REQUIRE(layout->read(chunk.bytes.data(), fields) == nullptr);
  }
}

}  // namespace costd
