// costd's own audit events, the verification of their chain, and what vouches for it.

#include <fmt/format.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "daemon/audit_json.hpp"
#include "daemon/json_views.hpp"
#include "daemon/routes.hpp"
#include "ledger/store/audit_store.hpp"
#include "ledger/store/checkpoint_store.hpp"

namespace costd {
namespace {

constexpr std::int64_t any_number = std::numeric_limits<std::int64_t>::max();

std::optional<Instant> instant_query(const RouteCall& call, const char* name) {
  const std::string text = call.query(name);
  if (text.empty()) return std::nullopt;
  auto instant = parse_instant(text);
  if (!instant) instant = parse_instant(text + "T00:00:00Z");
  if (instant) return instant;
  throw Error(ErrorCode::usage, fmt::format("{} \"{}\" is no time; write it like 2026-10-01 or "
                                            "2026-10-01T12:00:00Z (UTC)",
                                            name, text));
}

HttpResponse list_events(Service& service, const RouteCall& call) {
  const auto after = number_query(call, "after", 0, any_number);
  const auto limit = number_query(call, "limit", 50, 1000);
  const AuditFilter filter{call.query("action"), call.query("actor"), call.query("tenantId"),
                           instant_query(call, "from"), instant_query(call, "to")};
  const Snapshot snapshot = service.database.snapshot();
  OrderedJson events = OrderedJson::array();
  for (const AuditEvent& event : load_audit_events(snapshot, after, limit, filter)) {
    events.push_back(OrderedJson::parse(to_line(event)));
  }
  const bool is_all = filter == AuditFilter{};
  return json_response(
      {{"events", events},
       {"total", is_all ? load_audit_head(snapshot).count : count_audit_events(snapshot, filter)}});
}

HttpResponse list_checkpoints(Service& service, const RouteCall& call) {
  const auto after = number_query(call, "after", 0, any_number);
  const auto limit = number_query(call, "limit", 50, 1000);
  const Snapshot snapshot = service.database.snapshot();
  OrderedJson checkpoints = OrderedJson::array();
  for (const AuditCheckpoint& checkpoint : load_checkpoints(snapshot, after, limit)) {
    const auto line = to_line(checkpoint, service.database.install_id());
    checkpoints.push_back(OrderedJson::parse(line).at("checkpoint"));
  }
  const auto newest = find_newest_checkpoint(snapshot);
  return json_response({{"checkpoints", checkpoints}, {"total", newest ? newest->number : 0}});
}

/// What was done with the chain, and a checkpoint that covers it, in one transaction.
AuditHead record(Service& service, AuditEvent event) {
  const bool is_whole = event.outcome == "done";
  UnitOfWork unit = service.database.begin();
  unit.audit(std::move(event));
  // A chain that is broken is not vouched for again.
  if (is_whole && service.signing_key) {
    store_checkpoint(unit, service.database.install_id(), *service.signing_key,
                     service.clock.now());
  }
  const AuditHead head = load_audit_head(unit);
  unit.commit();
  return head;
}

HttpResponse verify_chain(Service& service, const RouteCall& call) {
  std::optional<ChainAnchor> anchor;
  if (const auto text = call.query("anchor"); !text.empty()) anchor = parse_chain_anchor(text);
  const ChainReport report =
      load_own_chain(service.database.snapshot(), service.database.install_id())
          .judge(anchor, call.query("key"));
  const bool is_broken = report.result == ChainReport::Result::fail;
  record(service, {.at = service.clock.now(),
                   .actor = call.actor(),
                   .action = "audit.verify",
                   .object = "costd",
                   .after_sha256 = report.head,
                   .outcome = is_broken ? "failed" : "done",
                   .reason = fmt::format("{}: {} events, {} checkpoints, {} findings",
                                         name_of(report.result), report.events,
                                         report.checkpoints.value_or(0), report.findings.size())});
  return json_response(verification_json("costd", {{"", report}}));
}

/// Records that the chain is taken away, and says how far it goes and what vouches for it.
HttpResponse begin_export(Service& service, const RouteCall& call) {
  const AuditHead head = record(service, {.at = service.clock.now(),
                                          .actor = call.actor(),
                                          .action = "audit.export",
                                          .object = "costd"});
  const Snapshot snapshot = service.database.snapshot();
  OrderedJson keys = OrderedJson::array();
  for (const PublicKey& key : load_public_keys(snapshot)) {
    keys.push_back(OrderedJson::parse(to_line(key)).at("key"));
  }
  const auto newest = find_newest_checkpoint(snapshot);
  return json_response({{"installId", service.database.install_id()},
                        {"events", head.count},
                        {"head", head.hash},
                        {"checkpoints", newest ? newest->number : 0},
                        {"keys", keys}});
}

}  // namespace

std::vector<Route> audit_routes() {
  return {
      {"GET",
       "/v1/admin/audit/events",
       Role::viewer,
       list_events,
       "what was done, by whom and with what outcome, oldest first",
       TenantUse::platform_only,
       {"after", "limit", "action", "actor", "tenantId", "from", "to"}},
      {"GET",
       "/v1/admin/audit/verify",
       Role::viewer,
       verify_chain,
       "whether the chain of these events is whole; that it was asked is one of them",
       TenantUse::platform_only,
       {"anchor", "key"}},
      {"GET",
       "/v1/admin/audit/checkpoints",
       Role::viewer,
       list_checkpoints,
       "signed statements of where the chain stood, oldest first",
       TenantUse::platform_only,
       {"after", "limit"}},
      {"GET", "/v1/admin/audit/export", Role::viewer, begin_export,
       "record that the events are taken away: how many there are, and the keys to verify them"},
  };
}

}  // namespace costd
