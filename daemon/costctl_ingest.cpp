// `ingest FILE...`: the files go through the spool, like the gateway's own.

#include <fmt/format.h>

#include <filesystem>
#include <set>

#include "daemon/costctl_client.hpp"
#include "daemon/costctl_files.hpp"
#include "daemon/costctl_handlers.hpp"
#include "daemon/costctl_runs.hpp"

namespace costd {
namespace {

/// The spool folder of the named source, or of the first one of usage records.
std::string spool_of(const Context& context, const std::string& name) {
  const auto sources = call_json(context, "GET", "/sources");
  for (const auto& source : sources) {
    const bool is_wanted =
        name.empty() ? source.value("type", "spool") == "spool" : source.value("name", "") == name;
    if (is_wanted) return source.at("path");
  }
  throw Error(ErrorCode::usage, name.empty()
                                    ? "the configuration has no source; add one under sources:"
                                    : fmt::format("the configuration has no source \"{}\"", name));
}

/// Checks all before any is copied, so that a typing error leaves nothing half-done.
void check_files(const std::vector<std::string>& files) {
  std::set<std::string> names;
  for (const auto& file : files) {
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(file, ignored)) {
      throw Error(ErrorCode::usage, fmt::format("{} is no file; nothing was copied", file));
    }
    if (!names.insert(file_name_of(file)).second) {
      throw Error(ErrorCode::usage, fmt::format("two files are named {}; give them in two commands",
                                                file_name_of(file)));
    }
  }
}

}  // namespace

int ingest_files(Context& context, const Arguments& arguments) {
  const auto files = arguments.all("FILE");
  check_files(files);
  const auto spool = spool_of(context, arguments.get("source"));
  for (const auto& file : files) copy_file_into(file, spool, file_name_of(file));
  const Json body{{"job", "ingest"}};
  return follow_run(context, call_json(context, "POST", "/runs", body.dump()));
}

}  // namespace costd
