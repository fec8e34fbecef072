#include "daemon/routes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "daemon/control/http_answer.hpp"
#include "daemon/request_check.hpp"
#include "ledger/error.hpp"

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

/// Whoever is turned away has changed nothing, so this is a transaction of its own.
void record_denial(Service& service, const HttpRequest& request, const Access& access) {
  UnitOfWork unit = service.database.begin();
  unit.audit({.at = service.clock.now(),
              .actor = access.actor,
              .action = "access.denied",
              .object = request.method + " " + shown_path(request.path),
              .outcome = "denied",
              .reason = fmt::format("the role {} is not enough", name_of(access.role))});
  unit.commit();
}

constexpr int status_forbidden = 403;
constexpr int status_internal = 500;
/// No tenant has this name: ids have no control characters.
constexpr const char* nobody = "\x01";

/// The route of the request with the parts of its path, or the answer that there is none for it.
using FoundRoute = std::variant<HttpResponse, std::pair<const Route*, RouteCall>>;

FoundRoute find_route(const std::vector<Route>& routes, const HttpRequest& request,
                      const Access& access) {
  bool path_known = false;
  for (const Route& route : routes) {
    auto parts = is_there(route, access) ? match(route.path, request.path) : std::nullopt;
    if (!parts) continue;
    path_known = true;
    if (route.method != request.method) continue;
    if (access.role < route.role) {
      return error_response(
          status_forbidden, "refused",
          fmt::format("{} {} needs the role {}", route.method, route.path, name_of(route.role)));
    }
    RouteCall call{request, std::move(*parts), access, std::nullopt};
    if (access.tenant && route.tenant.use == TenantUse::filtered_by_query) {
      const std::string asked = call.query("tenantId");
      call.tenant_filter = asked.empty() || asked == *access.tenant ? *access.tenant : nobody;
    }
    return std::pair{&route, std::move(call)};
  }
  if (path_known) {
    return error_response(405, "usage", request.method + " is not possible on " + request.path);
  }
  return error_response(404, "not_found",
                        "there is no " + request.path + "; GET /v1/admin lists what there is");
}

/// Whoever sent the request, or the answer that turns them away. A route for anyone asks nobody.
std::variant<Access, HttpResponse> admit(Service& service, const std::vector<Route>& routes,
                                         const HttpRequest& request) {
  if (auto refusal = check_request(request, service.settings.get()->control)) {
    return std::move(*refusal);
  }
  const bool is_for_anyone = std::ranges::any_of(routes, [&](const Route& route) {
    return route.role == Role::anyone && route.method == request.method &&
           match(route.path, request.path);
  });
  if (!is_for_anyone) return identify(service, request);
  return Access{Role::anyone, std::nullopt, {"anyone", request.peer.address}};
}

HttpResponse call(Service& service, const Route& route, const RouteCall& call) {
  if (call.access.tenant && route.tenant.guard != nullptr) route.tenant.guard(service, call);
  if (const auto* handler = std::get_if<RouteHandler>(&route.handler)) {
    return (*handler)(service, call);
  }
  BodyPlan plan = std::get<UploadOpener>(route.handler)(service, call);
  if (plan.refusal) return *plan.refusal;
  plan.upload->write(call.request.body);
  return plan.upload->finish();
}

/// The answer; `path` becomes that of the route, once it is found.
HttpResponse answer_to(Service& service, const std::vector<Route>& routes,
                       const HttpRequest& request, std::string& path) {
  const auto admitted = admit(service, routes, request);
  if (const auto* refusal = std::get_if<HttpResponse>(&admitted)) return *refusal;
  const auto& access = std::get<Access>(admitted);
  const FoundRoute found = find_route(routes, request, access);
  if (const auto* failure = std::get_if<HttpResponse>(&found)) {
    if (failure->status == status_forbidden) record_denial(service, request, access);
    return *failure;
  }
  const auto& [route, route_call] = std::get<1>(found);
  path = route->path;
  return call(service, *route, route_call);
}

/// Counts the answer to an upload with the time since its header.
class AnswerCount {
 public:
  AnswerCount(Service& service, const Route& route)
      : service_(service),
        method_(route.method),
        path_(route.path),
        began_(service.clock.elapsed()) {}

  void add(int status) const {
    service_.http_metrics.add({method_, path_, status}, service_.clock.elapsed() - began_);
  }

  /// Passes on what the work throws, which becomes the answer.
  template <typename Work>
  auto count_failure(Work work) const {
    try {
      return work();
    } catch (const Error& error) {
      add(status_for(error.code()));
      throw;
    } catch (...) {
      add(status_internal);
      throw;
    }
  }

 private:
  Service& service_;
  std::string method_;
  std::string path_;
  std::chrono::microseconds began_;
};

class CountedUpload : public Upload {
 public:
  CountedUpload(std::unique_ptr<Upload> upload, AnswerCount count)
      : upload_(std::move(upload)), count_(std::move(count)) {}

  void write(std::string_view piece) override {
    count_.count_failure([&] { upload_->write(piece); });
  }
  HttpResponse finish() override {
    HttpResponse response = count_.count_failure([&] { return upload_->finish(); });
    count_.add(response.status);
    return response;
  }

 private:
  std::unique_ptr<Upload> upload_;
  AnswerCount count_;
};

}  // namespace

bool is_there(const Route& route, const Access& access) {
  return !access.tenant || route.tenant.use != TenantUse::platform_only;
}

const std::string* RouteCall::find_query(const std::string& name) const {
  if (tenant_filter && name == "tenantId") return &*tenant_filter;
  const auto found = request.query.find(name);
  return found == request.query.end() ? nullptr : &found->second;
}

std::string RouteCall::query(const std::string& name) const {
  const std::string* value = find_query(name);
  return value == nullptr ? "" : *value;
}

std::string RouteCall::header(const std::string& name) const {
  const auto found = request.headers.find(name);
  return found == request.headers.end() ? "" : found->second;
}

Actor RouteCall::actor() const {
  return access.actor;
}

std::vector<Route> all_routes() {
  std::vector<Route> routes;
  for (auto group :
       {status_routes,     process_routes,    run_routes,          schedule_routes, usage_routes,
        usage_post_routes, price_routes,      price_import_routes, finding_routes,  budget_routes,
        report_routes,     compliance_routes, period_routes,       audit_routes,    tenant_routes,
        evidence_routes,   outbox_routes,     token_routes,        health_routes,   metrics_routes,
        openapi_routes,    console_routes}) {
    std::ranges::move(group(), std::back_inserter(routes));
  }
  return routes;
}

HttpResponse dispatch(Service& service, const std::vector<Route>& routes,
                      const HttpRequest& request) {
  const auto began = service.clock.elapsed();
  std::string path;
  HttpResponse response;
  try {
    response = answer_to(service, routes, request, path);
  } catch (...) {
    response = answer_to_exception(request);
  }
  // One that waits for news is asked again and again, and is counted when it has some.
  if (!response.ask_again_for) {
    service.http_metrics.add({path.empty() ? "" : request.method, path, response.status},
                             service.clock.elapsed() - began);
  }
  return response;
}

BodyPlan plan_body(Service& service, const std::vector<Route>& routes, const HttpRequest& request) {
  auto admitted = admit(service, routes, request);
  if (auto* refusal = std::get_if<HttpResponse>(&admitted)) {
    service.http_metrics.add({"", "", refusal->status}, {});
    return {nullptr, std::move(*refusal)};
  }
  const FoundRoute found = find_route(routes, request, std::get<Access>(admitted));
  if (std::holds_alternative<HttpResponse>(found)) return {};
  const auto& [route, route_call] = std::get<1>(found);
  const auto* opener = std::get_if<UploadOpener>(&route->handler);
  if (opener == nullptr) return {};
  const AnswerCount count(service, *route);
  BodyPlan plan = count.count_failure([&] { return (*opener)(service, route_call); });
  if (plan.refusal) count.add(plan.refusal->status);
  if (plan.upload) plan.upload = std::make_unique<CountedUpload>(std::move(plan.upload), count);
  return plan;
}

}  // namespace costd
