#include "daemon/console/sign_in.hpp"

#include <fmt/format.h>

#include <optional>

#include "daemon/authentication.hpp"
#include "daemon/console/form.hpp"
#include "daemon/console/html_answer.hpp"
#include "daemon/console/templates.hpp"
#include "ledger/error.hpp"
#include "ledger/trimmed.hpp"

namespace costd {
namespace {

/// Only a page of the console: a link from elsewhere must not lead out of it.
std::string safe_target(const std::string& next) {
  const bool is_console = next.starts_with("/console/") && next.find("//") == std::string::npos &&
                          !next.starts_with("/console/sign-in");
  return is_console ? next : "/console/";
}

HttpResponse sign_in_form(const Service& service, const std::string& next,
                          const std::string& refusal, int status) {
  const std::string body =
      render_console(service, "sign_in", {{"next", safe_target(next)}, {"refusal", refusal}});
  return html_response(framed(service, {}, {"sign-in", "Sign in"}, body), status);
}

HttpResponse show_sign_in(Service& service, const RouteCall& call) {
  return sign_in_form(service, call.query("next"), "", 200);
}

/// The token as whoever calls the API would send it, so that failures are counted and told alike.
std::optional<HttpResponse> refuse_token(Service& service, const RouteCall& call,
                                         const std::string& token) {
  HttpRequest request = call.request;
  request.peer.via = Peer::Via::tcp;
  request.headers["authorization"] = "Bearer " + token;
  const auto identified = identify(service, request);
  if (const auto* refusal = std::get_if<HttpResponse>(&identified)) return *refusal;
  return std::nullopt;
}

std::string cookie_for(const RouteCall& call, const std::string& id,
                       std::chrono::seconds lifetime) {
  return fmt::format("{}={}; Path=/; Max-Age={}; HttpOnly; SameSite=Strict{}", session_cookie, id,
                     lifetime.count(),
                     call.header("x-forwarded-proto") == "https" ? "; Secure" : "");
}

HttpResponse sign_in(Service& service, const RouteCall& call) {
  const Fields form = parse_form(call.request.body);
  const std::string token = trimmed(field(form, "token"));
  if (const auto refusal = refuse_token(service, call, token)) {
    const bool is_busy = refusal->status == 429;
    return sign_in_form(service, field(form, "next"),
                        is_busy ? "Too many tokens that do not hold. Try again in a minute."
                                : "This token does not hold: it is mistyped, expired or revoked.",
                        is_busy ? 429 : 403);
  }
  const Session session = service.console->sessions.start(token, service.clock.elapsed());
  HttpResponse response = redirect_to(safe_target(field(form, "next")));
  response.headers["Set-Cookie"] = cookie_for(call, session.id, session_lifetime);
  return response;
}

HttpResponse sign_out(Service& service, const RouteCall& call) {
  const auto visitor = find_visitor(service, call);
  const Fields form = parse_form(call.request.body);
  if (visitor && is_same_secret(field(form, "csrf"), visitor->session.csrf)) {
    service.console->sessions.end(visitor->session.id);
  }
  HttpResponse response = redirect_to("/console/sign-in");
  response.headers["Set-Cookie"] = cookie_for(call, "", std::chrono::seconds(0));
  return response;
}

}  // namespace

std::vector<Route> sign_in_routes() {
  return {
      {"GET", "/console/sign-in", Role::anyone, show_sign_in, "the form for a token",
       TenantUse::open},
      {"POST", "/console/sign-in", Role::anyone, sign_in, "begins a session of twelve hours",
       TenantUse::open},
      {"POST", "/console/sign-out", Role::anyone, sign_out, "ends the session", TenantUse::open},
  };
}

}  // namespace costd
