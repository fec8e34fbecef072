// Budget caps: list, add, edit, delete; their use; and what they mean for the next call.

#include <fmt/format.h>

#include "daemon/budget_json.hpp"
#include "ledger/budget_ceiling.hpp"
#include "ledger/error.hpp"
#include "ledger/sha256.hpp"
#include "ledger/store/budget_store.hpp"
#include "ledger/ulid.hpp"

namespace costd {
namespace {

constexpr std::int64_t cap_offset_max = 1'000'000'000;

[[noreturn]] void refuse_unknown_id(const std::string& id) {
  throw Error(ErrorCode::not_found,
              "there is no budget " + id + "; costctl budgets list shows those there are");
}

/// For somebody who is bound to a tenant, caps of others and of all together are not there.
void check_is_own_cap(Service& service, const RouteCall& call) {
  const std::string& id = call.path.at("id");
  const auto cap = find_cap(service.database.snapshot(), id);
  if (!cap || cap->tenant != call.access.tenant) refuse_unknown_id(id);
}

BudgetCap get_cap(Connection& connection, const RouteCall& call) {
  const std::string& id = call.path.at("id");
  const auto cap = find_cap(connection, id);
  if (!cap) refuse_unknown_id(id);
  return *cap;
}

HttpResponse list_budgets(Service& service, const RouteCall& call) {
  const auto tenant = text_query(call, "tenantId");
  const std::int64_t limit = number_query(call, "limit", page_default, page_max);
  const std::int64_t offset = number_query(call, "offset", 0, cap_offset_max);
  const auto page = service.budgets->current();
  std::int64_t total = 0;
  std::int64_t enabled = 0;
  OrderedJson budgets = OrderedJson::array();
  for (const BudgetStanding& standing : page->all()) {
    if (tenant && standing.cap.tenant != *tenant) continue;
    if (total >= offset && total - offset < limit) {
      budgets.push_back(to_json(standing, page->computed_at()));
    }
    ++total;
    if (standing.cap.enabled) ++enabled;
  }
  return json_response(
      {{"budgets", std::move(budgets)},
       {"summary", {{"total", total}, {"enabled", enabled}, {"disabled", total - enabled}}},
       {"offset", offset},
       {"computedAt", instant_or_null(page->computed_at())}});
}

HttpResponse show_usage(Service& service, const RouteCall& call) {
  const auto page = service.budgets->current();
  const BudgetStanding* standing = page->find(call.path.at("id"));
  if (standing == nullptr) refuse_unknown_id(call.path.at("id"));
  OrderedJson json = to_json(*standing, page->computed_at());
  BudgetDecision decision =
      page->decide(standing->cap.tenant, standing->cap.api_key, service.clock.now());
  if (call.access.tenant) decision = without_global_caps(std::move(decision));
  json["decision"] = name_of(decision.verdict);
  json["tightest"] = tightest_json(decision);
  return json_response(json);
}

HttpResponse decide(Service& service, const RouteCall& call) {
  const std::string tenant = call.query("tenantId");
  if (tenant.empty()) {
    throw Error(ErrorCode::usage, "tenantId is missing; name the tenant that is about to call");
  }
  const auto page = service.budgets->current();
  const std::string api_key = call.query("apiKey");
  OrderedJson json{{"tenantId", tenant}, {"apiKey", api_key}};
  json.update(to_json(page->decide(tenant, api_key, service.clock.now()), page->computed_at()));
  return json_response(json);
}

void check_name_is_free(Connection& connection, const BudgetCap& cap, const Access& access) {
  const auto other = find_cap_by_name(connection, cap.name);
  if (!other || other->id == cap.id) return;
  if (access.tenant && other->tenant != *access.tenant) {
    throw Error(ErrorCode::conflict,
                fmt::format("name \"{}\" is taken; choose another name", cap.name));
  }
  throw Error(ErrorCode::conflict,
              fmt::format("name \"{}\" is that of budget {} already; choose another name, or "
                          "edit that one",
                          cap.name, other->id));
}

[[noreturn]] void refuse_unknown_tenant(const std::string& tenant) {
  throw Error(ErrorCode::usage,
              fmt::format("tenantId \"{}\" is neither in the tenants file nor has it any usage; "
                          "check its spelling (costctl tenants list), or add it to the file",
                          tenant));
}

void check_tenant(Connection& connection, const BudgetCap& cap) {
  if (cap.tenant.empty() || is_known_tenant(connection, cap.tenant)) return;
  refuse_unknown_tenant(cap.tenant);
}

/// Whoever is bound to a tenant writes caps of that tenant, which the tenant manages.
BudgetFields as_written_by(const Access& access, BudgetFields fields) {
  if (!access.tenant) return fields;
  if (fields.tenant && *fields.tenant != *access.tenant) refuse_unknown_tenant(*fields.tenant);
  const char* own = name_of(ManagedBy::tenant);
  if (fields.managed_by && *fields.managed_by != own) {
    throw Error(ErrorCode::refused,
                fmt::format("managedBy is {} for caps that a tenant writes; leave it out", own));
  }
  fields.tenant = access.tenant;
  fields.managed_by = own;
  return fields;
}

void check_manager(const Access& access, const BudgetCap& cap) {
  if (!access.tenant || cap.managed_by == ManagedBy::tenant) return;
  throw Error(ErrorCode::refused,
              fmt::format("budget {} is the platform's, which alone may change it; add a tighter "
                          "cap of your own",
                          cap.id));
}

/// A cap as people may write it, checked against all the others.
void check_against_others(Connection& connection, const BudgetCap& cap, const Access& access) {
  check_name_is_free(connection, cap, access);
  if (cap.managed_by != ManagedBy::tenant) return;
  const auto caps = load_caps(connection);
  check_ceiling(cap, BudgetCeilings(caps));
}

void audit(UnitOfWork& unit, const Service& service, const RouteCall& call, const char* action,
           const BudgetCap* before, const BudgetCap* after) {
  const BudgetCap& cap = after != nullptr ? *after : *before;
  AuditEvent event;
  event.at = service.clock.now();
  event.actor = call.actor();
  event.action = action;
  event.object = cap.id;
  event.tenant = cap.tenant;
  if (before != nullptr) event.before_sha256 = sha256_hex(canonical_text(*before));
  if (after != nullptr) event.after_sha256 = sha256_hex(canonical_text(*after));
  if (before != nullptr && after != nullptr) event.reason = describe_changes(*before, *after);
  unit.audit(std::move(event));
}

CapChange change_by(const Service& service, const RouteCall& call) {
  return {call.actor().text(), service.clock.now()};
}

/// The changed cap with its figures.
HttpResponse answer_with(Service& service, const std::string& id, int status) {
  const auto page = service.budgets->refresh(service.database, service.clock.now());
  const BudgetStanding* standing = page->find(id);
  if (standing == nullptr) refuse_unknown_id(id);  // deleted by somebody else just now
  return json_response(to_json(*standing, page->computed_at()), status);
}

HttpResponse add_budget(Service& service, const RouteCall& call) {
  const BudgetBody body = read_budget_body(body_object(call));
  if (body.version) throw Error(ErrorCode::usage, "version is not for a new budget; leave it out");
  if (!body.fields.period) {
    throw Error(ErrorCode::usage, "period is missing; write DAILY, WEEKLY or MONTHLY");
  }
  BudgetCap cap = with_fields({}, as_written_by(call.access, body.fields));
  cap.id = make_ulid(service.clock.now());
  UnitOfWork unit = service.database.begin();
  check_tenant(unit, cap);
  check_against_others(unit, cap, call.access);
  insert_cap(unit, cap, change_by(service, call));
  audit(unit, service, call, "budgets.add", nullptr, &cap);
  unit.commit();
  return answer_with(service, cap.id, 201);
}

/// PUT gives the whole cap, and what is left out has its default; PATCH gives what changes.
HttpResponse edit_budget(Service& service, const RouteCall& call) {
  const BudgetBody body = read_budget_body(body_object(call));
  if (!body.version) {
    throw Error(ErrorCode::usage,
                "version is missing; give the version of the budget that the change is made to");
  }
  const bool is_whole = call.request.method == "PUT";
  if (is_whole && !(body.fields.name && body.fields.period && body.fields.limit)) {
    throw Error(ErrorCode::usage,
                "name, period or limitUsd is missing; PUT gives the whole budget, PATCH what "
                "changes");
  }
  UnitOfWork unit = service.database.begin();
  const BudgetCap before = get_cap(unit, call);
  check_manager(call.access, before);
  check_editable(before);
  check_version(before, *body.version, find_cap_version(unit, before.id, *body.version));
  BudgetCap after =
      with_fields(is_whole ? BudgetCap{} : before, as_written_by(call.access, body.fields));
  after.id = before.id;
  after.version = before.version;
  after.origin = before.origin;
  if (after == before) {
    const auto page = service.budgets->current();
    const BudgetStanding* standing = page->find(before.id);
    return json_response(standing != nullptr ? to_json(*standing, page->computed_at())
                                             : fields_of(before));
  }
  ++after.version;
  if (after.tenant != before.tenant) check_tenant(unit, after);
  check_against_others(unit, after, call.access);
  update_cap(unit, after, change_by(service, call));
  audit(unit, service, call, "budgets.edit", &before, &after);
  unit.commit();
  return answer_with(service, after.id, 200);
}

HttpResponse delete_budget(Service& service, const RouteCall& call) {
  UnitOfWork unit = service.database.begin();
  const BudgetCap cap = get_cap(unit, call);
  check_manager(call.access, cap);
  check_editable(cap);
  if (!call.query("version").empty()) {
    const std::int64_t version = number_query(call, "version", 0, INT64_MAX);
    check_version(cap, version, find_cap_version(unit, cap.id, version));
  }
  delete_cap(unit, cap, change_by(service, call));
  audit(unit, service, call, "budgets.delete", &cap, nullptr);
  unit.commit();
  service.budgets->refresh(service.database, service.clock.now());
  OrderedJson json = fields_of(cap);
  json["deleted"] = true;
  return json_response(json);
}

}  // namespace

std::vector<Route> budget_routes() {
  return {
      {"GET",
       "/v1/admin/budgets",
       Role::viewer,
       list_budgets,
       "budget caps and their use, with how many there are; tenantId, limit, offset",
       TenantUse::filtered_by_query,
       {"tenantId", "limit", "offset"}},
      {"POST", "/v1/admin/budgets", Role::operator_, add_budget, "add a budget cap",
       TenantUse::open},
      {"GET",
       "/v1/admin/budgets/decision",
       Role::viewer,
       decide,
       "allow, warn or block a call of tenantId and apiKey, from memory; a tenant nobody knows has "
       "the global caps",
       TenantUse::platform_only,
       {"tenantId", "apiKey"}},
      {"PUT",
       "/v1/admin/budgets/{id}",
       Role::operator_,
       edit_budget,
       "replace a budget cap; version is the one that is replaced",
       {TenantUse::of_path_id, check_is_own_cap}},
      {"PATCH",
       "/v1/admin/budgets/{id}",
       Role::operator_,
       edit_budget,
       "change fields of a budget cap; version is the one that is changed",
       {TenantUse::of_path_id, check_is_own_cap}},
      {"DELETE",
       "/v1/admin/budgets/{id}",
       Role::operator_,
       delete_budget,
       "delete a budget cap; its versions stay on record",
       {TenantUse::of_path_id, check_is_own_cap},
       {"version"}},
      {"GET",
       "/v1/admin/budgets/{id}/usage",
       Role::viewer,
       show_usage,
       "one cap, its use, and the tightest of those that hold with it",
       {TenantUse::of_path_id, check_is_own_cap}},
  };
}

}  // namespace costd
