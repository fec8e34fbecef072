#include "daemon/console/api.hpp"

#include "daemon/console/visitor.hpp"
#include "daemon/control/http_answer.hpp"
#include "ledger/error.hpp"

namespace costd {
namespace {

HttpRequest request_to(const std::string& method, const std::string& path, Query query) {
  HttpRequest request;
  request.method = method;
  request.path = "/v1/admin" + path;
  request.query = std::move(query);
  return request;
}

}  // namespace

OrderedJson Api::ask(HttpRequest request) const {
  static const std::vector<Route> routes = all_routes();
  request.peer = by_->peer;
  request.headers = by_->headers;
  request.headers[csrf_header] = csrf_;
  const HttpResponse response = dispatch(*service_, routes, request);
  auto json = OrderedJson::parse(response.body, nullptr, false);
  if (response.status < 400 && !json.is_discarded()) return json;
  const bool has_words = json.is_object() && json.contains("error");
  throw Error(error_code_for(response.status),
              has_words ? json["error"].value("message", "") : request.path + " has no answer");
}

OrderedJson Api::get(const std::string& path, Query query) const {
  return ask(request_to("GET", path, std::move(query)));
}

OrderedJson Api::send(const std::string& method, const std::string& path, const OrderedJson& body,
                      Query query) const {
  HttpRequest request = request_to(method, path, std::move(query));
  request.body = body.dump();
  return ask(std::move(request));
}

OrderedJson Api::send_text(const std::string& path, const std::string& body, Query query) const {
  HttpRequest request = request_to("POST", path, std::move(query));
  request.body = body;
  return ask(std::move(request));
}

}  // namespace costd
