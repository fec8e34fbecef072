// Mustache leaves out what nobody set, so a misspelt name in a page of the console is a hole that
// no message tells of.

#include <catch2/catch.hpp>

#include "tests/house/source_text.hpp"

namespace costd::test {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// Every match's first group.
std::set<std::string> matches(const std::string& text, const char* pattern) {
  const std::regex expression(pattern);
  std::set<std::string> found;
  for (std::sregex_iterator at(text.begin(), text.end(), expression); at != std::sregex_iterator();
       ++at) {
    found.insert((*at)[1]);
  }
  return found;
}

std::set<std::string> names_in_template(const std::string& text) {
  return matches(text, R"(\{\{[#^/&{]?\s*([A-Za-z_][A-Za-z_0-9]*)\s*\}\})");
}

std::set<std::string> words_in_code(const std::string& text) {
  return matches(text, R"re("([A-Za-z_][A-Za-z_0-9]*)")re");
}

}  // namespace

TEST_CASE("every name in a page of the console is a word of the daemon's code", "[house]") {
  const fs::path root = COSTD_SOURCE_DIR;
  std::set<std::string> words;
  for (const auto& entry : fs::recursive_directory_iterator(root / "daemon")) {
    if (entry.path().extension() == ".cpp") words.merge(words_in_code(text_of(entry.path())));
  }
  std::size_t names = 0;
  for (const auto& entry : fs::directory_iterator(root / "templates" / "console")) {
    if (entry.path().extension() != ".html") continue;
    for (const std::string& name : names_in_template(text_of(entry.path()))) {
      INFO(entry.path().filename() << ": {{" << name << "}}");
      CHECK(words.contains(name));
      ++names;
    }
  }
  CHECK(names > 100);
}

TEST_CASE("names are found in each kind of tag, and partials are none", "[house]") {
  CHECK(names_in_template("{{#a}}{{b}}{{/a}}{{^c}}{{{d}}}{{&e}}{{> part}}{{.}}") ==
        std::set<std::string>{"a", "b", "c", "d", "e"});
  CHECK(words_in_code(R"(values["total"] = {{"of", 1}, {"not this", "x.y"}};)") ==
        std::set<std::string>{"total", "of"});
}

}  // namespace costd::test
