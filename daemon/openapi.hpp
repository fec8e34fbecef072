#pragma once
// The table of routes as an OpenAPI 3.1 document.

#include <nlohmann/json.hpp>
#include <vector>

#include "daemon/routes.hpp"

namespace costd {

/// Of the routes that are there for the access.
nlohmann::ordered_json openapi_document(const std::vector<Route>& routes, const Access& access);

}  // namespace costd
