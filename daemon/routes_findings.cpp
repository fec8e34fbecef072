// Forecasts and anomalies.

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

std::optional<AnomalyRuleName> rule_query(const std::string& rule) {
  if (rule.empty()) return std::nullopt;
  if (rule == "published") return AnomalyRuleName::published;
  if (rule == "robust") return AnomalyRuleName::robust;
  throw Error(ErrorCode::usage, "rule \"" + rule + "\" is none of published, robust");
}

HttpResponse list_anomalies(Service& service, const RouteCall& call) {
  const DayRange range{day_query(call, "from").value_or(from_day_number(-1'000'000)),
                       day_query(call, "to").value_or(from_day_number(1'000'000))};
  OrderedJson list = OrderedJson::array();
  for (const StoredAnomaly& anomaly :
       load_anomalies(service.database.snapshot(), range, call.query("tenantId"),
                      rule_query(call.query("rule")))) {
    list.push_back(to_json(anomaly));
  }
  return json_response(list);
}

}  // namespace

std::vector<Route> finding_routes() {
  return {
      {"GET", "/v1/admin/forecasts", Role::viewer, list_forecasts,
       "7-day trailing forecasts; by=model|tenant|provider|tenant-model|total"},
      {"GET", "/v1/admin/anomalies", Role::viewer, list_anomalies,
       "incidents by day; rule=published|robust"},
  };
}

}  // namespace costd
