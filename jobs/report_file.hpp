#pragma once
// The files of reports: named by their content, and whole before the row that names them is
// written.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/store/report_store.hpp"

namespace costd {

class Database;

/// A damaged file is kept under its name with this at the end.
inline constexpr std::string_view set_aside_suffix = ".damaged";

/// FOLDER/ab/abcd....FORMAT, by the file's SHA-256 and format.
std::string report_file_path(const std::string& reports_dir, const ReportFile& file);

/// The same for all of a report's files at once, by format: waits for the disk together, as each
/// file alone would wait for two writes of its journal.
void store_report_files(std::vector<ReportFile>& files,
                        const std::map<std::string, std::string>& bytes,
                        const std::string& reports_dir);

/// For the end of the unit of work that stores the report: writes those of its files again that
/// were removed meanwhile, with a report that had the same bytes. Later removals see that they are
/// used.
void store_missing_report_files(std::vector<ReportFile>& files,
                                const std::map<std::string, std::string>& bytes,
                                const std::string& reports_dir);

/// Removes the files of a report that is deleted, and what was set aside of them, but for those
/// that another report has, too. Holds the writer, so that no report is stored between the look and
/// the removal. What cannot be removed is logged, and goes at a later start.
void remove_report_files(Database& database, const StoredReport& report);

/// Writes the bytes durably, and fills in path, size and hash of the file, whose format is set.
void store_report_file(ReportFile& file, const std::string& bytes, const std::string& reports_dir);

}  // namespace costd
