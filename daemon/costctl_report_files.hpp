#pragma once
// What the commands of all families of reports have in common: their files, and their deletion.

#include <string>

#include "daemon/costctl_context.hpp"
#include "daemon/costctl_table.hpp"

namespace costd {

struct ReportCommands {
  std::string name;  ///< the first word: "chargeback"
  std::string path;  ///< "/chargeback-reports"
};

/// The path of the report in the argument ID.
std::string path_of_report(const Arguments& arguments, const ReportCommands& commands);

/// Columns of a report's files.
const TableModel& report_files_model();

/// Writes the files into the folder in --to (one of them with --format-file), each with its
/// signature, and the report's manifest with its own. What is not signed is said.
int download_report_files(Context& context, const Arguments& arguments,
                          const ReportCommands& commands);

/// Deletes with --reason, after a question on a terminal, and with --yes elsewhere.
int delete_report_files(Context& context, const Arguments& arguments,
                        const ReportCommands& commands);

}  // namespace costd
