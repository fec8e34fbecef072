// The process itself: its configuration and its clock.

#include "daemon/json_views.hpp"
#include "ledger/error.hpp"
#include "ledger/store/clock_store.hpp"

namespace costd {
namespace {

HttpResponse reload(Service& service, const RouteCall& call) {
  if (!service.reload) {
    throw Error(ErrorCode::refused, "this costd cannot read its configuration again; restart it");
  }
  service.reload(call.actor());
  const auto settings = service.settings.get();
  return json_response({{"file", settings->file},
                        {"schedules", settings->schedules.size()},
                        {"sources", settings->sources.size()},
                        {"prices", settings->prices.size()},
                        {"tenants", settings->tenants.size()}});
}

HttpResponse show_clock(Service& service, const RouteCall&) {
  const auto state = find_clock_state(service.database.snapshot());
  const auto hold = state ? state->hold : std::nullopt;
  return json_response(
      {{"now", format_instant(service.clock.now())},
       {"synchronised", service.clock.is_synchronised()},
       {"seenAt", state ? OrderedJson(format_instant(state->seen_at)) : OrderedJson(nullptr)},
       {"held", hold.has_value()},
       {"heldFrom", hold ? OrderedJson(format_instant(hold->from)) : OrderedJson(nullptr)},
       {"heldTo", hold ? OrderedJson(format_instant(hold->to)) : OrderedJson(nullptr)}});
}

HttpResponse confirm_clock(Service& service, const RouteCall& call) {
  if (service.guard == nullptr) {
    throw Error(ErrorCode::conflict, "nobody watches the clock; nothing is to be confirmed");
  }
  service.guard->confirm(call.actor());
  service.scheduler.look_again();
  return show_clock(service, call);
}

}  // namespace

std::vector<Route> process_routes() {
  return {
      {"POST", "/v1/admin/reload", Role::admin, reload,
       "read the configuration again; the whole file is valid, or nothing changes"},
      {"GET", "/v1/admin/clock", Role::viewer, show_clock, "the clock, and whether it is trusted"},
      {"POST", "/v1/admin/clock/confirm", Role::operator_, confirm_clock,
       "the clock is right: go on closing and mailing"},
  };
}

}  // namespace costd
