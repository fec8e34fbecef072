// Compliance reports: generate, list, show, download, delete.

#include <algorithm>

#include "daemon/json_views.hpp"
#include "daemon/report_answers.hpp"
#include "ledger/error.hpp"
#include "reports/compliance_model.hpp"

namespace costd {
namespace {

const ReportFamily compliance{"compliance", {"soc2", "hipaa", "gdpr"}};
constexpr std::int64_t reports_max = 1000;

Day require_day(const std::string& name, const std::string& text) {
  if (const auto day = parse_day(text)) return *day;
  throw Error(ErrorCode::usage, name + " \"" + text + "\" is no date; write it like 2026-10-01");
}

HttpResponse generate_compliance_report(Service& service, const RouteCall& call) {
  const auto body = body_object(call);
  const std::string type = text_member(body, "type");
  const std::string from = text_member(body, "from");
  const std::string to = text_member(body, "to");
  parse_compliance_type(type);
  if (require_day("from", from) >= require_day("to", to)) {
    throw Error(ErrorCode::usage, "from " + from + " is not before to " + to + "; to is exclusive");
  }
  RunRequest request;
  request.actor = call.actor();
  request.jobs = {"compliance"};
  request.parameters = {{"types", type}, {"from", from}, {"to", to}};
  for (const auto& [member, parameter] :
       {std::pair{"tenantId", "tenant"}, std::pair{"recipients", "recipients"}}) {
    if (const std::string value = text_member(body, member); !value.empty()) {
      request.parameters[parameter] = value;
    }
  }
  return json_response(to_json(service.runs.submit(request)), 202);
}

OrderedJson report_json(const StoredReport& report) {
  OrderedJson json{{"id", report.id}, {"type", report.kind}};
  const OrderedJson shared = to_json(report);
  for (const auto& [name, value] : shared.items()) {
    if (name != "totalCost") json[name] = value;
  }
  return json;
}

HttpResponse list_compliance_reports(Service& service, const RouteCall& call) {
  const std::int64_t limit = number_query(call, "limit", reports_max, reports_max);
  std::vector<std::string> kinds = compliance.kinds;
  if (const std::string type = call.query("type"); !type.empty()) {
    kinds = {name_of(parse_compliance_type(type))};
  }
  const Snapshot snapshot = service.database.snapshot();
  std::vector<StoredReport> reports;
  for (const std::string& kind : kinds) {
    for (StoredReport& report : load_reports(snapshot, kind, text_query(call, "tenantId"), limit)) {
      reports.push_back(std::move(report));
    }
  }
  std::ranges::stable_sort(reports, std::ranges::greater{}, &StoredReport::generated_at);
  if (reports.size() > static_cast<std::size_t>(limit)) {
    reports.resize(static_cast<std::size_t>(limit));
  }
  OrderedJson list = OrderedJson::array();
  for (const StoredReport& report : reports) list.push_back(report_json(report));
  return json_response(list);
}

/// With what its first page says, and what its sections are called.
HttpResponse show_compliance_report(Service& service, const RouteCall& call) {
  const StoredReport report = require_report(service.database.snapshot(), call, compliance);
  OrderedJson json = report_json(report);
  const auto model = OrderedJson::parse(report.model);
  json["timeZone"] = model.value("timeZone", "");
  json["cards"] = model.value("cards", OrderedJson::array());
  json["notices"] = model.value("notices", OrderedJson::array());
  OrderedJson sections = OrderedJson::array();
  for (const char* part : {"sections", "appendix"}) {
    for (const auto& section : model.value(part, OrderedJson::array())) {
      sections.push_back({{"id", section.value("id", "")}, {"title", section.value("title", "")}});
    }
  }
  json["sections"] = std::move(sections);
  return json_response(json);
}

HttpResponse download_compliance_report(Service& service, const RouteCall& call) {
  return download_report_file(service, call, compliance);
}

HttpResponse remove_compliance_report(Service& service, const RouteCall& call) {
  return delete_report_of(service, call, compliance);
}

void check_is_own_compliance_report(Service& service, const RouteCall& call) {
  require_own_report(service, call, compliance);
}

}  // namespace

std::vector<Route> compliance_routes() {
  const std::string reports = "/v1/admin/compliance-reports";
  return {
      {"POST", reports, Role::operator_, generate_compliance_report,
       "make a SOC 2, HIPAA or GDPR report for a tenant, for each, or for all together"},
      {"GET",
       reports,
       Role::viewer,
       list_compliance_reports,
       "compliance reports, newest first, by type and tenant",
       TenantUse::filtered_by_query,
       {"type", "tenantId", "limit"}},
      {"GET",
       reports + "/{id}",
       Role::viewer,
       show_compliance_report,
       "one report, its findings and files",
       {TenantUse::of_path_id, check_is_own_compliance_report}},
      {"GET",
       reports + "/{id}/files/{format}",
       Role::viewer,
       download_compliance_report,
       "the bytes of one file (pdf, access-log.csv), of its signature (pdf.sig), or of the "
       "manifest (manifest.json)",
       {TenantUse::of_path_id, check_is_own_compliance_report}},
      {"DELETE",
       reports + "/{id}",
       Role::operator_,
       remove_compliance_report,
       "delete a report; a tombstone with the reason stays",
       TenantUse::platform_only,
       {"reason"}},
  };
}

}  // namespace costd
