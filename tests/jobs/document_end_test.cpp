#include "jobs/ingest/document_end.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

namespace costd {

TEST_CASE("a document ends behind its last brace", "[ingest]") {
  struct Row {
    std::string text;
    std::size_t end;
  };
  const auto row = GENERATE(values<Row>({
      {"{}", 2},
      {"[]", 2},
      {"{}{}", 2},
      {"  \n{}\n", 5},
      {R"({"a":[1,{"b":2}]} {"next":1})", 17},
      {R"({"a":"}"}{)", 9},
      {R"({"a":"\"}"}{)", 11},
      {R"({"a":"\\"}")", 10},
      {R"({"a":"[{"})", 10},
      {"noise {}", 8},
      // Not well-formed, which is for the parser to say; nothing is lost meanwhile.
      {"{]", 2},
  }));
  CAPTURE(row.text);
  CHECK(document_end(row.text) == row.end);
}

TEST_CASE("a document that goes on has no end yet", "[ingest]") {
  for (const char* text :
       {"", " \n", "noise", "}", "{", R"({"a":[}")", R"({"a":"})", R"({"a":"\"})", R"({"a":"\)"}) {
    CAPTURE(text);
    CHECK(document_end(text) == 0);
  }
}

TEST_CASE("no byte of a stream is in none of its documents", "[ingest]") {
  const std::string stream = "{\n \"a\": 1\n}\n{\"b\":\"{\"}\n[3]";
  std::vector<std::string> documents;
  std::string_view rest = stream;
  while (const std::size_t end = document_end(rest)) {
    documents.emplace_back(rest.substr(0, end));
    rest.remove_prefix(end);
  }
  CHECK(documents == std::vector<std::string>{"{\n \"a\": 1\n}", "\n{\"b\":\"{\"}", "\n[3]"});
  CHECK(rest.empty());
}

TEST_CASE("a document cut off anywhere never ends early", "[ingest]") {
  const std::string text = R"({"a":"b\"}{","c":[{"d":"\\"},{}],"e":{"f":"]"}})";
  REQUIRE(document_end(text) == text.size());
  for (std::size_t length = 0; length < text.size(); ++length) {
    CHECK(document_end(std::string_view(text).substr(0, length)) == 0);
  }
}

}  // namespace costd
