// costd's own audit events, and the verification of their chain.

#include <limits>
#include <nlohmann/json.hpp>

#include "daemon/audit_json.hpp"
#include "daemon/json_views.hpp"
#include "daemon/routes.hpp"
#include "ledger/own_chain.hpp"
#include "ledger/store/audit_store.hpp"

namespace costd {
namespace {

constexpr std::int64_t events_at_once = 10'000;

HttpResponse list_events(Service& service, const RouteCall& call) {
  const auto after = number_query(call, "after", 0, std::numeric_limits<std::int64_t>::max());
  const auto limit = number_query(call, "limit", 50, 1000);
  const Snapshot snapshot = service.database.snapshot();
  OrderedJson events = OrderedJson::array();
  for (const AuditEvent& event : load_audit_events(snapshot, after, limit)) {
    events.push_back(OrderedJson::parse(to_line(event)));
  }
  return json_response({{"events", events}, {"total", load_audit_head(snapshot).count}});
}

HttpResponse verify_chain(Service& service, const RouteCall& call) {
  std::optional<ChainAnchor> anchor;
  if (const auto text = call.query("anchor"); !text.empty()) anchor = parse_chain_anchor(text);
  const Snapshot snapshot = service.database.snapshot();
  OwnChain chain;
  std::int64_t after = 0;
  for (;;) {
    const auto events = load_audit_events(snapshot, after, events_at_once);
    if (events.empty()) break;
    for (const AuditEvent& event : events) chain.add(event);
    after = events.back().seq;
  }
  return json_response(verification_json("costd", {{"", chain.judge(anchor)}}));
}

}  // namespace

std::vector<Route> audit_routes() {
  return {
      {"GET", "/v1/admin/audit/events", Role::viewer, list_events,
       "what was done, by whom and with what outcome, oldest first"},
      {"GET", "/v1/admin/audit/verify", Role::viewer, verify_chain,
       "whether the chain of these events is whole"},
  };
}

}  // namespace costd
