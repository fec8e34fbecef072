#include "daemon/openapi.hpp"

#include <catch2/catch.hpp>
#include <set>

namespace costd {
namespace {

const Access platform{Role::viewer, std::nullopt, {"token", "t1"}};
const Access tenant{Role::viewer, "acme", {"token", "t1"}};

}  // namespace

TEST_CASE("the document has every route with its role, once", "[openapi]") {
  const auto document = openapi_document(all_routes(), platform);
  CHECK(document.at("openapi") == "3.1.0");
  std::set<std::string> ids;
  std::size_t operations = 0;
  for (const Route& route : all_routes()) {
    CAPTURE(route.method, route.path);
    std::string method = route.method;
    for (char& c : method) c = static_cast<char>(c - 'A' + 'a');
    const auto& operation = document.at("paths").at(route.path).at(method);
    CHECK(operation.at("x-role") == name_of(route.role));
    CHECK(operation.at("summary") == route.help);
    CHECK(operation.at("security").empty() == (route.role == Role::anyone));
    CHECK(ids.insert(operation.at("operationId")).second);
    ++operations;
  }
  CHECK(operations == all_routes().size());
}

TEST_CASE("every query parameter is explained", "[openapi]") {
  const auto document = openapi_document(all_routes(), platform);
  for (const auto& [path, methods] : document.at("paths").items()) {
    for (const auto& [method, operation] : methods.items()) {
      if (!operation.contains("parameters")) continue;
      for (const auto& parameter : operation.at("parameters")) {
        CAPTURE(path, method, parameter.at("name"));
        CHECK((parameter.at("in") == "path" || !parameter.at("description").empty()));
        CHECK((parameter.at("in") == "path" || parameter.at("description") != ""));
      }
    }
  }
}

TEST_CASE("a tenant's document leaves out what is not there for it", "[openapi]") {
  const auto paths = openapi_document(all_routes(), tenant).at("paths");
  CHECK(paths.contains("/v1/admin/costs"));
  CHECK_FALSE(paths.contains("/v1/admin/status"));
  CHECK_FALSE(paths.contains("/v1/admin/tokens"));
  CHECK(paths.at("/v1/admin/token-usage").contains("get"));
  CHECK_FALSE(paths.at("/v1/admin/token-usage").contains("post"));
}

}  // namespace costd
