#pragma once
// What the report tests use to look into a document: golden files, poppler, the parts of an XLSX,
// and a CSV reader that is not the writer's.

#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

namespace costd::test {

/// A folder that is gone with the test.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "costd-XXXXXX").string();
    const char* made = mkdtemp(pattern.data());
    REQUIRE(made != nullptr);
    path_ = made;
  }
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  std::string write(const std::string& name, const std::string& bytes) const {
    const std::string path = (path_ / name).string();
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }

 private:
  std::filesystem::path path_;
};

struct CommandResult {
  int exit_code = 0;
  std::string output;
};

inline CommandResult run(const std::string& command) {
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  REQUIRE(pipe != nullptr);
  CommandResult result;
  std::string buffer(4096, '\0');
  for (std::size_t got = 0; (got = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
    result.output.append(buffer, 0, got);
  }
  result.exit_code = pclose(pipe);
  return result;
}

/// What a command that takes a file prints about these bytes. It must succeed.
inline std::string about(const std::string& command, const std::string& bytes,
                         const std::string& arguments_after = "") {
  const ScratchFolder folder;
  const CommandResult result =
      run(command + " " + folder.write("document", bytes) + " " + arguments_after);
  INFO(result.output);
  REQUIRE(result.exit_code == 0);
  return result.output;
}

inline std::string pdf_text(const std::string& pdf) {
  return about("pdftotext -layout", pdf, "-");
}

inline void replace_all(std::string& text, const std::string& what, const std::string& with) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size()) {
    text.replace(at, what.size(), with);
  }
}

/// One part of the package, as XML on one line.
inline std::string xlsx_part(const std::string& xlsx, const std::string& part) {
  return about(
      "/usr/bin/python3 -c 'import sys, zipfile; "
      "sys.stdout.buffer.write(zipfile.ZipFile(sys.argv[1]).read(sys.argv[2]))'",
      xlsx, part);
}

inline std::size_t count_of(const std::string& text, const std::string& what) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += what.size()) {
    ++count;
  }
  return count;
}

inline bool contains(const std::string& text, const std::string& what) {
  return text.find(what) != std::string::npos;
}

using CsvRow = std::vector<std::string>;

/// RFC 4180, strictly: CRLF ends a row, quotes inside quotes are doubled.
inline std::vector<CsvRow> read_csv(const std::string& text) {
  std::vector<CsvRow> rows;
  CsvRow row(1);
  bool quoted = false;
  for (std::size_t n = 0; n < text.size(); ++n) {
    const char c = text[n];
    if (quoted) {
      if (c != '"') {
        row.back() += c;
      } else if (n + 1 < text.size() && text[n + 1] == '"') {
        row.back() += '"';
        ++n;
      } else {
        quoted = false;
      }
    } else if (c == '"') {
      quoted = true;
    } else if (c == ',') {
      row.emplace_back();
    } else if (c == '\r') {
      REQUIRE(text.substr(n, 2) == "\r\n");
      ++n;
      rows.push_back(row);
      row.assign(1, "");
    } else {
      REQUIRE(c != '\n');
      row.back() += c;
    }
  }
  REQUIRE_FALSE(quoted);
  REQUIRE(row == CsvRow(1));  // the last row is ended, too
  return rows;
}

/// Compares with tests/golden/NAME, or writes it when COSTD_UPDATE_GOLDEN=1.
inline void check_golden(const std::string& name, const std::string& actual) {
  const std::string path = std::string(COSTD_SOURCE_DIR) + "/tests/golden/" + name;
  const char* update = std::getenv("COSTD_UPDATE_GOLDEN");
  if (update != nullptr && std::string(update) == "1") {
    std::ofstream(path, std::ios::binary) << actual;
    return;
  }
  std::ifstream file(path, std::ios::binary);
  std::stringstream expected;
  expected << file.rdbuf();
  INFO("differs from " << path << "; COSTD_UPDATE_GOLDEN=1 writes it anew, then read the diff");
  std::istringstream expected_lines(expected.str());
  std::istringstream actual_lines(actual);
  std::string expected_line;
  std::string actual_line;
  for (int line = 1; std::getline(expected_lines, expected_line); ++line) {
    INFO("line " << line);
    REQUIRE(std::getline(actual_lines, actual_line));
    REQUIRE(actual_line == expected_line);
  }
  CHECK(actual.size() == expected.str().size());
}

}  // namespace costd::test
