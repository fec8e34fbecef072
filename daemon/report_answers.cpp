#include "daemon/report_answers.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "daemon/json_views.hpp"
#include "jobs/durable_file.hpp"
#include "jobs/report_file.hpp"
#include "jobs/report_seal.hpp"
#include "ledger/error.hpp"
#include "ledger/hex.hpp"
#include "ledger/sha256.hpp"
#include "ledger/ulid.hpp"

namespace costd {
namespace {

constexpr const char* manifest_format = "manifest.json";

/// What a download gives.
struct Download {
  std::string file_name;
  std::string content_type;
  std::string bytes;
};

std::string content_type_of(const std::string& format) {
  if (format.ends_with("pdf")) return "application/pdf";
  if (format.ends_with("csv")) return "text/csv; charset=utf-8";
  if (format.ends_with("json")) return "application/json";
  if (format.ends_with("xlsx")) {
    return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
  }
  return "application/octet-stream";
}

void audit_report(Service& service, UnitOfWork& unit, const RouteCall& call,
                  const std::string& action, const StoredReport& report,
                  const std::string& reason) {
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

const ReportFile& require_file(const StoredReport& report, const std::string& format) {
  const auto file = std::ranges::find(report.files, format, &ReportFile::format);
  if (file != report.files.end()) return *file;
  throw Error(ErrorCode::not_found, "report " + report.id + " has no " + format + " file");
}

std::string signature_of(const StoredReport& report, const ReportFile& file) {
  if (!file.signature.empty()) return from_hex(file.signature);
  if (file.replaces_sha256.empty()) {
    throw Error(ErrorCode::not_found,
                fmt::format("report {} was made by a costd that did not sign; make it again for "
                            "signatures",
                            report.id));
  }
  throw Error(ErrorCode::not_found,
              fmt::format("the {} file of report {} was rendered again with other bytes than those "
                          "that were signed, which had the SHA-256 {}; make the report again for "
                          "a signature",
                          file.format, report.id, file.replaces_sha256));
}

Download manifest_of(const StoredReport& report) {
  if (report.manifest.empty()) {
    throw Error(ErrorCode::not_found,
                fmt::format("report {} was made by a costd that wrote no manifest; make it again "
                            "for one",
                            report.id));
  }
  return {base_name_of(report) + std::string(manifest_suffix), content_type_of(manifest_format),
          report.manifest};
}

Download make_download(Service& service, const StoredReport& report, const std::string& format) {
  if (format == manifest_format) return manifest_of(report);
  const bool is_signature = format.ends_with(signature_suffix);
  const std::string of =
      is_signature ? format.substr(0, format.size() - signature_suffix.size()) : format;
  if (!is_signature) {
    const ReportFile& file = require_file(report, of);
    return {file.file_name, content_type_of(of), bytes_of(service, report, file)};
  }
  Download made{"", content_type_of(format), ""};
  if (of == manifest_format) {
    made.file_name = manifest_of(report).file_name;
    made.bytes = from_hex(report.manifest_signature);
  } else {
    const ReportFile& file = require_file(report, of);
    made.file_name = file.file_name;
    made.bytes = signature_of(report, file);
  }
  made.file_name += signature_suffix;
  return made;
}

[[noreturn]] void refuse_unknown(const std::string& id, const ReportFamily& family) {
  throw Error(ErrorCode::not_found,
              "there is no report " + id + "; see costctl " + family.name + " list");
}

}  // namespace

StoredReport require_report(Connection& connection, const RouteCall& call,
                            const ReportFamily& family) {
  const std::string& id = call.path.at("id");
  auto report = is_ulid(id) ? find_report(connection, id) : std::nullopt;
  const auto is_ours = [&] {
    return std::ranges::find(family.kinds, report->kind) != family.kinds.end();
  };
  if (!report || report->is_deleted() || !is_ours()) refuse_unknown(id, family);
  return std::move(*report);
}

void require_own_report(Service& service, const RouteCall& call, const ReportFamily& family) {
  const StoredReport report = require_report(service.database.snapshot(), call, family);
  if (report.tenant != call.access.tenant) refuse_unknown(report.id, family);
}

HttpResponse download_report_file(Service& service, const RouteCall& call,
                                  const ReportFamily& family) {
  const StoredReport report = require_report(service.database.snapshot(), call, family);
  const std::string& format = call.path.at("format");
  Download download = make_download(service, report, format);
  HttpResponse response;
  response.content_type = download.content_type;
  response.headers["Content-Disposition"] = "attachment; filename=\"" + download.file_name + "\"";
  response.headers["X-Content-SHA256"] = sha256_hex(download.bytes);
  response.body = std::move(download.bytes);
  // What cannot be recorded does not leave: the answer is given only after the commit.
  UnitOfWork unit = service.database.begin();
  audit_report(service, unit, call, family.name + ".download", report, format);
  unit.commit();
  return response;
}

HttpResponse delete_report_of(Service& service, const RouteCall& call, const ReportFamily& family) {
  const std::string reason = call.query("reason");
  if (reason.empty()) {
    throw Error(ErrorCode::usage, "give the reason; it stays with the report's tombstone");
  }
  StoredReport report;
  {
    UnitOfWork unit = service.database.begin();
    report = require_report(unit, call, family);
    delete_report(unit, report.id, service.clock.now(), call.actor().text(), reason);
    audit_report(service, unit, call, family.name + ".delete", report, reason);
    unit.commit();
  }
  remove_report_files(service.database, report);
  return json_response({{"id", report.id}, {"deleted", true}, {"reason", reason}});
}

}  // namespace costd
