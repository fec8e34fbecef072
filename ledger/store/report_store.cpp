#include "ledger/store/report_store.hpp"

#include "ledger/store/connection.hpp"
#include "ledger/store/database.hpp"

namespace costd {
namespace {

constexpr const char* insert_report =
    "insert into report(id, kind, tenant, tenant_name, from_day, to_day, status, revision,"
    " total_usd, generated_at, generated_by, run_id, model, model_sha256, renderer_version,"
    " manifest, manifest_signature, deleted_at, deleted_by, deleted_reason) values (:id, :kind,"
    " :tenant, :name, :from, :to, :status, :revision, :total, :at, :by, :run, :model, :sha,"
    " :renderer, :manifest, :signature, 0, '', '')";

constexpr const char* insert_report_file =
    "insert into report_file(report_id, format, path, file_name, byte_count, sha256, signature)"
    " values (:report, :format, :path, :name, :bytes, :sha, :signature)";

const std::string select_report_files =
    "select report_id, f.format, f.path, f.file_name, f.byte_count, f.sha256, f.replaces_sha256,"
    " f.renderer_version, f.rendered_again_at, f.damage, f.signature, r.deleted_at"
    " from report_file f"
    " join report r on r.id = f.report_id ";

constexpr const char* update_file_row =
    "update report_file set path = :path, byte_count = :bytes, sha256 = :sha,"
    " replaces_sha256 = :replaces, renderer_version = :renderer, rendered_again_at = :again,"
    " damage = :damage, signature = :signature where report_id = :report and format = :format";

const std::string select_report =
    "select id, kind, tenant, tenant_name, from_day, to_day, status, revision, total_usd,"
    " generated_at, generated_by, run_id, model_sha256, renderer_version, deleted_at, deleted_by,"
    " deleted_reason from report ";

/// Files of one query; `bind` adds the values of its where clause.
template <typename Bind>
std::vector<OwnedReportFile> load_files(Connection& connection, const std::string& clause,
                                        Bind bind) {
  OwnedReportFile owned;
  ReportFile& file = owned.file;
  std::int64_t again = 0;
  std::int64_t deleted = 0;
  soci::statement statement(connection.sql);
  for (std::string* text : {&owned.report_id, &file.format, &file.path, &file.file_name}) {
    statement.exchange(soci::into(*text));
  }
  statement.exchange(soci::into(file.bytes));
  for (std::string* text : {&file.sha256, &file.replaces_sha256, &file.renderer_version}) {
    statement.exchange(soci::into(*text));
  }
  statement.exchange(soci::into(again));
  statement.exchange(soci::into(file.damage));
  statement.exchange(soci::into(file.signature));
  statement.exchange(soci::into(deleted));
  bind(statement);
  statement.alloc();
  statement.prepare(select_report_files + clause);
  statement.define_and_bind();
  std::vector<OwnedReportFile> files;
  for_each_row(statement, [&] {
    file.rendered_again_at = from_micros(again);
    owned.is_deleted = deleted != 0;
    files.push_back(owned);
  });
  return files;
}

std::vector<ReportFile> load_files_of(Connection& connection, const std::string& id) {
  std::vector<ReportFile> files;
  for (OwnedReportFile& owned :
       load_files(connection, "where report_id = :id order by f.format",
                  [&](soci::statement& statement) { statement.exchange(soci::use(id)); })) {
    files.push_back(std::move(owned.file));
  }
  return files;
}

/// Reports of one query; `bind` adds the values of its where clause.
template <typename Bind>
std::vector<StoredReport> read_reports(Connection& connection, const std::string& clause,
                                       Bind bind) {
  StoredReport report;
  std::int64_t from = 0;
  std::int64_t to = 0;
  std::string total;
  std::int64_t generated = 0;
  std::int64_t deleted = 0;
  soci::statement statement(connection.sql);
  statement.exchange(soci::into(report.id));
  statement.exchange(soci::into(report.kind));
  statement.exchange(soci::into(report.tenant));
  statement.exchange(soci::into(report.tenant_name));
  statement.exchange(soci::into(from));
  statement.exchange(soci::into(to));
  statement.exchange(soci::into(report.status));
  statement.exchange(soci::into(report.revision));
  statement.exchange(soci::into(total));
  statement.exchange(soci::into(generated));
  statement.exchange(soci::into(report.generated_by));
  statement.exchange(soci::into(report.run_id));
  statement.exchange(soci::into(report.model_sha256));
  statement.exchange(soci::into(report.renderer_version));
  statement.exchange(soci::into(deleted));
  statement.exchange(soci::into(report.deleted_by));
  statement.exchange(soci::into(report.deleted_reason));
  bind(statement);
  statement.alloc();
  statement.prepare(select_report + clause);
  statement.define_and_bind();
  std::vector<StoredReport> reports;
  for_each_row(statement, [&] {
    report.period = {from_day_number(static_cast<int>(from)),
                     from_day_number(static_cast<int>(to))};
    report.total = round_to_cents(parse_money(total));
    report.generated_at = from_micros(generated);
    report.deleted_at = from_micros(deleted);
    reports.push_back(report);
  });
  for (StoredReport& loaded : reports) loaded.files = load_files_of(connection, loaded.id);
  return reports;
}

}  // namespace

void store_report(UnitOfWork& unit, const StoredReport& report) {
  soci::session& sql = static_cast<Connection&>(unit).sql;
  const std::int64_t from = to_day_number(report.period.from);
  const std::int64_t to = to_day_number(report.period.to);
  const std::string total = format_exact(to_money(report.total));
  const std::int64_t generated = to_micros(report.generated_at);
  sql << insert_report, soci::use(report.id), soci::use(report.kind), soci::use(report.tenant),
      soci::use(report.tenant_name), soci::use(from), soci::use(to), soci::use(report.status),
      soci::use(report.revision), soci::use(total), soci::use(generated),
      soci::use(report.generated_by), soci::use(report.run_id), soci::use(report.model),
      soci::use(report.model_sha256), soci::use(report.renderer_version),
      soci::use(report.manifest), soci::use(report.manifest_signature);
  for (const ReportFile& file : report.files) {
    sql << insert_report_file, soci::use(report.id), soci::use(file.format), soci::use(file.path),
        soci::use(file.file_name), soci::use(file.bytes), soci::use(file.sha256),
        soci::use(file.signature);
  }
}

std::optional<StoredReport> find_report(Connection& connection, const std::string& id) {
  auto reports = read_reports(connection, "where id = :id", [&](soci::statement& statement) {
    statement.exchange(soci::use(id));
  });
  if (reports.empty()) return std::nullopt;
  StoredReport& report = reports.front();
  connection.sql << "select model, manifest, manifest_signature from report where id = :id",
      soci::into(report.model), soci::into(report.manifest), soci::into(report.manifest_signature),
      soci::use(id);
  return std::move(report);
}

std::vector<StoredReport> load_reports(Connection& connection, const std::string& kind,
                                       const std::optional<std::string>& tenant,
                                       std::int64_t limit) {
  const int any = tenant ? 0 : 1;
  const std::string wanted = tenant.value_or("");
  return read_reports(connection,
                      "where kind = :kind and deleted_at = 0 and (:any = 1 or tenant = :tenant)"
                      " order by generated_at desc, tenant, id limit :limit",
                      [&](soci::statement& statement) {
                        statement.exchange(soci::use(kind));
                        statement.exchange(soci::use(any));
                        statement.exchange(soci::use(wanted));
                        statement.exchange(soci::use(limit));
                      });
}

std::vector<OwnedReportFile> load_report_files(Connection& connection) {
  return load_files(connection, "order by report_id, f.format", [](soci::statement&) {});
}

bool is_report_file_in_use(Connection& connection, const std::string& path) {
  std::int64_t files = 0;
  connection.sql << "select count(*) from report_file f join report r on r.id = f.report_id"
                    " where f.path = :path and r.deleted_at = 0",
      soci::into(files), soci::use(path);
  return files > 0;
}

void update_report_file(UnitOfWork& unit, const std::string& report_id, const ReportFile& file) {
  const std::int64_t again = to_micros(file.rendered_again_at);
  static_cast<Connection&>(unit).sql << update_file_row, soci::use(file.path),
      soci::use(file.bytes), soci::use(file.sha256), soci::use(file.replaces_sha256),
      soci::use(file.renderer_version), soci::use(again), soci::use(file.damage),
      soci::use(file.signature), soci::use(report_id), soci::use(file.format);
}

std::int64_t count_damaged_report_files(Connection& connection) {
  std::int64_t files = 0;
  connection.sql << "select count(*) from report_file f join report r on r.id = f.report_id"
                    " where f.damage <> '' and r.deleted_at = 0",
      soci::into(files);
  return files;
}

std::int64_t next_revision(Connection& connection, const std::string& kind,
                           const std::string& tenant, const DayRange& period) {
  const std::int64_t from = to_day_number(period.from);
  const std::int64_t to = to_day_number(period.to);
  std::int64_t revision = 0;
  connection.sql << "select coalesce(max(revision), 0) from report where kind = :kind"
                    " and tenant = :tenant and from_day = :from and to_day = :to",
      soci::into(revision), soci::use(kind), soci::use(tenant), soci::use(from), soci::use(to);
  return revision + 1;
}

std::optional<StoredReport> find_latest_report(Connection& connection, const std::string& kind,
                                               const std::string& tenant, const DayRange& period,
                                               const std::string& status) {
  const std::int64_t from = to_day_number(period.from);
  const std::int64_t to = to_day_number(period.to);
  const int any = status.empty() ? 1 : 0;
  auto reports =
      read_reports(connection,
                   "where kind = :kind and tenant = :tenant and from_day = :from and to_day = :to"
                   " and deleted_at = 0 and (:any = 1 or status = :status)"
                   " order by revision desc limit 1",
                   [&](soci::statement& statement) {
                     statement.exchange(soci::use(kind));
                     statement.exchange(soci::use(tenant));
                     statement.exchange(soci::use(from));
                     statement.exchange(soci::use(to));
                     statement.exchange(soci::use(any));
                     statement.exchange(soci::use(status));
                   });
  return reports.empty() ? std::nullopt : std::optional(std::move(reports.front()));
}

bool has_report_of_run(Connection& connection, const std::string& run_id, const std::string& kind,
                       const std::string& tenant, const std::string& status) {
  std::int64_t reports = 0;
  connection.sql << "select count(*) from report where run_id = :run and kind = :kind"
                    " and tenant = :tenant and (:any = '' or status = :status)",
      soci::into(reports), soci::use(run_id), soci::use(kind), soci::use(tenant), soci::use(status),
      soci::use(status);
  return reports > 0;
}

std::vector<std::string> load_reports_of_run(Connection& connection, const std::string& run_id,
                                             const std::string& kind) {
  std::string id;
  soci::statement statement =
      (connection.sql.prepare << "select id from report where run_id = :run and kind = :kind"
                                 " order by id",
       soci::into(id), soci::use(run_id), soci::use(kind));
  std::vector<std::string> ids;
  for_each_row(statement, [&] { ids.push_back(id); });
  return ids;
}

std::set<std::string> load_report_recipients(Connection& connection, const std::string& id) {
  std::string recipient;
  soci::statement statement =
      (connection.sql.prepare << "select recipient from outbox where report_id = :id",
       soci::into(recipient), soci::use(id));
  std::set<std::string> recipients;
  for_each_row(statement, [&] { recipients.insert(recipient); });
  return recipients;
}

void delete_report(UnitOfWork& unit, const std::string& id, Instant now, const std::string& by,
                   const std::string& reason) {
  const std::int64_t now_at = to_micros(now);
  static_cast<Connection&>(unit).sql
      << "update report set deleted_at = :now, deleted_by = :by, deleted_reason = :reason"
         " where id = :id and deleted_at = 0",
      soci::use(now_at), soci::use(by), soci::use(reason), soci::use(id);
}

}  // namespace costd
