#include "daemon/console/page.hpp"

#include <fmt/format.h>

#include <string_view>

#include "daemon/console/html_answer.hpp"
#include "daemon/console/templates.hpp"
#include "daemon/control/http_answer.hpp"
#include "ledger/error.hpp"
#include "ledger/store/tenant_store.hpp"

namespace costd {
namespace {

using std::chrono::milliseconds;

/// Texts with dates and slots change though no data does.
constexpr milliseconds page_age_max{30'000};

/// The address without its dialog, as a query: what a form leads back to.
Fields without_dialog(const Fields& query) {
  return with(query, {{"dialog", ""}, {"id", ""}});
}

std::string query_text(const Fields& query) {
  const std::string text = address("", query);
  return text.empty() ? "" : text.substr(1);
}

BuiltPage build(PageContext& context, const ConsolePage& page) {
  const auto begun = context.service.clock.elapsed();
  OrderedJson values = page.values(context);
  values["csrf"] = context.service.console->csrf_mark;
  values["path"] = page.path;
  values["back"] = query_text(context.query);
  values["close"] = address(page.path, without_dialog(context.query));
  values["may_change"] = context.may_change();
  values["refusal"] = context.refusal;
  if (!values.contains("zone")) values["zone"] = context.zone().name();
  BuiltPage built = split_into_parts(render_console(context.service, page.id, values));
  built.took = context.service.clock.elapsed() - begun;
  return built;
}

std::shared_ptr<const BuiltPage> find_page(PageContext& context, const ConsolePage& page,
                                           const Visitor& visitor) {
  Service& service = context.service;
  const std::string version = fmt::format("{}.{}", service.database.change_count(),
                                          to_micros(service.budgets->current()->computed_at()));
  return service.console->pages.get(
      visitor.scope() + " " + address(page.path, context.query),
      {version, service.clock.elapsed(), page.always_for, page_age_max},
      [&] { return build(context, page); });
}

std::string joined(const BuiltPage& page) {
  std::string body;
  for (const PagePart& part : page.parts) {
    body += part.name.empty() ? part.html
                              : fmt::format(R"(<div data-part="{}" data-hash="{}">{}</div>)",
                                            part.name, part.hash, part.html);
  }
  return body;
}

/// "cards=0f12,list=": what the browser has of the parts that it asks for.
Fields known_parts(std::string_view header) {
  Fields known;
  while (!header.empty()) {
    const std::string_view one = header.substr(0, header.find(','));
    header.remove_prefix(std::min(header.size(), one.size() + 1));
    const std::size_t equals = std::min(one.find('='), one.size());
    known[std::string(one.substr(0, equals))] =
        equals == one.size() ? "" : std::string(one.substr(equals + 1));
  }
  return known;
}

HttpResponse changed_parts(const BuiltPage& page, const Fields& known, const Console& console,
                           const Session& session) {
  OrderedJson parts = OrderedJson::object();
  for (const PagePart& part : page.parts) {
    const auto had = known.find(part.name);
    if (part.name.empty() || had == known.end() || had->second == part.hash) continue;
    parts[part.name] = {{"hash", part.hash}, {"html", with_csrf(part.html, console, session)}};
  }
  return json_response({{"parts", std::move(parts)}});
}

HttpResponse to_sign_in(const RouteCall& call, const ConsolePage& page) {
  if (!call.header("x-parts").empty()) {
    return error_response(401, "refused", "the session has ended; sign in again");
  }
  return redirect_to(
      address("/console/sign-in", {{"next", address(page.path, call.request.query)}}));
}

HttpResponse whole_page(PageContext& context, const ConsolePage& page, const Visitor& visitor,
                        const BuiltPage& built, int status) {
  const Frame frame{page.id, page.title, page.refresh_s,
                    context.service.console->sessions.take_notice(visitor.session.id)};
  return html_response(framed(context.service, visitor, frame, joined(built)), status);
}

}  // namespace

PageContext context_of(Service& service, const RouteCall& call, const Visitor& visitor,
                       Fields query) {
  return {service, call, Api(service, call.request, visitor.session.csrf), visitor.access,
          std::move(query)};
}

Zone PageContext::zone() const {
  const BillingZones zones = load_billing_zones(service.database.snapshot());
  return zones.zone_at(tenant(), service.clock.now());
}

HttpResponse show_page(Service& service, const RouteCall& call, const ConsolePage& page) {
  const auto visitor = find_visitor(service, call);
  if (!visitor) return to_sign_in(call, page);
  PageContext context = context_of(service, call, *visitor, call.request.query);
  const std::string parts = call.header("x-parts");
  try {
    const auto built = find_page(context, page, *visitor);
    return parts.empty()
               ? whole_page(context, page, *visitor, *built, 200)
               : changed_parts(*built, known_parts(parts), *service.console, visitor->session);
  } catch (const Error& error) {
    if (!parts.empty()) throw;
    return error_page(service, *visitor, page.id, status_for(error.code()), error.what());
  }
}

HttpResponse act_on_page(Service& service, const RouteCall& call, const ConsolePage& page) {
  const auto visitor = find_visitor(service, call);
  if (!visitor) return to_sign_in(call, page);
  const Fields form = parse_form(call.request.body);
  if (!is_same_secret(field(form, "csrf"), visitor->session.csrf)) {
    return error_page(service, *visitor, page.id, 403,
                      "The form is from another session; open the page again and repeat what you "
                      "did. Nothing was changed.");
  }
  PageContext context = context_of(service, call, *visitor, parse_form(field(form, "back")));
  try {
    const FormOutcome outcome = page.act(context, form);
    if (outcome.next == FormOutcome::Next::show_again) {
      context.pending_form = form;
      return whole_page(context, page, *visitor, build(context, page), 200);
    }
    service.console->pages.forget();
    service.console->sessions.leave_notice(visitor->session.id, outcome.notice);
    return redirect_to(
        address(page.path, with(without_dialog(context.query), outcome.query_changes)));
  } catch (const Error& error) {
    context.pending_form = form;
    context.refusal = error.what();
    if (context.word("dialog").empty()) {
      return error_page(service, *visitor, page.id, status_for(error.code()), error.what());
    }
    return whole_page(context, page, *visitor, build(context, page), status_for(error.code()));
  }
}

}  // namespace costd
