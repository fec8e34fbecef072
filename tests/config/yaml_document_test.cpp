// The plain part of YAML is read with its places; the rest is refused.

#include "config/yaml_document.hpp"

#include <catch2/catch.hpp>

#include "tests/config/config_folder.hpp"

namespace costd {
namespace {

YamlNode root_of(const std::string& text) {
  return parse_yaml(text, "f.yaml", config_yaml_limits).root;
}

std::string complaint_about_yaml(const std::string& text, const YamlLimits& limits) {
  try {
    parse_yaml(text, "f.yaml", limits);
  } catch (const Error& error) {
    REQUIRE(error.code() == ErrorCode::config);
    return error.what();
  }
  return "no error";
}

std::string complaint_about_yaml(const std::string& text) {
  return complaint_about_yaml(text, config_yaml_limits);
}

std::string place_of(const YamlNode& node) {
  return format_place("f.yaml", node.place);
}

}  // namespace

TEST_CASE("a scalar keeps the text it was written with", "[yaml]") {
  const YamlNode root = root_of("a: 2.50\nb: \"2.50\"\nc: 007\nd: >-\n  two\n  lines\n");
  REQUIRE(root.kind == YamlNode::Kind::map);
  REQUIRE(root.entries.size() == 4);
  CHECK(root.entries[0].key == "a");
  CHECK(root.entries[0].value.text == "2.50");
  CHECK_FALSE(root.entries[0].value.quoted);
  CHECK(root.entries[1].value.text == "2.50");
  CHECK(root.entries[1].value.quoted);
  CHECK(root.entries[2].value.text == "007");
  CHECK(root.entries[3].value.text == "two lines");
  CHECK(root.entries[3].value.quoted);
}

TEST_CASE("every node knows its line and column", "[yaml]") {
  const YamlNode root = root_of("a:\n  - b\n  - { c: d, e: [f] }\n");
  CHECK(format_place("f.yaml", root.entries[0].key_place) == "f.yaml:1:1");
  const YamlNode& list = root.entries[0].value;
  CHECK(place_of(list) == "f.yaml:2:3");
  CHECK(place_of(list.items[0]) == "f.yaml:2:5");
  const YamlNode& map = list.items[1];
  CHECK(place_of(map) == "f.yaml:3:5");
  CHECK(format_place("f.yaml", map.entries[0].key_place) == "f.yaml:3:7");
  CHECK(place_of(map.entries[0].value) == "f.yaml:3:10");
  CHECK(place_of(map.entries[1].value.items[0]) == "f.yaml:3:17");
}

TEST_CASE("columns count characters, and line ends of Windows count once", "[yaml]") {
  const YamlNode root = root_of("name: Zürich\r\nb: { é: c }\r\n");
  CHECK(root.entries[0].value.text == "Zürich");
  // b, :, blank, {, blank, é, :, blank, c
  CHECK(place_of(root.entries[1].value.entries[0].value) == "f.yaml:2:9");
  const YamlNode with_mark = root_of(
      "\xEF\xBB\xBF"
      "a: b\n");
  CHECK(place_of(with_mark.entries[0].value) == "f.yaml:1:4");
}

TEST_CASE("a value that is not there has the place of its key", "[yaml]") {
  const YamlNode root = root_of("a:\n\nb: ~\nc: null\nd: [x, ]\ne:\n  -\n  - y\n");
  REQUIRE(root.entries.size() == 5);
  CHECK(root.entries[0].value.kind == YamlNode::Kind::null);
  CHECK(place_of(root.entries[0].value) == "f.yaml:1:1");
  CHECK(place_of(root.entries[1].value) == "f.yaml:3:4");
  CHECK(place_of(root.entries[2].value) == "f.yaml:4:4");
  CHECK(root.entries[3].value.items.size() == 1);
  CHECK(root.entries[4].value.items[0].kind == YamlNode::Kind::null);
  CHECK(place_of(root.entries[4].value.items[0]) == "f.yaml:7:3");
}

TEST_CASE("an empty text has an empty root", "[yaml]") {
  CHECK(root_of("").kind == YamlNode::Kind::null);
  CHECK(root_of("# a comment\n\n").kind == YamlNode::Kind::null);
}

TEST_CASE("what could surprise a reader is refused where it stands", "[yaml]") {
  const std::string alias =
      "aliases are not allowed; write the value out (or quote it, if the '*' is "
      "meant)";
  const std::string anchor =
      "anchors are not allowed; write the value out where it is needed (or "
      "quote it, if the '&' is meant)";
  const std::string tag =
      "tags are not allowed; remove the word after '!' (or quote it, if it is meant)";
  const std::string second =
      "a second document begins here; keep one document in the file, and "
      "indent the lines of a block alike";
  const std::vector<BadFile> rows{
      {"a: &x 1\nb: *x\n", "1:4: " + anchor},
      {"a: b\nc: &x\n  d: e\n", "2:4: " + anchor},
      {"a: *x\n", "1:4: " + alias},
      {"cron: * * * * *\n", "1:7: " + alias},
      {"cron: */5 * * * *\n", "1:7: " + alias},
      {"a: b\nc: & d\n", "2:4: " + anchor},
      {"a: !!str 1\n", "1:4: " + tag},
      {"a: !mine { b: c }\n", "1:4: " + tag},
      {"a:\n  - !!int 5\n", "2:5: " + tag},
      {"<<: { a: b }\n", "1:1: merge keys are not allowed; write the keys out"},
      {"a: 1\nb: 2\na: 3\n", "3:1: key 'a' was given in line 1 already; remove one of the two"},
      {"x: { a: 1, \"a\": 2 }\n",
       "1:12: key 'a' was given in line 1 already; remove one of the two"},
      {"[a]: b\n", "1:1: a key must be a text; write the key as a single word"},
      {"? { a: b }\n: c\n", "1:3: a key must be a text; write the key as a single word"},
      {": a\n", "1:1: a key is empty; write the key before the ':'"},
      {"a: b\n---\nc: d\n", "2:1: " + second},
      {"- a\nb: c\n", "2:1: " + second},
      {"a: \"x\nb: c\n", "1:4: the quote is never closed; add the missing quote"},
      {"a: 'it''s\n", "1:4: the quote is never closed; add the missing quote"},
      {"a: \"x\\\"\n", "1:4: the quote is never closed; add the missing quote"},
      {"a: b\nc: \x01"
       "d\n",
       "2:4: a control character; remove it"},
      {"a: b\rc: d\n", "1:5: a control character; remove it"},
      {std::string("a: \0b\n", 6), "1:4: a control character; remove it"},
      {"a: b\nc: \xFF\n", "2:4: not UTF-8; save the file in UTF-8"},
      {"é: \xC3\n", "1:4: not UTF-8; save the file in UTF-8"},
      {"a: \xED\xA0\x80\n", "1:4: not UTF-8; save the file in UTF-8"},
  };
  for (const BadFile& row : rows) {
    INFO(row.text);
    CHECK_THAT(complaint_about_yaml(row.text), Catch::StartsWith("f.yaml:" + row.complaint));
  }
}

TEST_CASE("wrong syntax is told with its place and where to look", "[yaml]") {
  const std::string remedy =
      "; look here and just before for indentation, a tab, or a missing quote, comma or bracket";
  const std::vector<BadFile> rows{
      {"a: b: c\n", "1:5: not valid YAML (illegal map value)"},
      {"a:\n\tb: c\n", "2:3: not valid YAML (illegal map value)"},
      {"a: @x\n", "1:4: not valid YAML (unknown token)"},
      {"a: }\n", "1:4: not valid YAML (illegal flow end)"},
      {"a: yes\n  b: c\n", "2:4: not valid YAML (illegal map value)"},
  };
  for (const BadFile& row : rows) {
    INFO(row.text);
    CHECK(complaint_about_yaml(row.text) == "f.yaml:" + row.complaint + remedy);
  }
}

TEST_CASE("billion laughs is refused at its first anchor", "[yaml]") {
  std::string text = "a: &a [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n";
  for (char name = 'b'; name <= 'i'; ++name) {
    const std::string before(1, static_cast<char>(name - 1));
    text += std::string(1, name) + ": &" + name + " [";
    for (int n = 0; n < 9; ++n) text += (n == 0 ? "*" : ", *") + before;
    text += "]\n";
  }
  CHECK(complaint_about_yaml(text).starts_with("f.yaml:1:4: anchors are not allowed"));
}

TEST_CASE("sixteen levels are read, seventeen are not", "[yaml]") {
  const auto nested = [](int levels) {
    const auto count = static_cast<std::size_t>(levels);
    return std::string(count, '[') + std::string(count, ']');
  };
  CHECK(complaint_about_yaml(nested(16)) == "no error");
  CHECK(complaint_about_yaml(nested(17)) ==
        "f.yaml:1:17: nested deeper than 16 levels; no setting is that deep, look for brackets "
        "that are not closed");
  // Far deeper than a parser that recurses could follow.
  CHECK_THAT(complaint_about_yaml(nested(100'000)), Catch::StartsWith("f.yaml:1:"));
  CHECK_THAT(complaint_about_yaml(std::string(1'000'000, '[')), Catch::StartsWith("f.yaml:1:"));
}

TEST_CASE("size and number of nodes have limits, both inclusive", "[yaml]") {
  const YamlLimits small{8, 3, 16};
  CHECK(complaint_about_yaml("a: bcdef", small) == "no error");
  CHECK(complaint_about_yaml("a: bcdefg", small) ==
        "f.yaml:1:1: larger than 8 bytes; split the file or shorten it");
  // The list and its entries count.
  CHECK(complaint_about_yaml("[a, b]", small) == "no error");
  CHECK(complaint_about_yaml("[a,b,c]", small) ==
        "f.yaml:1:6: more than 3 values and keys; split the file or shorten it");
}

TEST_CASE("a file larger than its limit is not read to the end", "[yaml]") {
  const ConfigFolder folder;
  const std::string file = folder.write("big.yaml", std::string(2'000'000, '#'));
  CHECK(complaint_of(folder, [&] { load_yaml(file, config_yaml_limits); }) ==
        "big.yaml:1:1: larger than 1048576 bytes; split the file or shorten it");
  const std::string full = folder.write("full.yaml", "a: " + std::string((1 << 20) - 3, 'x'));
  CHECK(load_yaml(full, config_yaml_limits).root.entries.front().value.text.size() ==
        (1 << 20) - 3);
  CHECK(load_yaml(file, price_yaml_limits).root.kind == YamlNode::Kind::null);
}

}  // namespace costd
