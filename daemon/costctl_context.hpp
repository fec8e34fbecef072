#pragma once
// What every costctl command gets: where the daemon is, how to print, and its arguments.

#include <iosfwd>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace costd {

/// Keeps the daemon's order of members.
using Json = nlohmann::ordered_json;

enum class OutputFormat { table, json, csv };
enum class Screen { none, terminal };

struct Context {
  std::string socket;
  OutputFormat format = OutputFormat::table;
  std::ostream& out;
  std::ostream& err;
  Screen out_screen = Screen::none;
  Screen err_screen = Screen::none;
};

/// What the user gave: options by name ("tenant"), words by their place in the usage ("JOB").
class Arguments {
 public:
  void add(const std::string& name, std::string value) {
    values_[name].push_back(std::move(value));
  }
  bool has(const std::string& name) const { return values_.count(name) > 0; }
  /// The first value, or "".
  std::string get(const std::string& name) const;
  /// All values, in order.
  std::vector<std::string> all(const std::string& name) const;
  /// The options that were given, with their first value.
  std::map<std::string, std::string> options() const;

 private:
  std::map<std::string, std::vector<std::string>> values_;
};

}  // namespace costd
