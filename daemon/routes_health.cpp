// Whether the process lives and can answer, for supervisors and reverse proxies.

#include "daemon/control/http_answer.hpp"
#include "daemon/json_views.hpp"
#include "ledger/store/audit_store.hpp"

namespace costd {
namespace {

HttpResponse show_health(Service&, const RouteCall&) {
  return json_response({{"status", "ok"}});
}

/// The database answers, and nobody has asked costd to stop. Nothing else is said to strangers.
HttpResponse show_readiness(Service& service, const RouteCall&) {
  if (service.is_stopping) return error_response(503, "busy", "costd is stopping");
  try {
    load_audit_head(service.database.snapshot());
  } catch (const std::exception&) {
    return error_response(503, "database", "the database does not answer; look at the log");
  }
  return json_response({{"status", "ready"}});
}

}  // namespace

std::vector<Route> health_routes() {
  return {
      {"GET", "/healthz", Role::anyone, show_health, "the process is alive", TenantUse::open},
      {"GET", "/readyz", Role::anyone, show_readiness,
       "the database answers, and costd is not stopping", TenantUse::open},
  };
}

}  // namespace costd
