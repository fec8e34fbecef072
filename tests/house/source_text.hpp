#pragma once
// The sources as text: the files of the house, their code without comments and literals, and where
// functions begin and end. Made for clang-formatted code, not for all of C++.

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace costd::test {

inline std::vector<std::string> split_lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

/// Characters, not bytes.
inline std::size_t width_of(const std::string& line) {
  return static_cast<std::size_t>(std::ranges::count_if(
      line, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

/// Turns comments and what stands in quotes into blanks; lines and columns stay.
class CodeOnly {
 public:
  explicit CodeOnly(std::string text) : text_(std::move(text)) {}

  std::string blanked() {
    while (at_ < text_.size()) {
      if (starts("//")) {
        blank_until("\n", 0);
      } else if (starts("/*")) {
        blank_until("*/", 2);
      } else if (starts("R\"") && !follows_word()) {
        const std::size_t open = text_.find('(', at_);
        blank_until(")" + text_.substr(at_ + 2, open - at_ - 2) + "\"", 0);
      } else if (text_[at_] == '"' || (text_[at_] == '\'' && !follows_word())) {
        blank_literal();
      } else {
        ++at_;
      }
    }
    return text_;
  }

 private:
  bool starts(const char* prefix) const {
    return text_.compare(at_, std::char_traits<char>::length(prefix), prefix) == 0;
  }
  /// An apostrophe in 1'000 or an R at a name's end begins no literal.
  bool follows_word() const {
    return at_ > 0 && (std::isalnum(static_cast<unsigned char>(text_[at_ - 1])) != 0);
  }
  void blank(std::size_t until) {
    for (; at_ < std::min(until, text_.size()); ++at_) {
      if (text_[at_] != '\n') text_[at_] = ' ';
    }
  }
  void blank_until(const std::string& end, std::size_t also) {
    const std::size_t found = text_.find(end, at_);
    blank(found == std::string::npos ? text_.size() : found + also);
    if (also == 0 && end != "\n") at_ = std::min(at_ + end.size(), text_.size());
  }
  void blank_literal() {
    const char quote = text_[at_++];
    while (at_ < text_.size() && text_[at_] != quote && text_[at_] != '\n') {
      blank(at_ + (text_[at_] == '\\' ? 2 : 1));
    }
    if (at_ < text_.size()) ++at_;
  }

  std::string text_;
  std::size_t at_ = 0;
};

struct FunctionBody {
  std::size_t line = 0;    ///< of the opening brace, 1 for the first
  std::size_t length = 0;  ///< lines between the braces
};

/// Walks over blanked code brace by brace.
class FunctionFinder {
 public:
  std::vector<FunctionBody> find(const std::string& code) {
    for (const char c : code) {
      step(c);
      if (c == '\n') ++line_;
    }
    return std::move(found_);
  }

 private:
  enum class Kind { function, container, values };
  struct Open {
    Kind kind;
    std::size_t line;
    int parens;             ///< brackets that were open around the brace
    std::string statement;  ///< what stood before the brace
  };

  void step(char c) {
    if (c == '{') {
      open_.push_back({kind_of_brace(), line_, parens_, statement_});
      parens_ = 0;
      statement_.clear();
    } else if (c == '}' && !open_.empty()) {
      close();
    } else if (c == ';' && parens_ == 0) {
      statement_.clear();
    } else {
      if (c == '(') ++parens_;
      if (c == ')') --parens_;
      statement_ += c;
    }
  }
  void close() {
    const Open open = open_.back();
    open_.pop_back();
    if (open.kind == Kind::function && line_ > open.line) {
      found_.push_back({open.line, line_ - open.line - 1});
    }
    parens_ = open.parens;
    // After initial values the statement goes on: a constructor's body may follow them.
    statement_ = open.kind == Kind::values ? open.statement + "_" : "";
  }
  bool in_function() const {
    return std::ranges::any_of(open_, [](const Open& open) { return open.kind == Kind::function; });
  }
  /// clang-format puts a blank before the brace of a body and none before one of initial values.
  Kind kind_of_brace() const {
    static const std::regex container(
        "^\\s*((public|private|protected)\\s*:\\s*)?(template\\s*<[^{]*>\\s*)?"
        "(inline\\s+)?(namespace|class|struct|union|enum)\\b");
    if (std::regex_search(statement_, container)) return Kind::container;
    const std::size_t last = statement_.find_last_not_of(" \n");
    const bool after_blank = !statement_.empty() && statement_.back() == ' ';
    if (!after_blank || last == std::string::npos || in_function()) return Kind::values;
    if (statement_[last] == '=' || statement_[last] == ',') return Kind::values;
    return statement_.find(')') == std::string::npos ? Kind::values : Kind::function;
  }

  std::string statement_;
  std::vector<Open> open_;
  std::vector<FunctionBody> found_;
  std::size_t line_ = 1;
  int parens_ = 0;
};

/// Blanked code without preprocessor lines, so that their braces and brackets do not count.
inline std::string without_directives(const std::string& code) {
  std::string result;
  bool continued = false;
  for (const std::string& line : split_lines(code)) {
    const std::size_t first = line.find_first_not_of(' ');
    const bool directive = continued || (first != std::string::npos && line[first] == '#');
    continued = directive && !line.empty() && line.back() == '\\';
    result += (directive ? "" : line) + "\n";
  }
  return result;
}

inline std::vector<FunctionBody> function_bodies(const std::string& text) {
  return FunctionFinder().find(without_directives(CodeOnly(text).blanked()));
}

struct Include {
  std::size_t line = 0;
  bool quoted = false;  ///< "..." rather than <...>
  std::string path;
};

inline std::vector<Include> includes_of(const std::vector<std::string>& lines) {
  static const std::regex form("^\\s*#\\s*include\\s*([<\"])([^>\"]+)[>\"].*");
  std::vector<Include> includes;
  std::smatch match;
  for (std::size_t n = 0; n < lines.size(); ++n) {
    if (std::regex_match(lines[n], match, form)) {
      includes.push_back({n + 1, match[1] == "\"", match[2]});
    }
  }
  return includes;
}

struct SourceFile {
  std::string path;  ///< from the root of the repository
  std::string text;
  std::vector<std::string> lines;
  std::vector<std::string> code;  ///< the lines without comments and literals

  bool ends_with(const std::string& ending) const { return path.ends_with(ending); }
  bool is_cpp() const { return ends_with(".cpp") || ends_with(".hpp"); }
  bool is_in(const std::string& folder) const { return path.starts_with(folder + "/"); }
  std::string folder() const { return path.substr(0, path.find('/')); }
};

inline SourceFile source_file(std::string path, std::string text) {
  auto lines = split_lines(text);
  auto code = split_lines(path.ends_with("pp") ? CodeOnly(text).blanked() : text);
  return {std::move(path), std::move(text), std::move(lines), std::move(code)};
}

/// What git ignores at the top, or git's own.
inline bool is_no_source(const std::string& path) {
  static const std::set<std::string> ignored{".git", "node_modules", "samples/out"};
  return ignored.contains(path) || path == "build" || path.starts_with("build-") ||
         path.ends_with("__pycache__");
}

/// The hand-written files below the root whose names end in one of these.
inline std::vector<SourceFile> read_sources(const std::filesystem::path& root) {
  static const std::set<std::string> endings{".cpp", ".hpp", ".py",   ".sh",
                                             ".txt", ".md",  ".yaml", ".service"};
  std::vector<SourceFile> files;
  using std::filesystem::recursive_directory_iterator;
  for (auto at = recursive_directory_iterator(root); at != recursive_directory_iterator(); ++at) {
    const std::string path = at->path().lexically_relative(root).generic_string();
    if (is_no_source(path) || path == "tests/golden") {
      at.disable_recursion_pending();
    } else if (at->is_regular_file() && endings.contains(at->path().extension().string())) {
      std::ifstream stream(at->path(), std::ios::binary);
      files.push_back(source_file(path, {std::istreambuf_iterator<char>(stream), {}}));
    }
  }
  std::ranges::sort(files, {}, &SourceFile::path);
  return files;
}

}  // namespace costd::test
