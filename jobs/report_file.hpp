#pragma once
// The files of reports: named by their content, and whole before the row that names them is
// written.

#include <map>
#include <string>
#include <vector>

#include "ledger/store/report_store.hpp"

namespace costd {

/// FOLDER/ab/abcd....FORMAT, by the file's SHA-256 and format.
std::string report_file_path(const std::string& reports_dir, const ReportFile& file);

/// The same for all of a report's files at once, by format: waits for the disk together, as each
/// file alone would wait for two writes of its journal.
void store_report_files(std::vector<ReportFile>& files,
                        const std::map<std::string, std::string>& bytes,
                        const std::string& reports_dir);

/// Writes the bytes durably, and fills in path, size and hash of the file, whose format is set.
void store_report_file(ReportFile& file, const std::string& bytes, const std::string& reports_dir);

}  // namespace costd
