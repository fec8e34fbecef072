// Chargeback reports: generate, list, show, download, delete.

#include "daemon/json_views.hpp"
#include "jobs/durable_file.hpp"
#include "ledger/error.hpp"
#include "ledger/ulid.hpp"

namespace costd {
namespace {

StoredReport require_report(Connection& connection, const RouteCall& call) {
  const std::string& id = call.path.at("id");
  auto report = is_ulid(id) ? find_report(connection, id) : std::nullopt;
  if (!report || report->is_deleted()) {
    throw Error(ErrorCode::not_found, "there is no report " + id + "; see costctl chargeback list");
  }
  return std::move(*report);
}

HttpResponse generate_report(Service& service, const RouteCall& call) {
  const auto body = body_object(call);
  RunRequest request;
  request.actor = call.actor();
  request.jobs = {"chargeback"};
  request.parameters = {{"from", text_member(body, "from")}, {"to", text_member(body, "to")}};
  if (const std::string tenant = text_member(body, "tenantId"); !tenant.empty()) {
    request.parameters["tenant"] = tenant;
  }
  for (const char* bound : {"from", "to"}) {
    if (!parse_day(request.parameters[bound])) {
      throw Error(ErrorCode::usage, std::string(bound) + " \"" + request.parameters[bound] +
                                        "\" is no date; write it like 2026-10-01");
    }
  }
  return json_response(to_json(service.runs.submit(request)), 202);
}

HttpResponse list_reports(Service& service, const RouteCall& call) {
  OrderedJson list = OrderedJson::array();
  for (const StoredReport& report :
       load_reports(service.database.snapshot(), "chargeback", text_query(call, "tenantId"),
                    number_query(call, "limit", 1000, 1000))) {
    list.push_back(to_json(report));
  }
  return json_response(list);
}

/// With what its model says of closed months and of the revision before it.
HttpResponse show_report(Service& service, const RouteCall& call) {
  const StoredReport report = require_report(service.database.snapshot(), call);
  OrderedJson json = to_json(report);
  const auto model = OrderedJson::parse(report.model);
  json["supersedes"] = model.value("supersedes", OrderedJson(nullptr));
  json["corrections"] = model.value("corrections", OrderedJson::array());
  return json_response(json);
}

const char* content_type_of(const std::string& format) {
  if (format == "pdf") return "application/pdf";
  if (format == "csv") return "text/csv; charset=utf-8";
  return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
}

void audit_report(Service& service, UnitOfWork& unit, const RouteCall& call, const char* action,
                  const StoredReport& report, const std::string& reason) {
  unit.audit({.seq = 0,
              .at = service.clock.now(),
              .actor = call.actor(),
              .action = action,
              .object = report.id,
              .tenant = report.tenant,
              .after_sha256 = report.model_sha256,
              .reason = reason});
}

/// A file that is not what was stored is marked, so that the next start of costd mends it.
std::string bytes_of(Service& service, const StoredReport& report, ReportFile file) {
  if (!file.damage.empty()) throw Error(ErrorCode::io, file.path + ": " + file.damage);
  std::string bytes = read_file(file.path);
  if (sha256_hex(bytes) == file.sha256) return bytes;
  file.damage = "its SHA-256 is not the one that was stored";
  UnitOfWork unit = service.database.begin();
  update_report_file(unit, report.id, file);
  unit.audit({.at = service.clock.now(),
              .actor = {"system", "costd"},
              .action = "report.damaged",
              .object = report.id,
              .tenant = report.tenant,
              .before_sha256 = file.sha256,
              .outcome = "failed",
              .reason = file.format + ": " + file.damage});
  unit.commit();
  throw Error(ErrorCode::io, file.path + ": " + file.damage +
                                 "; put it back from a backup, or restart costd, which renders it "
                                 "again");
}

HttpResponse download_report(Service& service, const RouteCall& call) {
  const StoredReport report = require_report(service.database.snapshot(), call);
  const std::string& format = call.path.at("format");
  const auto file = std::ranges::find(report.files, format, &ReportFile::format);
  if (file == report.files.end()) {
    throw Error(ErrorCode::not_found, "report " + report.id + " has no " + format + " file");
  }
  HttpResponse response;
  response.body = bytes_of(service, report, *file);
  response.content_type = content_type_of(format);
  response.headers["Content-Disposition"] = "attachment; filename=\"" + file->file_name + "\"";
  response.headers["X-Content-SHA256"] = file->sha256;
  UnitOfWork unit = service.database.begin();
  audit_report(service, unit, call, "chargeback.download", report, format);
  unit.commit();
  return response;
}

HttpResponse remove_report(Service& service, const RouteCall& call) {
  const std::string reason = call.query("reason");
  if (reason.empty()) {
    throw Error(ErrorCode::usage, "give the reason; it stays with the report's tombstone");
  }
  UnitOfWork unit = service.database.begin();
  const StoredReport report = require_report(unit, call);
  delete_report(unit, report.id, service.clock.now(), call.actor().text(), reason);
  audit_report(service, unit, call, "chargeback.delete", report, reason);
  unit.commit();
  return json_response({{"id", report.id}, {"deleted", true}, {"reason", reason}});
}

}  // namespace

std::vector<Route> report_routes() {
  const std::string reports = "/v1/admin/chargeback-reports";
  return {
      {"POST", reports, Role::operator_, generate_report,
       "make statements for a tenant, or for each and all together"},
      {"GET", reports, Role::viewer, list_reports, "reports, newest first"},
      {"GET", reports + "/{id}", Role::viewer, show_report, "one report and its files"},
      {"GET", reports + "/{id}/files/{format}", Role::viewer, download_report,
       "the bytes of one file"},
      {"DELETE", reports + "/{id}", Role::operator_, remove_report,
       "delete a report; a tombstone with the reason stays"},
  };
}

}  // namespace costd
