// Chargeback reports: generate, list, show, download, delete.

#include "daemon/json_views.hpp"
#include "daemon/report_answers.hpp"
#include "ledger/error.hpp"

namespace costd {
namespace {

const ReportFamily chargeback{"chargeback", {"chargeback"}};

HttpResponse generate_statement(Service& service, const RouteCall& call) {
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

HttpResponse list_statements(Service& service, const RouteCall& call) {
  OrderedJson list = OrderedJson::array();
  for (const StoredReport& report :
       load_reports(service.database.snapshot(), "chargeback", text_query(call, "tenantId"),
                    number_query(call, "limit", 1000, 1000))) {
    list.push_back(to_json(report));
  }
  return json_response(list);
}

/// With what its model says of closed months and of the revision before it.
HttpResponse show_statement(Service& service, const RouteCall& call) {
  const StoredReport report = require_report(service.database.snapshot(), call, chargeback);
  OrderedJson json = to_json(report);
  const auto model = OrderedJson::parse(report.model);
  json["supersedes"] = model.value("supersedes", OrderedJson(nullptr));
  json["corrections"] = model.value("corrections", OrderedJson::array());
  return json_response(json);
}

HttpResponse download_statement(Service& service, const RouteCall& call) {
  return download_report_file(service, call, chargeback);
}

HttpResponse remove_statement(Service& service, const RouteCall& call) {
  return delete_report_of(service, call, chargeback);
}

void check_is_own_statement(Service& service, const RouteCall& call) {
  require_own_report(service, call, chargeback);
}

}  // namespace

std::vector<Route> report_routes() {
  const std::string reports = "/v1/admin/chargeback-reports";
  return {
      {"POST", reports, Role::operator_, generate_statement,
       "make statements for a tenant, or for each and all together"},
      {"GET",
       reports,
       Role::viewer,
       list_statements,
       "reports, newest first",
       TenantUse::filtered_by_query,
       {"tenantId", "limit"}},
      {"GET",
       reports + "/{id}",
       Role::viewer,
       show_statement,
       "one report and its files",
       {TenantUse::of_path_id, check_is_own_statement}},
      {"GET",
       reports + "/{id}/files/{format}",
       Role::viewer,
       download_statement,
       "the bytes of one file, of its signature (pdf.sig), or of the manifest (manifest.json)",
       {TenantUse::of_path_id, check_is_own_statement}},
      {"DELETE",
       reports + "/{id}",
       Role::operator_,
       remove_statement,
       "delete a report; a tombstone with the reason stays",
       TenantUse::platform_only,
       {"reason"}},
  };
}

}  // namespace costd
