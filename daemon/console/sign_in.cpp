#include "daemon/console/sign_in.hpp"

#include "daemon/console/form.hpp"
#include "daemon/console/html_answer.hpp"
#include "daemon/console/templates.hpp"
#include "ledger/error.hpp"

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

HttpResponse sign_in(Service& service, const RouteCall& call) {
  const Fields form = parse_form(call.request.body);
  return sign_in_form(service, field(form, "next"), "This token is not valid.", 403);
}

HttpResponse sign_out(Service& service, const RouteCall& call) {
  const auto visitor = find_visitor(service, call);
  const Fields form = parse_form(call.request.body);
  if (visitor && is_same_secret(field(form, "csrf"), visitor->session.csrf)) {
    service.console->sessions.end(visitor->session.id);
  }
  HttpResponse response = redirect_to("/console/sign-in");
  response.headers["Set-Cookie"] =
      std::string(session_cookie) + "=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict";
  return response;
}

}  // namespace

std::vector<Route> sign_in_routes() {
  return {
      {"GET", "/console/sign-in", Role::viewer, show_sign_in, "the form for a token"},
      {"POST", "/console/sign-in", Role::viewer, sign_in, "begins a session of twelve hours"},
      {"POST", "/console/sign-out", Role::viewer, sign_out, "ends the session"},
  };
}

}  // namespace costd
