// Tenants: listed, shown, and described over the socket where no file does it.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "daemon/json_views.hpp"
#include "jobs/chargeback_job.hpp"
#include "ledger/error.hpp"
#include "ledger/sha256.hpp"
#include "ledger/store/daily_store.hpp"
#include "ledger/store/tenant_store.hpp"

namespace costd {
namespace {

using nlohmann::json;
using Pairs = std::map<std::string, std::string>;

constexpr std::size_t text_bytes_max = 4000;

/// Configured tenants, those described over the API, and those that only appear in the usage.
std::vector<Tenant> known_tenants(Service& service) {
  const Snapshot snapshot = service.database.snapshot();
  std::vector<Tenant> tenants = load_tenants(snapshot);
  for (const auto& [id, day] : load_first_usage_days(snapshot)) {
    if (std::ranges::find(tenants, id, &Tenant::id) != tenants.end()) continue;
    Tenant tenant;
    tenant.id = id;
    tenant.origin = TenantOrigin::usage;
    tenants.push_back(std::move(tenant));
  }
  const BillingZones zones = load_billing_zones(snapshot);
  for (Tenant& tenant : tenants) {
    tenant.time_zone = zones.zone_at(tenant.id, service.clock.now()).name();
  }
  return tenants;
}

HttpResponse list_tenants(Service& service, const RouteCall& call) {
  const auto wanted = text_query(call, "tenantId");
  OrderedJson list = OrderedJson::array();
  for (const Tenant& tenant : known_tenants(service)) {
    if (!wanted || tenant.id == *wanted) list.push_back(to_json(tenant));
  }
  return json_response(list);
}

[[noreturn]] void refuse_unknown(const std::string& id) {
  throw Error(ErrorCode::not_found, "there is no tenant " + id + "; see costctl tenants list");
}

void check_is_own_tenant(Service&, const RouteCall& call) {
  const std::string& id = call.path.at("id");
  if (id != call.access.tenant) refuse_unknown(id);
}

HttpResponse answer_with_tenant(Service& service, const std::string& id, int status) {
  const auto tenants = known_tenants(service);
  const auto found = std::ranges::find(tenants, id, &Tenant::id);
  if (found == tenants.end()) refuse_unknown(id);
  return json_response(to_json(*found), status);
}

HttpResponse show_tenant(Service& service, const RouteCall& call) {
  return answer_with_tenant(service, call.path.at("id"), 200);
}

[[noreturn]] void refuse(const std::string& message) {
  throw Error(ErrorCode::usage, message);
}

void check_text(const std::string& what, const std::string& text) {
  if (text.size() > text_bytes_max) {
    refuse(fmt::format("{} has {} bytes, the limit is {}; shorten it", what, text.size(),
                       text_bytes_max));
  }
  if (std::ranges::any_of(
          text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; })) {
    refuse(what + " has a line end or control character; write it in one line without");
  }
}

std::string checked_text(const std::string& what, const json& value) {
  if (value.is_null()) return "";
  if (!value.is_string()) refuse(what + " is no text; write it in quotes");
  const std::string text = value.get<std::string>();
  check_text(what, text);
  return text;
}

const json& object_of(const std::string& what, const json& value) {
  if (!value.is_object()) refuse(what + " is no object; write keys and their texts");
  return value;
}

/// Each member becomes a pair; null takes a pair away.
void change_pairs(const std::string& what, const json& members, Pairs& pairs) {
  for (const auto& [key, value] : object_of(what, members).items()) {
    if (key.empty()) refuse(what + " has a key without a name; give it one");
    check_text("a key of " + what, key);
    if (value.is_null()) {
      pairs.erase(key);
    } else {
      pairs[key] = checked_text(what + "." + key, value);
    }
  }
}

/// Null takes an area away, and so does taking its last pair away.
void change_settings(const json& members, TenantSettings& settings) {
  const auto& areas = tenant_setting_areas();
  for (const auto& [area, pairs] : object_of("settings", members).items()) {
    if (std::ranges::find(areas, area) == areas.end()) {
      refuse(fmt::format("there is no area of settings \"{}\"; the areas are {}",
                         area.substr(0, text_bytes_max), fmt::join(areas, ", ")));
    }
    if (pairs.is_null()) {
      settings.erase(area);
      continue;
    }
    Pairs& kept = settings[area];
    change_pairs("settings." + area, pairs, kept);
    if (kept.empty() && !pairs.empty()) settings.erase(area);
  }
}

/// Keys that have an effect on jobs, which read them from the file.
void check_metadata(const Pairs& metadata) {
  for (const char* key : {anomaly_threshold_key, recipients_key}) {
    if (metadata.contains(key)) {
      refuse(fmt::format("metadata.{} holds only in the tenants file; add the tenant there", key));
    }
  }
  const auto hold = metadata.find(legal_hold_key);
  if (hold != metadata.end() && hold->second != "true" && hold->second != "false") {
    refuse(
        fmt::format("metadata.{} is neither true nor false; write one of the two", legal_hold_key));
  }
}

Tenant with_body(Tenant tenant, const json& body) {
  for (const auto& [member, value] : body.items()) {
    if (member == "name") {
      tenant.name = checked_text(member, value);
    } else if (member == "region") {
      tenant.region = checked_text(member, value);
    } else if (member == "metadata") {
      change_pairs(member, value, tenant.metadata);
    } else if (member == "settings") {
      change_settings(value, tenant.settings);
    } else {
      refuse(fmt::format("\"{}\" cannot be set; a tenant has name, region, metadata, settings",
                         member.substr(0, 60)));
    }
  }
  check_metadata(tenant.metadata);
  return tenant;
}

void check_id(const std::string& id) {
  constexpr std::size_t id_bytes_max = 200;
  check_text("the tenant's id", id);
  if (id.empty() || id.size() > id_bytes_max || id.front() == ' ' || id.back() == ' ') {
    refuse(
        fmt::format("a tenant's id has 1 to {} bytes and no blank at an end; write it as the "
                    "records have it",
                    id_bytes_max));
  }
}

void check_editable(const Tenant& tenant, const Service& service) {
  if (tenant.origin != TenantOrigin::file) return;
  throw Error(ErrorCode::refused,
              fmt::format("tenant \"{}\" stands in {}; change it there, then: costctl reload",
                          tenant.id, service.settings.get()->tenants_file));
}

void audit(UnitOfWork& unit, const Service& service, const RouteCall& call, const Tenant* before,
           const Tenant* after) {
  AuditEvent event;
  event.at = service.clock.now();
  event.actor = call.actor();
  event.action = after != nullptr ? "tenants.set" : "tenants.delete";
  event.object = call.path.at("id");
  event.tenant = event.object;
  if (before != nullptr) event.before_sha256 = sha256_hex(canonical_text(*before));
  if (after != nullptr) event.after_sha256 = sha256_hex(canonical_text(*after));
  unit.audit(std::move(event));
}

/// PUT gives all that is said of the tenant, PATCH what changes.
HttpResponse set_tenant(Service& service, const RouteCall& call) {
  const std::string& id = call.path.at("id");
  check_id(id);
  const json body = body_object(call);
  UnitOfWork unit = service.database.begin();
  const std::optional<Tenant> before = find_tenant(unit, id);
  if (before) check_editable(*before, service);
  Tenant base;
  base.id = id;
  base.origin = TenantOrigin::api;
  if (before && call.request.method == "PATCH") base = *before;
  const Tenant after = with_body(std::move(base), body);
  if (!before || canonical_text(*before) != canonical_text(after)) {
    store_tenant(unit, after);
    audit(unit, service, call, before ? &*before : nullptr, &after);
    unit.commit();
  }
  return answer_with_tenant(service, id, before ? 200 : 201);
}

/// What was said of it goes; what it used stays, and shows it as seen in the usage.
HttpResponse delete_tenant_route(Service& service, const RouteCall& call) {
  const std::string& id = call.path.at("id");
  UnitOfWork unit = service.database.begin();
  const std::optional<Tenant> tenant = find_tenant(unit, id);
  if (!tenant) {
    throw Error(ErrorCode::not_found,
                "nobody has described a tenant " + id + "; see costctl tenants list");
  }
  check_editable(*tenant, service);
  if (is_on_hold(*tenant)) {
    throw Error(ErrorCode::conflict,
                fmt::format("tenant \"{}\" is under legal hold, which would end with it; first set "
                            "metadata.{}=false",
                            id, legal_hold_key));
  }
  delete_tenant(unit, id);
  audit(unit, service, call, &*tenant, nullptr);
  unit.commit();
  OrderedJson json = to_json(*tenant);
  json["deleted"] = true;
  return json_response(json);
}

}  // namespace

std::vector<Route> tenant_routes() {
  return {
      {"GET",
       "/v1/admin/tenants",
       Role::viewer,
       list_tenants,
       "tenants, configured and seen",
       TenantUse::filtered_by_query,
       {"tenantId"}},
      {"GET",
       "/v1/admin/tenants/{id}",
       Role::viewer,
       show_tenant,
       "one tenant",
       {TenantUse::of_path_id, check_is_own_tenant}},
      {"PUT", "/v1/admin/tenants/{id}", Role::operator_, set_tenant,
       "describe a tenant that is not in the tenants file: name, region, metadata, settings"},
      {"PATCH", "/v1/admin/tenants/{id}", Role::operator_, set_tenant,
       "change what is said of such a tenant; null takes a pair or an area away"},
      {"DELETE", "/v1/admin/tenants/{id}", Role::operator_, delete_tenant_route,
       "take away all that is said of such a tenant; what it used stays"},
  };
}

}  // namespace costd
