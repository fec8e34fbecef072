// Forecasts, anomalies and budgets.

#include <array>

#include "daemon/json_views.hpp"
#include "ledger/error.hpp"

namespace costd {
namespace {

bool is_by(const StoredForecast& forecast, const std::string& by) {
  const bool tenant = !forecast.tenant.empty();
  const bool model = !forecast.model.empty();
  const bool provider = !forecast.provider.empty();
  if (by == "total") return !tenant && !model && !provider;
  if (by == "tenant") return tenant && !model;
  if (by == "provider") return provider;
  if (by == "tenant-model") return tenant && model;
  return model && !tenant;  // by model
}

HttpResponse list_forecasts(Service& service, const RouteCall& call) {
  const auto tenant = text_query(call, "tenantId");
  std::string by = call.query("by");
  if (by.empty()) by = tenant ? "tenant-model" : "model";
  constexpr std::array known{"model", "tenant", "provider", "tenant-model", "total"};
  if (std::ranges::find(known, by) == known.end()) {
    throw Error(ErrorCode::usage,
                "by \"" + by + "\" is none of model, tenant, provider, tenant-model, total");
  }
  OrderedJson list = OrderedJson::array();
  for (const StoredForecast& forecast :
       load_forecasts(service.database.snapshot(), day_query(call, "asOf"))) {
    if (tenant && forecast.tenant != *tenant) continue;
    if (is_by(forecast, by)) list.push_back(to_json(forecast));
  }
  return json_response(list);
}

HttpResponse list_anomalies(Service& service, const RouteCall& call) {
  const DayRange range{day_query(call, "from").value_or(from_day_number(-1'000'000)),
                       day_query(call, "to").value_or(from_day_number(1'000'000))};
  OrderedJson list = OrderedJson::array();
  for (const StoredAnomaly& anomaly :
       load_anomalies(service.database.snapshot(), range, call.query("tenantId"))) {
    list.push_back(to_json(anomaly));
  }
  return json_response(list);
}

OrderedJson budget_json(const BudgetCap& cap, const std::vector<BudgetStatus>& statuses) {
  OrderedJson json{{"id", cap.id},
                   {"name", cap.name},
                   {"tenantId", cap.tenant},
                   {"apiKey", cap.api_key},
                   {"period", name_of(cap.period)},
                   {"limitUsd", format_exact(cap.limit)},
                   {"softLimitPct", cap.soft_limit_percent},
                   {"managedBy", "PLATFORM"}};
  const auto status = std::ranges::find(statuses, cap.id, &BudgetStatus::cap_id);
  if (status == statuses.end()) {
    json["usage"] = nullptr;
    return json;
  }
  json["usage"] = {{"currentSpend", format_exact(status->spent)},
                   {"periodStart", format_day(status->period.from)},
                   {"periodEnd", format_day(status->period.to)},
                   {"utilisationPct", format_percent(status->spent, cap.limit, 1)},
                   {"remaining", format_exact(cap.limit - status->spent)},
                   {"colour", name_of(status->colour)},
                   {"computedAt", format_instant(status->computed_at)}};
  return json;
}

HttpResponse list_budgets(Service& service, const RouteCall&) {
  const Snapshot snapshot = service.database.snapshot();
  const auto statuses = load_budget_statuses(snapshot);
  OrderedJson list = OrderedJson::array();
  for (const BudgetCap& cap : load_caps(snapshot)) list.push_back(budget_json(cap, statuses));
  return json_response(list);
}

HttpResponse show_budget(Service& service, const RouteCall& call) {
  const Snapshot snapshot = service.database.snapshot();
  const auto caps = load_caps(snapshot);
  const auto cap = std::ranges::find(caps, call.path.at("id"), &BudgetCap::id);
  if (cap == caps.end()) {
    throw Error(ErrorCode::not_found,
                "there is no budget " + call.path.at("id") + "; see costctl budgets status");
  }
  return json_response(budget_json(*cap, load_budget_statuses(snapshot)));
}

}  // namespace

std::vector<Route> finding_routes() {
  return {
      {"GET", "/v1/admin/forecasts", Role::viewer, list_forecasts,
       "7-day trailing forecasts; by=model|tenant|provider|tenant-model|total"},
      {"GET", "/v1/admin/anomalies", Role::viewer, list_anomalies, "anomalies by day"},
      {"GET", "/v1/admin/budgets", Role::viewer, list_budgets, "budget caps and their use"},
      {"GET", "/v1/admin/budgets/{id}/usage", Role::viewer, show_budget, "one cap and its use"},
  };
}

}  // namespace costd
