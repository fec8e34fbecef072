#pragma once
// Generated reports: their models, where their files are, and the tombstones of deleted ones.

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ledger/money.hpp"
#include "ledger/time/calendar.hpp"
#include "ledger/time/instant.hpp"

namespace costd {

class Connection;
class UnitOfWork;

struct ReportFile {
  std::string format;     ///< "pdf", "csv", "xlsx"; "access-log.csv" of a population
  std::string path;       ///< absolute
  std::string file_name;  ///< what a download is called
  std::int64_t bytes = 0;
  std::string sha256;
  /// Of the file that was made with the report, where that one is lost and this one, rendered from
  /// the same model, has other bytes; else "".
  std::string replaces_sha256{};
  std::string renderer_version{};  ///< of a file that was rendered again; else ""
  Instant rendered_again_at{};     ///< the epoch = never
  std::string damage{};            ///< why the file cannot be had; "" = all is well
  /// Ed25519 over the file as it was made with the report, hex; "" in reports of an older costd.
  std::string signature{};
};

struct StoredReport {
  std::string id;
  std::string kind = "chargeback";  ///< chargeback | soc2 | hipaa | gdpr
  std::string tenant;               ///< "" = all tenants
  std::string tenant_name;
  DayRange period;
  std::string status;  ///< PRELIMINARY | FINAL
  std::int64_t revision = 1;
  Cents total;
  Instant generated_at;
  std::string generated_by;
  std::string run_id;
  std::string model;  ///< serialised
  std::string model_sha256;
  std::string renderer_version;
  std::string manifest{};            ///< JSON; "" in reports of an older costd
  std::string manifest_signature{};  ///< Ed25519 over it, hex
  std::vector<ReportFile> files;
  Instant deleted_at;  ///< epoch = not deleted
  std::string deleted_by;
  std::string deleted_reason;
  bool is_deleted() const { return to_micros(deleted_at) != 0; }
};

void store_report(UnitOfWork& unit, const StoredReport& report);
/// With its files and model, deleted or not.
std::optional<StoredReport> find_report(Connection& connection, const std::string& id);
/// Newest first, without models; tenant nothing = any, "" = the all-tenants ones. Deleted ones are
/// left out.
std::vector<StoredReport> load_reports(Connection& connection, const std::string& kind,
                                       const std::optional<std::string>& tenant,
                                       std::int64_t limit);
/// A file and the report it belongs to.
struct OwnedReportFile {
  std::string report_id;
  bool is_deleted = false;  ///< the report is
  ReportFile file;
};
/// The files of all reports, those of deleted ones included.
std::vector<OwnedReportFile> load_report_files(Connection& connection);
/// True if a report that is not deleted has this file: those with the same bytes have one together.
bool is_report_file_in_use(Connection& connection, const std::string& path);
/// Everything but the format and the download's name may change.
void update_report_file(UnitOfWork& unit, const std::string& report_id, const ReportFile& file);
/// Files with a damage, of reports that are not deleted.
std::int64_t count_damaged_report_files(Connection& connection);
/// 1 + the highest revision of reports of this kind, tenant and period, deleted ones included.
std::int64_t next_revision(Connection& connection, const std::string& kind,
                           const std::string& tenant, const DayRange& period);
/// The report of the highest revision that is not deleted, without its model; of that status, "" =
/// any.
std::optional<StoredReport> find_latest_report(Connection& connection, const std::string& kind,
                                               const std::string& tenant, const DayRange& period,
                                               const std::string& status);
/// True if the run has stored its report of that kind and status ("" = any) for the tenant already,
/// deleted or not: a run that goes on makes it no second time.
bool has_report_of_run(Connection& connection, const std::string& run_id, const std::string& kind,
                       const std::string& tenant, const std::string& status);
/// The ids of the reports of that kind that the run has stored, deleted or not, in their order.
std::vector<std::string> load_reports_of_run(Connection& connection, const std::string& run_id,
                                             const std::string& kind);
/// Who was sent the report, or is going to be.
std::set<std::string> load_report_recipients(Connection& connection, const std::string& id);
void delete_report(UnitOfWork& unit, const std::string& id, Instant now, const std::string& by,
                   const std::string& reason);

}  // namespace costd
