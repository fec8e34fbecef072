#pragma once
// The daemon's own routes, asked in process: pages show what the API says, to whom it says it.

#include <map>
#include <string>

#include "daemon/json_views.hpp"
#include "daemon/routes.hpp"

namespace costd {

using Query = std::map<std::string, std::string>;

class Api {
 public:
  /// Asks as whoever sent `by`; `csrf` is their session's.
  Api(Service& service, const HttpRequest& by, std::string csrf)
      : service_(&service), by_(&by), csrf_(std::move(csrf)) {}

  /// Paths are those below /v1/admin: "/budgets". A refusal becomes an Error with the route's
  /// words.
  OrderedJson get(const std::string& path, Query query = {}) const;
  /// "POST", "PATCH", "PUT" or "DELETE".
  OrderedJson send(const std::string& method, const std::string& path, const OrderedJson& body,
                   Query query = {}) const;
  /// With a body that is no JSON.
  OrderedJson send_text(const std::string& path, const std::string& body, Query query) const;

 private:
  OrderedJson ask(HttpRequest request) const;

  Service* service_;
  const HttpRequest* by_;
  std::string csrf_;
};

}  // namespace costd
