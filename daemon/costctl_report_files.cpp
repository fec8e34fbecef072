#include "daemon/costctl_report_files.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "daemon/costctl_client.hpp"
#include "daemon/costctl_confirm.hpp"
#include "daemon/costctl_files.hpp"
#include "daemon/costctl_text.hpp"

namespace costd {
namespace {

constexpr int exit_refused_here = 4;

/// The name in `attachment; filename="..."`, as a plain file name, or `otherwise`.
std::string offered_name(const ClientReply& reply, const std::string& otherwise) {
  const auto header = reply.headers.find("content-disposition");
  if (header == reply.headers.end()) return otherwise;
  constexpr std::string_view key = "filename=\"";
  const auto begin = header->second.find(key);
  if (begin == std::string::npos) return otherwise;
  const auto end = header->second.find('"', begin + key.size());
  if (end == std::string::npos) return otherwise;
  const auto name = header->second.substr(begin + key.size(), end - begin - key.size());
  const bool plain = !name.empty() && !name.starts_with('.') && printable(name) == name &&
                     name.find('/') == std::string::npos;
  return plain ? name : otherwise;
}

void make_folder(const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    throw Error(ErrorCode::io, fmt::format("cannot make {}: {}", folder, error.message()));
  }
}

/// Takes the files of one report into a folder.
class ReportDownload {
 public:
  ReportDownload(Context& context, const Arguments& arguments, const ReportCommands& commands)
      : context_(context), arguments_(arguments), commands_(commands) {}

  Json run() {
    const auto report = call_json(context_, "GET", path_of_report(arguments_, commands_));
    const auto files = report.value("files", Json::array());
    const auto wanted = arguments_.get("format-file");
    make_folder(arguments_.get("to"));
    bool is_any_signed = false;
    for (const auto& file : files) {
      const std::string format = file.at("format");
      if (!wanted.empty() && wanted != format) continue;
      take(format);
      const bool is_signed = file.value("signed", false);
      is_any_signed = is_any_signed || is_signed;
      if (is_signed) take(format + ".sig");
      if (!is_signed) note_unsigned(file);
    }
    if (written_.empty()) refuse(wanted);
    if (is_any_signed) {
      take("manifest.json");
      take("manifest.json.sig");
    }
    return written_;
  }

 private:
  void take(const std::string& format) {
    const std::string& folder = arguments_.get("to");
    const auto reply = call(context_, "GET",
                            path_of_report(arguments_, commands_) + "/files/" + url_encode(format));
    const auto name =
        offered_name(reply, fmt::format("{}-{}.{}", commands_.name,
                                        file_name_of(arguments_.get("ID")), file_name_of(format)));
    write_file(folder, name, reply.body);
    written_.push_back(Json{{"format", format},
                            {"bytes", reply.body.size()},
                            {"path", (std::filesystem::path(folder) / name).string()}});
  }

  void note_unsigned(const Json& file) {
    const bool is_again = file.contains("replacesSha256");
    context_.err << fmt::format(
        "costctl: the {} file has no signature: {}\n", printable(file.value("format", "")),
        is_again ? "it was rendered again with other bytes than those that were signed"
                 : "the report was made by a costd that did not sign");
  }

  [[noreturn]] void refuse(const std::string& wanted) const {
    throw Error(ErrorCode::not_found,
                wanted.empty()
                    ? fmt::format("report {} has no files; make it again with: costctl {} generate",
                                  arguments_.get("ID"), commands_.name)
                    : fmt::format("report {} has no {} file", arguments_.get("ID"), wanted));
  }

  Context& context_;
  const Arguments& arguments_;
  const ReportCommands& commands_;
  Json written_ = Json::array();
};

}  // namespace

std::string path_of_report(const Arguments& arguments, const ReportCommands& commands) {
  return commands.path + "/" + url_encode(arguments.get("ID"));
}

const TableModel& report_files_model() {
  static const TableModel model{{{"FILE", "/format"},
                                 {"BYTES", "/bytes", CellKind::count},
                                 {"PATH", "/path", CellKind::whole_text},
                                 {"SHA-256", "/sha256", CellKind::whole_text}},
                                "its files were deleted"};
  return model;
}

int download_report_files(Context& context, const Arguments& arguments,
                          const ReportCommands& commands) {
  const Json written = ReportDownload(context, arguments, commands).run();
  print_rows(context, report_files_model(), written, written);
  return 0;
}

int delete_report_files(Context& context, const Arguments& arguments,
                        const ReportCommands& commands) {
  const auto ask = [&] { return "Delete the files of report " + arguments.get("ID") + "?"; };
  if (!is_confirmed(context, arguments, "deleting a report", ask)) {
    context.err << "costctl: nothing was deleted\n";
    return exit_refused_here;
  }
  const auto path =
      with_query(path_of_report(arguments, commands), {{"reason", arguments.get("reason")}});
  const auto answer = call_json(context, "DELETE", path);
  if (context.format == OutputFormat::json) {
    print_json(context, answer);
  } else {
    context.out << fmt::format("the files of report {} are deleted; the fact stays on record\n",
                               arguments.get("ID"));
  }
  return 0;
}

}  // namespace costd
