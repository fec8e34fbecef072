// Access tokens: add, list, revoke.

#include <fmt/format.h>

#include <algorithm>

#include "config/words.hpp"
#include "daemon/access_token.hpp"
#include "daemon/json_views.hpp"
#include "ledger/error.hpp"
#include "ledger/sha256.hpp"
#include "ledger/store/budget_store.hpp"
#include "ledger/ulid.hpp"

namespace costd {
namespace {

constexpr std::size_t name_bytes_max = 100;

OrderedJson to_json(const AccessToken& token, Instant now) {
  const bool is_expired = token.expires_at != Instant{} && token.expires_at <= now;
  const char* state = token.revoked_at != Instant{} ? "REVOKED" : is_expired ? "EXPIRED" : "VALID";
  return {{"id", token.id},
          {"name", token.name},
          {"role", token.role},
          {"tenantId", token.tenant.empty() ? OrderedJson(nullptr) : OrderedJson(token.tenant)},
          {"state", state},
          {"createdAt", format_instant(token.created_at)},
          {"createdBy", token.created_by},
          {"expiresAt", instant_or_null(token.expires_at)},
          {"revokedAt", instant_or_null(token.revoked_at)},
          {"lastUsedAt", instant_or_null(token.last_used_at)}};
}

void check_name(const std::string& name) {
  const bool is_plain = std::ranges::none_of(
      name, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  if (name.empty() || name.size() > name_bytes_max || !is_plain) {
    throw Error(ErrorCode::usage,
                fmt::format("name is missing, over {} bytes or has a control character; say who or "
                            "what the token is for",
                            name_bytes_max));
  }
}

Instant expiry_of(const std::string& text, Instant now) {
  if (text.empty()) return {};
  const auto duration = parse_duration_setting(text);
  if (!duration || *duration <= std::chrono::seconds(0)) {
    throw Error(ErrorCode::usage, fmt::format("expires \"{}\" is no duration; write it like 90d",
                                              show_setting(text)));
  }
  return now + *duration;
}

void check_tenant(Connection& connection, const AccessToken& token) {
  if (token.tenant.empty()) return;
  if (token.role == name_of(Role::admin)) {
    throw Error(ErrorCode::usage,
                "an admin is of the whole platform; leave tenantId out, or make the role operator");
  }
  if (is_known_tenant(connection, token.tenant)) return;
  throw Error(ErrorCode::usage,
              fmt::format("tenantId \"{}\" is not a tenant that is configured or has usage; check "
                          "its spelling (costctl tenants list), or: costctl tenants set",
                          show_setting(token.tenant)));
}

AccessToken token_of_body(const nlohmann::json& body, const RouteCall& call, Instant now) {
  for (const auto& [member, value] : body.items()) {
    if (member != "name" && member != "role" && member != "tenantId" && member != "expires") {
      throw Error(ErrorCode::usage,
                  fmt::format("\"{}\" is no member of a token; it has name, role, "
                              "tenantId, expires",
                              show_setting(member)));
    }
  }
  AccessToken token;
  token.id = make_ulid(now);
  token.name = text_member(body, "name");
  token.role = text_member(body, "role");
  token.tenant = text_member(body, "tenantId");
  token.created_at = now;
  token.created_by = call.actor().text();
  token.expires_at = expiry_of(text_member(body, "expires"), now);
  check_name(token.name);
  if (!parse_role(token.role)) {
    throw Error(ErrorCode::usage, fmt::format("role \"{}\" is none of viewer, operator, admin",
                                              show_setting(token.role)));
  }
  return token;
}

void audit(UnitOfWork& unit, const RouteCall& call, const char* action, const AccessToken& token,
           Instant now) {
  const std::string until =
      token.expires_at == Instant{} ? "" : ", until " + format_instant(token.expires_at);
  unit.audit({.at = now,
              .actor = call.actor(),
              .action = action,
              .object = token.id,
              .tenant = token.tenant,
              .reason = fmt::format("{} \"{}\"{}", token.role, token.name, until)});
}

/// The answer is the only place where the token itself is ever seen.
HttpResponse add_token(Service& service, const RouteCall& call) {
  const Instant now = service.clock.now();
  AccessToken token = token_of_body(body_object(call), call, now);
  const std::string text = make_token();
  token.hash = sha256_hex(text);
  UnitOfWork unit = service.database.begin();
  check_tenant(unit, token);
  insert_token(unit, token);
  audit(unit, call, "tokens.add", token, now);
  unit.commit();
  OrderedJson json = to_json(token, now);
  json["token"] = text;
  return json_response(json, 201);
}

HttpResponse list_tokens(Service& service, const RouteCall&) {
  OrderedJson list = OrderedJson::array();
  for (const AccessToken& token : load_tokens(service.database.snapshot())) {
    list.push_back(to_json(token, service.clock.now()));
  }
  return json_response(list);
}

HttpResponse revoke(Service& service, const RouteCall& call) {
  const std::string& id = call.path.at("id");
  const Instant now = service.clock.now();
  UnitOfWork unit = service.database.begin();
  auto token = find_token(unit, id);
  if (!token) {
    throw Error(ErrorCode::not_found, "there is no token " + id + "; see costctl tokens list");
  }
  if (!revoke_token(unit, id, now)) {
    throw Error(ErrorCode::conflict, "token " + id + " was revoked on " +
                                         format_instant(token->revoked_at) + " already");
  }
  token->revoked_at = now;
  audit(unit, call, "tokens.revoke", *token, now);
  unit.commit();
  return json_response(to_json(*token, now));
}

}  // namespace

std::vector<Route> token_routes() {
  const std::string tokens = "/v1/admin/tokens";
  return {
      {"POST", tokens, Role::admin, add_token,
       "add an access token for a role, maybe of one tenant; the answer shows it once"},
      {"GET", tokens, Role::admin, list_tokens,
       "access tokens, newest first, with who made them and when they were last used"},
      {"DELETE", tokens + "/{id}", Role::admin, revoke,
       "revoke an access token; it stays on record"},
  };
}

}  // namespace costd
