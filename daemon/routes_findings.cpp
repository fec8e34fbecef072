// Forecasts and anomalies.

#include <fmt/format.h>

#include <array>

#include "daemon/json_views.hpp"
#include "jobs/budget_evaluation.hpp"
#include "jobs/forecast_job.hpp"
#include "ledger/error.hpp"
#include "ledger/store/cost_summary.hpp"
#include "ledger/store/tenant_store.hpp"

namespace costd {
namespace {

constexpr std::int64_t newest_default = 10;

constexpr std::array groupings{std::pair{"model", +by_model}, std::pair{"tenant", +by_tenant},
                               std::pair{"provider", +by_provider},
                               std::pair{"tenant-model", by_tenant | by_model},
                               std::pair{"total", +by_nothing}};

unsigned grouping_named(const std::string& by) {
  for (const auto& [name, grouping] : groupings) {
    if (by == name) return grouping;
  }
  throw Error(ErrorCode::usage,
              "by \"" + by + "\" is none of model, tenant, provider, tenant-model, total");
}

unsigned grouping_of(const ForecastScope& scope) {
  return (scope.tenant.empty() ? 0U : by_tenant) | (scope.model.empty() ? 0U : by_model) |
         (scope.provider.empty() ? 0U : by_provider);
}

/// Those that the job has stored; of another complete day that somebody asks for, worked out now.
std::vector<StoredForecast> forecasts_of(Service& service, Connection& connection,
                                         std::optional<Day> as_of,
                                         const std::optional<std::string>& tenant,
                                         unsigned grouping) {
  std::vector<StoredForecast> forecasts = load_forecasts(connection, as_of);
  if (!as_of || !forecasts.empty()) return forecasts;
  const Day complete =
      load_billing_zones(connection).last_day_complete_for_all(service.clock.now());
  if (*as_of > complete) {
    throw Error(ErrorCode::usage, fmt::format("{} is not complete yet; the last day that is, is {}",
                                              format_day(*as_of), format_day(complete)));
  }
  return work_out_forecasts(connection, tenant, grouping, *as_of);
}

/// The budgets of the forecast's scope, with the day on which each is expected to be reached.
OrderedJson budgets_of(const StoredForecast& forecast, const BudgetStandings& standings) {
  OrderedJson list = OrderedJson::array();
  for (const BudgetStanding& standing : standings.all()) {
    const BudgetCap& cap = standing.cap;
    if (!cap.enabled || cap.tenant != forecast.tenant) continue;
    OrderedJson json{{"id", cap.id},
                     {"name", cap.name},
                     {"apiKey", cap.api_key},
                     {"period", name_of(cap.period)},
                     {"limitUsd", format_exact(cap.limit)},
                     {"currentSpend", format_exact(standing.status.spent)},
                     {"expectedSpend", nullptr},
                     {"expectedCrossesOn", nullptr}};
    if (const auto& expected = standing.expected) {
      json["expectedSpend"] = format_exact(expected->at_end);
      if (expected->crosses_on) json["expectedCrossesOn"] = format_day(*expected->crosses_on);
    }
    list.push_back(std::move(json));
  }
  return list;
}

HttpResponse list_forecasts(Service& service, const RouteCall& call) {
  const auto tenant = text_query(call, "tenantId");
  std::string by = call.query("by");
  if (by.empty()) by = tenant ? "tenant-model" : "model";
  const unsigned grouping = grouping_named(by);
  const Snapshot snapshot = service.database.snapshot();
  std::shared_ptr<const BudgetStandings> standings;
  OrderedJson list = OrderedJson::array();
  for (const StoredForecast& forecast :
       forecasts_of(service, snapshot, day_query(call, "asOf"), tenant, grouping)) {
    if ((tenant && forecast.tenant != *tenant) || grouping_of(forecast) != grouping) continue;
    list.push_back(to_json(forecast));
    if (grouping != by_nothing && grouping != by_tenant) continue;
    if (!standings) {
      standings = evaluate_budgets(snapshot, {service.clock.now(), forecast.forecast.as_of});
    }
    list.back()["budgets"] = budgets_of(forecast, *standings);
  }
  return json_response(list);
}

std::optional<AnomalyRuleName> rule_query(const std::string& rule) {
  if (rule.empty()) return std::nullopt;
  if (rule == "published") return AnomalyRuleName::published;
  if (rule == "robust") return AnomalyRuleName::robust;
  throw Error(ErrorCode::usage, "rule \"" + rule + "\" is none of published, robust");
}

DayRange days_asked_for(const RouteCall& call) {
  return {day_query(call, "from").value_or(from_day_number(-1'000'000)),
          day_query(call, "to").value_or(from_day_number(1'000'000))};
}

OrderedJson list_of(const std::vector<StoredAnomaly>& anomalies) {
  OrderedJson list = OrderedJson::array();
  for (const StoredAnomaly& anomaly : anomalies) list.push_back(to_json(anomaly));
  return list;
}

HttpResponse list_anomalies(Service& service, const RouteCall& call) {
  return json_response(
      list_of(load_anomalies(service.database.snapshot(), days_asked_for(call),
                             call.query("tenantId"), rule_query(call.query("rule")))));
}

HttpResponse summarize_anomalies(Service& service, const RouteCall& call) {
  const AnomalyFilter filter{days_asked_for(call), call.query("tenantId"), call.query("model"),
                             call.query("provider")};
  const AnomalyDigest digest = load_anomaly_digest(
      service.database.snapshot(), filter, number_query(call, "limit", newest_default, page_max));
  OrderedJson spans = OrderedJson::array();
  for (const DayRange& span : digest.spans) {
    spans.push_back({{"firstDay", format_day(span.from)},
                     {"lastDay", format_day(span.to - std::chrono::days(1))}});
  }
  return json_response({{"count", digest.count},
                        {"open", digest.open},
                        {"spans", std::move(spans)},
                        {"newest", list_of(digest.newest)}});
}

}  // namespace

std::vector<Route> finding_routes() {
  return {
      {"GET",
       "/v1/admin/forecasts",
       Role::viewer,
       list_forecasts,
       "month-end forecasts: run rate and by weekday; by=model|tenant|provider|tenant-model|total",
       TenantUse::filtered_by_query,
       {"tenantId", "by", "asOf"}},
      {"GET",
       "/v1/admin/anomalies",
       Role::viewer,
       list_anomalies,
       "incidents by day; rule=published|robust",
       TenantUse::filtered_by_query,
       {"tenantId", "rule", "from", "to"}},
      {"GET",
       "/v1/admin/anomalies/summary",
       Role::viewer,
       summarize_anomalies,
       "how many incidents there are, on which days, and the newest of them",
       TenantUse::filtered_by_query,
       {"tenantId", "model", "provider", "from", "to", "limit"}},
  };
}

}  // namespace costd
