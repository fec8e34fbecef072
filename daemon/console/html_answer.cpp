#include "daemon/console/html_answer.hpp"

#include "daemon/console/assets.hpp"
#include "daemon/console/page.hpp"
#include "daemon/console/templates.hpp"
#include "ledger/sha256.hpp"
#include "ledger/store/token_store.hpp"

namespace costd {
namespace {

constexpr const char* content_policy =
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// A token by the name that people gave it; "" before somebody has signed in.
std::string name_of_visitor(const Service& service, const Visitor& visitor) {
  if (visitor.session.id.empty()) return "";
  const auto token =
      find_token_by_hash(service.database.snapshot(), sha256_hex(visitor.session.token));
  return token ? token->name : visitor.access.actor.text();
}

/// "operator", "viewer of acme".
std::string role_of_visitor(const Visitor& visitor) {
  const auto& tenant = visitor.access.tenant;
  return name_of(visitor.access.role) + (tenant ? " of " + *tenant : std::string());
}

}  // namespace

HttpResponse html_response(std::string html, int status) {
  HttpResponse response;
  response.status = status;
  response.content_type = "text/html; charset=utf-8";
  response.body = std::move(html);
  response.headers = {{"Content-Security-Policy", content_policy},
                      {"Cross-Origin-Opener-Policy", "same-origin"},
                      {"Cross-Origin-Resource-Policy", "same-origin"},
                      {"Referrer-Policy", "same-origin"},
                      {"X-Frame-Options", "DENY"}};
  return response;
}

HttpResponse redirect_to(const std::string& location) {
  HttpResponse response = html_response("", 303);
  response.headers["Location"] = location;
  return response;
}

std::string with_csrf(std::string html, const Console& console, const Session& session) {
  for (auto at = html.find(console.csrf_mark); at != std::string::npos;
       at = html.find(console.csrf_mark, at + session.csrf.size())) {
    html.replace(at, console.csrf_mark.size(), session.csrf);
  }
  return html;
}

std::string asset_address(const Service& service, const std::string& file) {
  return "/console/assets/" + file + "?v=" + asset_of(service, file).version;
}

std::string framed(const Service& service, const Visitor& visitor, const Frame& frame,
                   const std::string& body) {
  OrderedJson pages = OrderedJson::array();
  for (const ConsolePage& page : console_pages()) {
    if (visitor.access.tenant && page.audience == Audience::platform) continue;
    pages.push_back(
        {{"href", page.path}, {"title", page.label}, {"current", page.id == frame.page}});
  }
  const std::string html =
      render_console(service, "frame",
                     {{"title", frame.title},
                      {"pages", std::move(pages)},
                      {"who", name_of_visitor(service, visitor)},
                      {"role", role_of_visitor(visitor)},
                      {"may_sign_out", !visitor.session.token.empty()},
                      {"csrf", visitor.session.csrf},
                      {"notice", frame.notice},
                      {"refresh", frame.refresh_s > 0 ? std::to_string(frame.refresh_s) : ""},
                      {"version", COSTD_VERSION},
                      {"css", asset_address(service, "console.css")},
                      {"icon", asset_address(service, "icon.svg")},
                      {"script", asset_address(service, "console.js")},
                      {"body", body}});
  return with_csrf(html, *service.console, visitor.session);
}

HttpResponse error_page(const Service& service, const Visitor& visitor, const std::string& page,
                        int status, const std::string& message) {
  const std::string body =
      render_console(service, "error", {{"message", message}, {"status", status}});
  return html_response(framed(service, visitor, {page, "That did not work"}, body), status);
}

}  // namespace costd
