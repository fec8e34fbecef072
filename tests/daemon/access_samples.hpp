#pragma once
// A sample request for every route, for tests that ask them all.

#include <functional>
#include <string>

#include "tests/daemon/access_world.hpp"

namespace costd::test {

using nlohmann::json;

/// A request that a route takes, about something of the tenant, and what it answers if it may.
struct Sample {
  int status = 200;
  std::string id{};  ///< stands for {id}, {month}, {name}, {kind}; made for this request
  std::map<std::string, std::string> query{};
  std::string body{};
  std::map<std::string, std::string> headers{};
};

/// With "" for the tenant the sample is about something that is not there.
using Maker = std::function<Sample(AccessWorld&, const std::string& tenant)>;

inline std::string mark_of(const std::string& tenant) {
  return tenant == own_tenant ? "plain" : "canary";
}

inline Maker plain(int status = 200, const std::string& id = "", const json& body = nullptr,
                   const std::map<std::string, std::string>& query = {}) {
  return [=](AccessWorld&, const std::string&) {
    return Sample{status, id, query, body.is_null() ? "" : body.dump()};
  };
}

/// With the tenant in the query.
inline Maker filtered(const std::map<std::string, std::string>& query = {},
                      const std::string& id = "") {
  return [=](AccessWorld&, const std::string& tenant) {
    Sample sample{200, id, query};
    sample.query["tenantId"] = tenant.empty() ? unknown_tenant : tenant;
    return sample;
  };
}

inline Maker report(const std::string& kind, const std::map<std::string, std::string>& query = {}) {
  return [=](AccessWorld& world, const std::string& tenant) {
    const std::string id =
        tenant.empty() ? world.fresh_id() : world.add_report(tenant, kind, mark_of(tenant));
    return Sample{200, id, query};
  };
}

inline Maker cap(const json& body = nullptr) {
  return [=](AccessWorld& world, const std::string& tenant) {
    const std::string id = tenant.empty()
                               ? world.fresh_id()
                               : world.add_cap(tenant, mark_of(tenant), ManagedBy::tenant);
    json sent = body;
    if (!sent.is_null()) sent["version"] = 1;
    if (sent.contains("name")) sent["name"] = "put " + std::to_string(++world.made);
    return Sample{200, id, {}, sent.is_null() ? "" : sent.dump()};
  };
}

inline Maker queued_run(int status) {
  return [=](AccessWorld& world, const std::string&) {
    RunRequest request;
    request.actor = {"uid", "0"};
    request.jobs = {"ingest"};
    request.parameters = {{"n", std::to_string(++world.made)}};
    return Sample{status, world.runs.submit(request).id, {{"reason", "r"}}};
  };
}

inline Maker message(int status = 200) {
  return [=](AccessWorld& world, const std::string&) {
    return Sample{status, world.add_outbox_message(), {{"reason", "r"}}};
  };
}

inline Maker new_cap() {
  return [](AccessWorld& world, const std::string& tenant) {
    const json body{{"name", "new " + std::to_string(++world.made)},
                    {"tenantId", tenant.empty() ? unknown_tenant : tenant},
                    {"period", "MONTHLY"},
                    {"limitUsd", "1"}};
    return Sample{201, "", {}, body.dump()};
  };
}

inline Sample post_of_usage(AccessWorld&, const std::string&) {
  Sample sample{200, "", {{"source", "gateway"}}};
  sample.headers["content-type"] = "application/x-ndjson";
  sample.body = test::json_line(test::a_usage_record());
  return sample;
}

inline Sample price_to_delete(AccessWorld& world, const std::string&) {
  const std::string model = fmt::format("model-{}*", ++world.made);
  HttpRequest request;
  request.method = "POST";
  request.path = "/v1/admin/pricing";
  request.body =
      json{{"model", model}, {"effective", "2026-01-01"}, {"input", "1"}, {"output", "1"}}.dump();
  const json added = json::parse(world.ask({Role::admin, {}, {"uid", "0"}}, request).body);
  return {200, added.at("id").dump(), {}};
}

inline Sample token_to_revoke(AccessWorld& world, const std::string&) {
  AccessToken token;
  token.id = world.fresh_id();
  token.hash = token.id;
  token.role = "viewer";
  world.change([&](UnitOfWork& unit) { insert_token(unit, token); });
  return {200, token.id};
}

inline Sample tenant_by_id(AccessWorld&, const std::string& tenant) {
  return {200, tenant.empty() ? unknown_tenant : tenant, {}, R"({"region":"EU"})"};
}

using Samples = std::map<std::string, Maker>;

/// Of the process, its runs and schedules.
inline Samples process_samples() {
  return {
      {"GET /healthz", plain()},
      {"GET /readyz", plain()},
      {"GET /metrics", plain()},
      {"GET /v1/openapi.json", plain()},
      {"GET /v1/admin", plain()},
      {"GET /v1/admin/status", plain()},
      {"GET /v1/admin/sources", plain()},
      {"GET /v1/admin/quarantine", plain()},
      {"POST /v1/admin/reload", plain()},
      {"GET /v1/admin/clock", plain()},
      {"POST /v1/admin/clock/confirm", plain(409)},
      {"POST /v1/admin/runs", plain(202, "", {{"job", "ingest"}})},
      {"GET /v1/admin/runs", plain()},
      {"GET /v1/admin/runs/{id}", queued_run(200)},
      {"POST /v1/admin/runs/{id}/cancel", queued_run(202)},
      {"POST /v1/admin/runs/{id}/retry", queued_run(409)},
      {"POST /v1/admin/runs/{id}/discard", queued_run(409)},
      {"GET /v1/admin/schedules", plain()},
      {"POST /v1/admin/schedules/{name}/pause", plain(200, "nightly")},
      {"POST /v1/admin/schedules/{name}/resume", plain(200, "nightly")},
      {"GET /v1/admin/schedules/{name}/next", plain(200, "nightly")},
      {"GET /v1/admin/schedules/{name}/prev", plain(200, "nightly")},
      {"GET /v1/admin/schedules/{name}/explain", plain(200, "nightly")},
  };
}

/// Of usage, prices, findings and budgets.
inline Samples money_samples() {
  const json price{{"model", "m-x*"}, {"effective", "2026-02-01"}, {"input", "1"}, {"output", "1"}};
  return {
      {"GET /v1/admin/token-usage", filtered()},
      {"GET /v1/admin/token-usage/summary", filtered()},
      {"POST /v1/admin/token-usage", post_of_usage},
      {"GET /v1/admin/costs", filtered()},
      {"GET /v1/admin/costs/dimensions", filtered()},
      {"GET /v1/admin/costs/summary", filtered({{"groupBy", "model"}})},
      {"GET /v1/admin/pricing", plain()},
      {"POST /v1/admin/pricing", plain(200, "", price, {{"dryRun", "true"}})},
      {"DELETE /v1/admin/pricing/{id}", price_to_delete},
      {"GET /v1/admin/pricing/explain", plain(200, "", nullptr, {{"model", "model-plain"}})},
      {"POST /v1/admin/pricing/import",
       [](AccessWorld&, const std::string&) {
         return Sample{200,
                       "",
                       {{"dryRun", "true"}},
                       "prices:\n  - { model: m-y, input: 1, output: 1, effective: 2026-01-01 }\n"};
       }},
      {"GET /v1/admin/forecasts", filtered({{"by", "tenant"}})},
      {"GET /v1/admin/anomalies", filtered()},
      {"GET /v1/admin/anomalies/summary", filtered()},
      {"GET /v1/admin/budgets", filtered()},
      {"POST /v1/admin/budgets", new_cap()},
      {"GET /v1/admin/budgets/decision", filtered()},
      {"PUT /v1/admin/budgets/{id}",
       cap({{"name", "put"}, {"period", "DAILY"}, {"limitUsd", "1"}})},
      {"PATCH /v1/admin/budgets/{id}", cap({{"enabled", false}})},
      {"DELETE /v1/admin/budgets/{id}", cap()},
      {"GET /v1/admin/budgets/{id}/usage", cap()},
  };
}

/// Of reports, months, the audit chain, tenants, messages and tokens.
inline Samples record_samples() {
  const std::string report_body = R"({"from":"2026-09-01","to":"2026-10-01"})";
  return {
      {"POST /v1/admin/chargeback-reports", plain(202, "", json::parse(report_body))},
      {"GET /v1/admin/chargeback-reports", filtered()},
      {"GET /v1/admin/chargeback-reports/{id}", report("chargeback")},
      {"GET /v1/admin/chargeback-reports/{id}/files/{format}", report("chargeback")},
      {"DELETE /v1/admin/chargeback-reports/{id}", report("chargeback", {{"reason", "r"}})},
      {"POST /v1/admin/compliance-reports",
       plain(202, "", {{"type", "soc2"}, {"from", "2026-09-01"}, {"to", "2026-10-01"}})},
      {"GET /v1/admin/compliance-reports", filtered()},
      {"GET /v1/admin/compliance-reports/{id}", report("soc2")},
      {"GET /v1/admin/compliance-reports/{id}/files/{format}", report("soc2")},
      {"DELETE /v1/admin/compliance-reports/{id}", report("soc2", {{"reason", "r"}})},
      {"GET /v1/admin/periods", filtered()},
      {"POST /v1/admin/periods/{month}/close", plain(202, "2026-09")},
      {"POST /v1/admin/periods/{month}/waive",
       [](AccessWorld&, const std::string&) {
         return Sample{409, "2026-09", {}, R"({"reason":"r"})"};
       }},
      {"GET /v1/admin/audit/events", plain()},
      {"GET /v1/admin/audit/verify", plain()},
      {"GET /v1/admin/audit/checkpoints", plain()},
      {"GET /v1/admin/audit/export", plain()},
      {"GET /v1/admin/tenants", filtered()},
      {"GET /v1/admin/tenants/{id}", tenant_by_id},
      {"PUT /v1/admin/tenants/{id}", tenant_by_id},
      {"PATCH /v1/admin/tenants/{id}", tenant_by_id},
      {"DELETE /v1/admin/tenants/{id}", plain(404, unknown_tenant)},
      {"GET /v1/admin/evidence", plain()},
      {"GET /v1/admin/evidence/{kind}", filtered({}, "organization")},
      {"PUT /v1/admin/evidence/{kind}/{id}", plain(400, "organization", json::object())},
      {"PATCH /v1/admin/evidence/{kind}/{id}", plain(400, "organization", json::object())},
      {"DELETE /v1/admin/evidence/{kind}/{id}", plain(404, "organization")},
      {"GET /v1/admin/alerts", filtered()},
      {"GET /v1/admin/outbox", plain()},
      {"GET /v1/admin/outbox/{id}", message()},
      {"POST /v1/admin/outbox/{id}/retry", message()},
      {"POST /v1/admin/outbox/{id}/confirm", message(409)},
      {"POST /v1/admin/outbox/{id}/discard", message()},
      {"POST /v1/admin/tokens", plain(201, "", {{"name", "n"}, {"role", "viewer"}})},
      {"GET /v1/admin/tokens", plain()},
      {"DELETE /v1/admin/tokens/{id}", token_to_revoke},
  };
}

/// A new route needs a sample in one of them, and is then asked in every way.
inline const Samples& samples() {
  static const Samples all = [] {
    Samples merged = process_samples();
    merged.merge(money_samples());
    merged.merge(record_samples());
    return merged;
  }();
  return all;
}

}  // namespace costd::test
