// The mechanical part of the house's rules, so that nobody has to argue about it.

#include <catch2/catch.hpp>
#include <functional>
#include <map>

#include "tests/house/source_text.hpp"

namespace costd::test {
namespace {

constexpr std::size_t columns_max = 100;
constexpr std::size_t function_lines_max = 70;
constexpr std::size_t file_lines_max = 450;

const std::filesystem::path& root() {
  static const std::filesystem::path path = COSTD_SOURCE_DIR;
  return path;
}

const std::vector<SourceFile>& sources() {
  static const std::vector<SourceFile> files = read_sources(root());
  return files;
}

/// The folder's arrows: who may include what of the house.
const std::map<std::string, std::set<std::string>> arrows{
    {"ledger", {"ledger"}},
    {"reports", {"reports", "ledger"}},
    {"config", {"config", "ledger"}},
    {"jobs", {"jobs", "reports", "ledger"}},
    {"daemon", {"daemon", "jobs", "reports", "config", "ledger"}},
};

struct Owner {
  const char* header;  ///< how its path begins
  std::set<std::string> folders;
};

/// Third-party headers and the folders that own them. Common to all are the last ones.
const std::vector<Owner> owners{
    {"soci/", {"ledger/store"}},
    {"sqlite3", {"ledger/store"}},
    {"yaml-cpp/", {"config"}},
    {"podofo/", {"reports"}},
    {"xlsxwriter", {"reports"}},
    {"boost/asio", {"daemon"}},
    {"boost/beast", {"daemon"}},
    {"boost/program_options", {"daemon"}},
    {"boost/date_time", {"ledger/time"}},
    {"date/", {"ledger/time"}},
    {"curl/", {"jobs/delivery"}},
    {"kainjow/", {"jobs/delivery"}},
    {"simdjson", {"jobs/ingest"}},
    {"zstd", {"ledger/store", "jobs/ingest"}},
    {"xxh", {"ledger/store", "jobs/ingest"}},
    {"emmintrin", {"ledger/store", "jobs/ingest"}},
    {"zlib", {"jobs/ingest"}},
    {"malloc.h", {"daemon"}},
    {"fmt/", {""}},
    {"spdlog/", {""}},
    {"nlohmann/", {""}},
    {"openssl/", {""}},
};

/// Headers of the C library and the operating system that sources may use.
bool is_system_header(const std::string& header) {
  static const std::set<std::string> names{"unistd.h", "fcntl.h", "signal.h", "stdio.h",
                                           "dirent.h", "poll.h",  "errno.h",  "spawn.h",
                                           "pwd.h",    "grp.h",   "termios.h", "netdb.h"};
  const bool standard = header.find_first_of("./") == std::string::npos;
  return standard || names.contains(header) || header.starts_with("sys/") ||
         header.starts_with("arpa/") || header.starts_with("netinet/") ||
         header.starts_with("linux/");
}

/// Why the folder of `path` must not include the third-party header; "" if it may.
std::string complaint_about_header(const std::string& path, const std::string& header) {
  if (is_system_header(header)) return "";
  for (const Owner& owner : owners) {
    if (!header.starts_with(owner.header)) continue;
    const bool may = std::ranges::any_of(owner.folders, [&](const std::string& folder) {
      return folder.empty() || path.starts_with(folder + "/");
    });
    return may ? "" : "<" + header + "> belongs to " + *owner.folders.begin();
  }
  return "<" + header + "> has no owner; give it a row in tests/house/tidy_test.cpp";
}

/// Why the file must not include that header of the house; "" if it may.
std::string complaint_about_arrow(const std::string& path, const std::string& header) {
  const std::string from = path.substr(0, path.find('/'));
  const std::string to = header.substr(0, header.find('/'));
  if (!arrows.at(from).contains(to)) return from + " must not include " + header;
  const bool to_store = header.starts_with("ledger/store/");
  const bool from_store = path.starts_with("ledger/store/");
  if (to_store && !from_store && (from == "ledger" || from == "reports" || from == "config")) {
    return from + " must not see the database, " + header;
  }
  return "";
}

/// file:line: rule, one a line, for all findings of one rule.
class Findings {
 public:
  void add(const SourceFile& file, std::size_t line, const std::string& rule) {
    text_ += "\n" + file.path + ":" + std::to_string(line) + ": " + rule;
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

/// Complains with `rule` about each line of code that matches.
void find_in_code(const SourceFile& file, const std::regex& pattern, const std::string& rule,
                  Findings& findings) {
  for (std::size_t n = 0; n < file.code.size(); ++n) {
    if (std::regex_search(file.code[n], pattern)) findings.add(file, n + 1, rule);
  }
}

void check(const std::function<void(const SourceFile&, Findings&)>& rule) {
  Findings findings;
  for (const SourceFile& file : sources()) rule(file, findings);
  INFO(findings.text());
  CHECK(findings.text().empty());
}

bool is_code_folder(const SourceFile& file) {
  return arrows.contains(file.folder());
}

/// Files where amounts and prices are computed, by how their names begin.
bool is_money_file(const std::string& path) {
  static const std::regex names(
      "(ledger|ledger/store)/(money|price|rating|rollup|daily|charge|cost|budget)[^/]*"
      "|ledger/(anomaly|usage_totals|token_usage)[^/]*"
      "|jobs/(rollup|chargeback|budget)[^/]*|reports/chargeback_(model|csv|json)[^/]*"
      "|config/price[^/]*");
  return std::regex_match(path, names);
}

}  // namespace

TEST_CASE("the house is read as a whole", "[house]") {
  std::map<std::string, int> files;
  for (const SourceFile& file : sources()) ++files[file.folder()];
  for (const auto& [folder, allowed] : arrows) {
    INFO(folder);
    CHECK(files[folder] > 10);
  }
  CHECK(files["tests"] > 10);
}

TEST_CASE("includes follow the arrows of the house and never turn back", "[house]") {
  check([](const SourceFile& file, Findings& findings) {
    if (!file.is_cpp() || !is_code_folder(file)) return;
    for (const Include& include : includes_of(file.lines)) {
      if (!include.quoted) continue;
      const std::string complaint = complaint_about_arrow(file.path, include.path);
      if (!complaint.empty()) findings.add(file, include.line, complaint);
    }
  });
}

TEST_CASE("quoted includes are paths from the root of headers that exist", "[house]") {
  check([](const SourceFile& file, Findings& findings) {
    if (!file.is_cpp()) return;
    for (const Include& include : includes_of(file.lines)) {
      if (include.quoted && !std::filesystem::exists(root() / include.path)) {
        findings.add(file, include.line, include.path + " is no path from the root");
      }
    }
  });
}

TEST_CASE("third-party headers stay in the folder that owns them", "[house]") {
  check([](const SourceFile& file, Findings& findings) {
    if (!file.is_cpp() || !is_code_folder(file)) return;
    for (const Include& include : includes_of(file.lines)) {
      if (include.quoted) continue;
      const std::string complaint = complaint_about_header(file.path, include.path);
      if (!complaint.empty()) findings.add(file, include.line, complaint);
    }
  });
}

TEST_CASE("SQL stands only in ledger/store", "[house]") {
  // Of a literal's text only the beginning counts: that is where statements begin.
  static const std::regex statement(
      "(R\"[a-z]*\\(|\")\\s*(select\\s|insert\\s+(or|into)\\s|update\\s+\\w+\\s+set\\s|"
      "delete\\s+from\\s|create\\s+(unique\\s+)?(table|index|view|trigger)\\s|alter\\s+table\\s|"
      "drop\\s+(table|index)\\s|pragma\\s|begin\\s+immediate)",
      std::regex::icase);
  check([](const SourceFile& file, Findings& findings) {
    if (!file.is_cpp() || !is_code_folder(file) || file.is_in("ledger/store")) return;
    for (std::size_t n = 0; n < file.lines.size(); ++n) {
      if (std::regex_search(file.lines[n], statement)) {
        findings.add(file, n + 1, "SQL belongs to ledger/store");
      }
    }
  });
}

TEST_CASE("a header begins with pragma once and says what it is for", "[house]") {
  check([](const SourceFile& file, Findings& findings) {
    if (!file.ends_with(".hpp")) return;
    if (file.lines.empty() || file.lines[0] != "#pragma once") {
      findings.add(file, 1, "the first line is #pragma once");
    } else if (file.lines.size() < 2 || !file.lines[1].starts_with("// ")) {
      findings.add(file, 2, "the second line begins a sentence saying what the header is for");
    }
  });
}

TEST_CASE("a source file includes its own header first", "[house]") {
  check([](const SourceFile& file, Findings& findings) {
    if (!file.ends_with(".cpp") || !is_code_folder(file)) return;
    const std::string own = file.path.substr(0, file.path.size() - 3) + "hpp";
    if (!std::filesystem::exists(root() / own)) return;
    const auto includes = includes_of(file.lines);
    if (includes.empty() || includes.front().path != own) {
      findings.add(file, includes.empty() ? 1 : includes.front().line, own + " comes first");
    }
  });
}

TEST_CASE("no line has more than 100 columns", "[house]") {
  check([](const SourceFile& file, Findings& findings) {
    if (!file.is_cpp() && !file.ends_with(".py") && !file.ends_with(".sh") &&
        !file.ends_with("CMakeLists.txt")) {
      return;
    }
    for (std::size_t n = 0; n < file.lines.size(); ++n) {
      const std::size_t width = width_of(file.lines[n]);
      if (width > columns_max) findings.add(file, n + 1, std::to_string(width) + " columns");
    }
  });
}

TEST_CASE("no function has more than 70 lines", "[house]") {
  check([](const SourceFile& file, Findings& findings) {
    if (!file.is_cpp()) return;
    for (const FunctionBody& body : function_bodies(file.text)) {
      if (body.length > function_lines_max) {
        findings.add(file, body.line, "a function of " + std::to_string(body.length) + " lines");
      }
    }
  });
}

TEST_CASE("a file holds one idea in less than 450 lines", "[house]") {
  check([](const SourceFile& file, Findings& findings) {
    if (!file.is_cpp() && !file.ends_with(".py") && !file.ends_with(".sh")) return;
    if (file.lines.size() >= file_lines_max) {
      findings.add(file, file.lines.size(), "look for the second idea in this file");
    }
  });
}

TEST_CASE("only daemon/system_clock.cpp reads the real clock", "[house]") {
  static const std::regex clocks(
      "system_clock\\s*::\\s*now|utc_clock\\s*::\\s*now|\\btime\\s*\\(\\s*(NULL|nullptr|0)\\s*\\)|"
      "\\bgettimeofday\\s*\\(|CLOCK_REALTIME|microsec_clock|second_clock|__DATE__|__TIME__");
  check([](const SourceFile& file, Findings& findings) {
    if (!file.is_cpp() || file.path == "daemon/system_clock.cpp") return;
    find_in_code(file, clocks, "now comes from Clock, once per run", findings);
  });
}

TEST_CASE("no floating point touches money", "[house]") {
  static const std::regex floating(
      "\\b(double|float|strtod|stod|stof|atof|lround|llround)\\b|\\b\\d+\\.\\d|\\b\\d+[eE]-?\\d");
  check([](const SourceFile& file, Findings& findings) {
    if (!file.is_cpp() || !is_money_file(file.path)) return;
    find_in_code(file, floating, "money is Money, in whole picos", findings);
  });
}

TEST_CASE("nothing is left undone in the sources", "[house]") {
  // The words are put together here, so that this file does not find itself.
  static const std::regex undone(std::string("\\b(TO") + "DO|FIX" + "ME|XX" + "X)\\b");
  check([](const SourceFile& file, Findings& findings) {
    for (std::size_t n = 0; n < file.lines.size(); ++n) {
      if (std::regex_search(file.lines[n], undone)) findings.add(file, n + 1, "finish it");
    }
  });
}

TEST_CASE("the top of the house is fixed and every folder says what it is for", "[house]") {
  static const std::set<std::string> fixed{
      "daemon",  "jobs",   "reports",        "templates", "config",  "tests",
      "samples", "ledger", "CMakeLists.txt", "README.md", "LICENSE", "CMakePresets.json"};
  std::string findings;
  for (const auto& entry : std::filesystem::directory_iterator(root())) {
    const std::string name = entry.path().filename().string();
    if (is_no_source(name) || name.starts_with(".")) continue;
    if (!fixed.contains(name)) findings += "\n" + name + ": not one of the fixed names at the top";
  }
  for (const std::string& name : fixed) {
    if (!std::filesystem::exists(root() / name)) findings += "\n" + name + ": is missing";
    if (std::filesystem::is_directory(root() / name) &&
        !std::filesystem::exists(root() / name / "README.md")) {
      findings += "\n" + name + "/README.md: is missing";
    }
  }
  INFO(findings);
  CHECK(findings.empty());
}

TEST_CASE("the rules see what they are made for", "[house]") {
  CHECK(complaint_about_arrow("ledger/money.cpp", "ledger/error.hpp").empty());
  CHECK(complaint_about_arrow("daemon/daemon.cpp", "ledger/store/database.hpp").empty());
  CHECK_FALSE(complaint_about_arrow("ledger/money.cpp", "jobs/job.hpp").empty());
  CHECK_FALSE(complaint_about_arrow("ledger/money.cpp", "ledger/store/database.hpp").empty());
  CHECK_FALSE(complaint_about_arrow("reports/pdf_text.cpp", "config/settings.hpp").empty());
  CHECK_FALSE(complaint_about_arrow("config/settings.cpp", "reports/csv_writer.hpp").empty());
  CHECK_FALSE(complaint_about_arrow("jobs/job.cpp", "config/settings.hpp").empty());
  CHECK_FALSE(complaint_about_arrow("jobs/job.cpp", "daemon/clock.hpp").empty());
  CHECK_FALSE(complaint_about_arrow("daemon/daemon.cpp", "tests/jobs/mail.hpp").empty());

  CHECK(complaint_about_header("ledger/store/database.cpp", "soci/soci.h").empty());
  CHECK(complaint_about_header("jobs/job.cpp", "sys/stat.h").empty());
  CHECK(complaint_about_header("jobs/job.cpp", "vector").empty());
  CHECK_FALSE(complaint_about_header("ledger/money.cpp", "soci/soci.h").empty());
  CHECK_FALSE(complaint_about_header("jobs/job.cpp", "curl/curl.h").empty());
  CHECK_FALSE(complaint_about_header("daemon/daemon.cpp", "never/heard.of").empty());

  CHECK(is_money_file("ledger/money.cpp"));
  CHECK(is_money_file("ledger/price_book.hpp"));
  CHECK_FALSE(is_money_file("reports/pdf_charts.cpp"));
  CHECK(width_of("1–31 Oct 2026") == 13);
}

TEST_CASE("comments and literals are no code", "[house]") {
  const std::string text =
      "int a = 1'000;  // double\n"
      "const char* b = \"double \\\" float\";\n"
      "char c = '\"';  /* float\n"
      "double */ int d = 0;\n"
      "auto e = R\"x(double)\" { )x\";\n";
  CHECK(split_lines(CodeOnly(text).blanked()) ==
        std::vector<std::string>{"int a = 1'000;           ",
                                 "const char* b = \"               \";", "char c = ' ';          ",
                                 "          int d = 0;", "auto e =                )x\";"});
}

TEST_CASE("a function's lines are counted between its braces", "[house]") {
  const std::string text =
      "namespace a {\n"
      "struct B : C {\n"
      "  B(int d) : d_{d} {\n"
      "    one();\n"
      "  }\n"
      "  int d_ = {3};\n"
      "};\n"
      "const std::vector<int> table{\n"
      "    f(1),\n"
      "};\n"
      "#define F() {\n"
      "template <class T>\n"
      "std::vector<T> long_one(const T& a,\n"
      "                        Options b = {}) {\n"
      "  if (a) {\n"
      "    two(\"}\");\n"
      "  }\n"
      "  return [] { return 1; }();\n"
      "}\n"
      "int short_one() { return 1; }\n"
      "}\n";
  std::vector<std::pair<std::size_t, std::size_t>> found;
  for (const FunctionBody& body : function_bodies(text)) found.push_back({body.line, body.length});
  // The constructor, the template; a body on one line is none to count.
  REQUIRE(found.size() == 2);
  CHECK(found[0] == std::pair<std::size_t, std::size_t>{3, 1});
  CHECK(found[1] == std::pair<std::size_t, std::size_t>{14, 4});
}

}  // namespace costd::test
