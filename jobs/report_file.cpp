#include "jobs/report_file.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <filesystem>
#include <future>

#include "jobs/durable_file.hpp"
#include "ledger/audit_event.hpp"
#include "ledger/sha256.hpp"
#include "ledger/store/database.hpp"

namespace costd {

namespace fs = std::filesystem;

std::string report_file_path(const std::string& reports_dir, const ReportFile& file) {
  return fmt::format("{}/{}/{}.{}", reports_dir, file.sha256.substr(0, 2), file.sha256,
                     file.format);
}

void store_report_file(ReportFile& file, const std::string& bytes, const std::string& reports_dir) {
  file.sha256 = sha256_hex(bytes);
  file.bytes = static_cast<std::int64_t>(bytes.size());
  file.path = report_file_path(reports_dir, file);
  write_durable_file(file.path, bytes);
}

void store_report_files(std::vector<ReportFile>& files,
                        const std::map<std::string, std::string>& bytes,
                        const std::string& reports_dir) {
  std::vector<std::future<void>> writes;
  for (ReportFile& file : files) {
    writes.push_back(std::async(
        std::launch::async, [&] { store_report_file(file, bytes.at(file.format), reports_dir); }));
  }
  for (std::future<void>& write : writes) write.get();
}

void store_missing_report_files(std::vector<ReportFile>& files,
                                const std::map<std::string, std::string>& bytes,
                                const std::string& reports_dir) {
  for (ReportFile& file : files) {
    if (!fs::exists(file.path)) store_report_file(file, bytes.at(file.format), reports_dir);
  }
}

void remove_report_files(Database& database, const StoredReport& report) {
  try {
    UnitOfWork unit = database.begin();
    for (const ReportFile& file : report.files) {
      if (is_report_file_in_use(unit, file.path)) continue;
      fs::remove(file.path);
      fs::remove(file.path + std::string(set_aside_suffix));
    }
  } catch (const std::exception& error) {
    spdlog::error("report_files_left report={} error=\"{}\"", report.id, error.what());
  }
}

}  // namespace costd
