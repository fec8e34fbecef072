#pragma once
// A temporary folder for configuration files, and what loading one complains about.

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "ledger/error.hpp"

namespace costd {

/// Removed with all it holds at the end of the test.
class ConfigFolder {
 public:
  ConfigFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "costd-config-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder: " + name);
    path_ = name;
  }
  ~ConfigFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ConfigFolder(const ConfigFolder&) = delete;
  ConfigFolder& operator=(const ConfigFolder&) = delete;

  std::string path_of(const std::string& name) const { return (path_ / name).string(); }

  /// Writes the file, with its folders, and returns its path.
  std::string write(const std::string& name, const std::string& text) const {
    const std::filesystem::path file = path_ / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream stream(file, std::ios::binary);
    stream << text;
    if (!stream.flush()) throw std::runtime_error("cannot write " + file.string());
    return file.string();
  }

 private:
  std::filesystem::path path_;
};

inline const std::vector<std::string>& jobs_of_tests() {
  static const std::vector<std::string> jobs{"ingest", "rollup", "close", "chargeback"};
  return jobs;
}

/// What is thrown, with the folder taken off: "costd.yaml:2:1: ...". Another code than config is
/// named in front, and nothing thrown gives "no error".
template <typename Load>
std::string complaint_of(const ConfigFolder& folder, Load load) {
  try {
    load();
  } catch (const Error& error) {
    const std::string prefix = folder.path_of("");
    std::string message = error.what();
    for (auto at = message.find(prefix); at != std::string::npos; at = message.find(prefix)) {
      message.erase(at, prefix.size());
    }
    return (error.code() == ErrorCode::config ? "" : std::string(name_of(error.code())) + ": ") +
           message;
  }
  return "no error";
}

/// Loads the text as costd.yaml of an own folder.
inline std::string complaint_about(const std::string& text) {
  const ConfigFolder folder;
  const std::string file = folder.write("costd.yaml", text);
  return complaint_of(folder, [&] { load_settings(file, jobs_of_tests()); });
}

/// A row of a table of bad files: what stands in the file and the whole complaint.
struct BadFile {
  std::string text;
  std::string complaint;
};

}  // namespace costd
