#pragma once
// Asking a route without a socket, and its answer.

#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "daemon/routes.hpp"

namespace costd::test {

struct RouteAnswer {
  int status = 0;
  nlohmann::json body;
  std::string message() const { return body.at("error").at("message"); }
};

/// As a peer of that uid; the body is left out where it is null.
inline RouteAnswer ask_route(Service& service, const std::string& method, const std::string& path,
                             const nlohmann::json& body = nullptr,
                             const std::map<std::string, std::string>& query = {},
                             unsigned uid = 0) {
  HttpRequest request;
  request.method = method;
  request.path = path;
  if (!body.is_null()) request.body = body.dump();
  request.query = query;
  request.peer.uid = uid;
  const HttpResponse response = dispatch(service, all_routes(), request);
  return {response.status, nlohmann::json::parse(response.body)};
}

}  // namespace costd::test
