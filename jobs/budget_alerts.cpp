#include "jobs/budget_alerts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "ledger/mask.hpp"

namespace costd {
namespace {

using Json = nlohmann::ordered_json;

std::string usd(Money amount) {
  return format_cents(round_to_cents(amount)) + " USD";
}

/// "Acme month" of acme, key key_6e41...: who it is about, for a sentence.
std::string about(const BudgetCap& cap) {
  std::string text = fmt::format("Budget \"{}\"", cap.name);
  if (!cap.tenant.empty()) text += " of " + cap.tenant;
  if (!cap.api_key.empty()) text += ", key " + mask_key(cap.api_key);
  return text;
}

Alert alert_about(const BudgetStanding& standing, AlertKind kind, const std::string& level) {
  const BudgetCap& cap = standing.cap;
  const BudgetStatus& status = standing.status;
  Alert alert;
  alert.key =
      fmt::format("budget/{}/{}/{}/{}", cap.id, cap.version, format_day(status.period.from), level);
  alert.kind = kind;
  alert.tenant = cap.tenant;
  alert.subject = "budgets/" + cap.id;
  return alert;
}

Json data_of(const BudgetStanding& standing) {
  const BudgetCap& cap = standing.cap;
  const BudgetStatus& status = standing.status;
  const auto& projection = status.projection;
  Json json{{"capId", cap.id},
            {"capVersion", cap.version},
            {"name", cap.name},
            {"tenantId", cap.tenant},
            {"apiKey", cap.api_key},
            {"period", name_of(cap.period)},
            {"periodStart", format_day(status.period.from)},
            {"periodEnd", format_day(status.period.to)},
            {"timeZone", standing.time_zone},
            {"limit", format_exact(cap.limit)},
            {"spent", format_exact(status.spent)},
            {"utilisationPct", format_percent(status.spent, cap.limit, 1)},
            {"threshold", nullptr},
            {"projected", nullptr},
            {"crossesOn", nullptr},
            {"colour", name_of(status.colour)},
            {"requests", status.requests},
            {"unpricedRequests", status.unpriced_requests}};
  if (projection) json["projected"] = format_exact(projection->at_end);
  if (projection && projection->crosses_on) json["crossesOn"] = format_day(*projection->crosses_on);
  return json;
}

std::string what_is_crossed(const BudgetStanding& standing, int percent) {
  const BudgetCap& cap = standing.cap;
  if (percent == 100) {
    return standing.status.spent == cap.limit ? "has reached its limit" : "is over its limit";
  }
  if (percent == cap.soft_limit_percent) {
    return fmt::format("has crossed its soft limit of {} %", percent);
  }
  return fmt::format("has crossed {} % of its limit", percent);
}

std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::vector<int> thresholds_of(const BudgetCap& cap, const std::vector<int>& further) {
  std::vector<int> all = further;
  all.push_back(cap.soft_limit_percent);
  all.push_back(100);
  std::ranges::sort(all);
  const auto repeated = std::ranges::unique(all);
  all.erase(repeated.begin(), repeated.end());
  return all;
}

int highest_crossed(const BudgetStanding& standing, const std::vector<int>& thresholds) {
  int highest = 0;
  for (const int percent : thresholds) {
    if (is_crossed(standing.cap, standing.status.spent, percent)) highest = percent;
  }
  return highest;
}

Alert threshold_alert(const BudgetStanding& standing, int percent) {
  const BudgetCap& cap = standing.cap;
  const BudgetStatus& status = standing.status;
  Alert alert = alert_about(standing, AlertKind::budget_threshold, std::to_string(percent));
  alert.title = fmt::format("{} {}: {} of {} spent ({} %), {}", about(cap),
                            what_is_crossed(standing, percent), usd(status.spent), usd(cap.limit),
                            format_percent(status.spent, cap.limit, 1), describe(status.period));
  Json data = data_of(standing);
  data["threshold"] = percent;
  alert.data = text_of(data);
  return alert;
}

std::optional<Alert> forecast_alert(const BudgetStanding& standing) {
  const BudgetCap& cap = standing.cap;
  const BudgetStatus& status = standing.status;
  const auto& projection = status.projection;
  if (status.colour == BudgetColour::red || !projection) return std::nullopt;
  if (!projection->crosses_on || projection->low_confidence) return std::nullopt;
  Alert alert = alert_about(standing, AlertKind::budget_forecast, "forecast");
  alert.title = fmt::format(
      "{} is expected to reach its limit on {}: {} of {} spent so far, {} expected by the end of "
      "{}",
      about(cap), describe(*projection->crosses_on), usd(status.spent), usd(cap.limit),
      usd(projection->at_end), describe(status.period));
  alert.data = text_of(data_of(standing));
  return alert;
}

}  // namespace costd
