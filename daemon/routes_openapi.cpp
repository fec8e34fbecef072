// The API's description of itself.

#include "daemon/json_views.hpp"
#include "daemon/openapi.hpp"

namespace costd {
namespace {

HttpResponse show_document(Service&, const RouteCall& call) {
  return json_response(openapi_document(all_routes(), call.access));
}

}  // namespace

std::vector<Route> openapi_routes() {
  return {
      {"GET", "/v1/openapi.json", Role::viewer, show_document,
       "these routes as an OpenAPI 3.1 document", TenantUse::open},
  };
}

}  // namespace costd
