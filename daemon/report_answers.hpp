#pragma once
// What the routes of all families of reports have in common: one report, its files, its deletion.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/routes.hpp"
#include "ledger/store/report_store.hpp"

namespace costd {

/// Reports that share a path: "/v1/admin/chargeback-reports".
struct ReportFamily {
  std::string name;                ///< of its actions and commands: "chargeback"
  std::vector<std::string> kinds;  ///< of its stored reports
};

/// The report of the path's {id}. Throws Error(not_found) for one that is not there, was deleted,
/// or is of another family.
StoredReport require_report(Connection& connection, const RouteCall& call,
                            const ReportFamily& family);

/// Throws what require_report throws for an absent one, unless the report is of the tenant that
/// whoever asks is bound to.
void require_own_report(Service& service, const RouteCall& call, const ReportFamily& family);

/// The bytes of the path's {format}: a file of the report, its signature as "pdf.sig",
/// "manifest.json" or "manifest.json.sig". The download is an event, or is refused.
HttpResponse download_report_file(Service& service, const RouteCall& call,
                                  const ReportFamily& family);

/// Leaves a tombstone with the query's reason, which must be given.
HttpResponse delete_report_of(Service& service, const RouteCall& call, const ReportFamily& family);

}  // namespace costd
