#include "daemon/routes.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "daemon/control/http_answer.hpp"

namespace costd {
namespace {

std::vector<std::string> segments_of(const std::string& path) {
  std::vector<std::string> segments;
  for (std::size_t at = 1; at <= path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    segments.push_back(path.substr(at, end - at));
    at = end + 1;
  }
  return segments;
}

/// The named parts of the path, or nothing if it is another one.
std::optional<std::map<std::string, std::string>> match(const std::string& pattern,
                                                        const std::string& path) {
  const auto wanted = segments_of(pattern);
  const auto given = segments_of(path);
  if (wanted.size() != given.size()) return std::nullopt;
  std::map<std::string, std::string> parts;
  for (std::size_t n = 0; n < wanted.size(); ++n) {
    if (wanted[n].starts_with('{')) {
      parts[wanted[n].substr(1, wanted[n].size() - 2)] = given[n];
    } else if (wanted[n] != given[n]) {
      return std::nullopt;
    }
  }
  return parts;
}

constexpr std::size_t shown_path_max = 200;

/// The path as its bytes can stand in a text, whatever they are.
std::string shown_path(const std::string& path) {
  std::string shown;
  for (const char c : path.substr(0, shown_path_max)) {
    const bool is_plain = c > ' ' && c <= '~' && c != '%';
    shown += is_plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return shown;
}

/// Whoever is turned away has changed nothing, so this is a transaction of its own.
void record_denial(Service& service, const HttpRequest& request) {
  const Actor actor = RouteCall{request, {}}.actor();
  UnitOfWork unit = service.database.begin();
  unit.audit({.at = service.clock.now(),
              .actor = actor,
              .action = "access.denied",
              .object = request.method + " " + shown_path(request.path),
              .outcome = "denied",
              .reason = fmt::format("the role {} is not enough", name_of(role_of(request.peer)))});
  unit.commit();
}

constexpr int status_forbidden = 403;

/// The route of the request with the parts of its path, or the answer that there is none for it.
using FoundRoute = std::variant<HttpResponse, std::pair<const Route*, RouteCall>>;

FoundRoute find_route(const std::vector<Route>& routes, const HttpRequest& request) {
  bool path_known = false;
  for (const Route& route : routes) {
    auto parts = match(route.path, request.path);
    if (!parts) continue;
    path_known = true;
    if (route.method != request.method) continue;
    if (role_of(request.peer) < route.role) {
      return error_response(
          status_forbidden, "refused",
          fmt::format("{} {} needs the role {}", route.method, route.path, name_of(route.role)));
    }
    return std::pair{&route, RouteCall{request, std::move(*parts)}};
  }
  if (path_known) {
    return error_response(405, "usage", request.method + " is not possible on " + request.path);
  }
  return error_response(404, "not_found",
                        "there is no " + request.path + "; GET /v1/admin lists what there is");
}

HttpResponse call(Service& service, const Route& route, const RouteCall& call) {
  if (const auto* handler = std::get_if<RouteHandler>(&route.handler)) {
    return (*handler)(service, call);
  }
  BodyPlan plan = std::get<UploadOpener>(route.handler)(service, call);
  if (plan.refusal) return *plan.refusal;
  plan.upload->write(call.request.body);
  return plan.upload->finish();
}

}  // namespace

const char* name_of(Role role) {
  switch (role) {
    case Role::viewer:
      return "viewer";
    case Role::operator_:
      return "operator";
    case Role::admin:
      return "admin";
  }
  return "viewer";
}

std::string RouteCall::query(const std::string& name) const {
  const auto found = request.query.find(name);
  return found == request.query.end() ? "" : found->second;
}

std::string RouteCall::header(const std::string& name) const {
  const auto found = request.headers.find(name);
  return found == request.headers.end() ? "" : found->second;
}

Actor RouteCall::actor() const {
  return {"uid", std::to_string(request.peer.uid)};
}

Role role_of(const Peer& peer) {
  return peer.uid == 0 || peer.uid == ::geteuid() ? Role::admin : Role::operator_;
}

std::vector<Route> all_routes() {
  std::vector<Route> routes;
  for (auto group : {status_routes, process_routes, run_routes, schedule_routes, usage_routes,
                     usage_post_routes, price_routes, price_import_routes, finding_routes,
                     budget_routes, report_routes, compliance_routes, period_routes, audit_routes,
                     tenant_routes, evidence_routes, outbox_routes, console_routes}) {
    std::ranges::move(group(), std::back_inserter(routes));
  }
  return routes;
}

HttpResponse dispatch(Service& service, const std::vector<Route>& routes,
                      const HttpRequest& request) {
  const FoundRoute found = find_route(routes, request);
  try {
    if (const auto* failure = std::get_if<HttpResponse>(&found)) {
      if (failure->status == status_forbidden) record_denial(service, request);
      return *failure;
    }
    const auto& [route, route_call] = std::get<1>(found);
    return call(service, *route, route_call);
  } catch (...) {
    return answer_to_exception(request);
  }
}

BodyPlan plan_body(Service& service, const std::vector<Route>& routes, const HttpRequest& request) {
  const FoundRoute found = find_route(routes, request);
  if (std::holds_alternative<HttpResponse>(found)) return {};
  const auto& [route, route_call] = std::get<1>(found);
  const auto* opener = std::get_if<UploadOpener>(&route->handler);
  return opener == nullptr ? BodyPlan{} : (*opener)(service, route_call);
}

}  // namespace costd
