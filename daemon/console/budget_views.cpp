#include "daemon/console/budget_views.hpp"

#include "daemon/console/filter.hpp"
#include "daemon/console/svg_charts.hpp"
#include "daemon/console/words.hpp"
#include "ledger/mask.hpp"

namespace costd {
namespace {

std::string words_of_colour(const std::string& colour) {
  if (colour == "red") return "over the limit";
  if (colour == "amber") return "at the soft limit";
  return "below the soft limit";
}

/// Why the cap may not be changed here; "" if it may.
std::string lock_of(const PageContext& context, const OrderedJson& budget) {
  if (text(budget, "origin") == "config") {
    return "written in the configuration file; change it there";
  }
  if (!context.may_change()) return "your role only reads";
  const bool is_foreign = context.access.tenant && text(budget, "managedBy") == "PLATFORM";
  return is_foreign ? "the platform's cap; ask whoever runs it" : "";
}

std::string scope_of(const OrderedJson& budget, const OrderedJson& tenants) {
  const std::string tenant = text(budget, "tenantId");
  if (tenant.empty()) return "All tenants";
  const std::string key = text(budget, "apiKey");
  return tenant_name(tenants, tenant) + (key.empty() ? "" : ", key " + mask_key(key));
}

/// What is expected by the forecast, else at the rate of the last days.
OrderedJson outlook_of(const OrderedJson& usage) {
  const bool has_forecast = usage.at("expectedSpend").is_string();
  const OrderedJson& spend = usage.at(has_forecast ? "expectedSpend" : "projectedSpend");
  if (!spend.is_string()) return nullptr;
  const OrderedJson& crosses = usage.at(has_forecast ? "expectedCrossesOn" : "crossesOn");
  return {{"spend", dollars(spend)}, {"crosses", crosses.is_string() ? crosses : OrderedJson("")}};
}

OrderedJson row_of(const PageContext& context, const OrderedJson& budget,
                   const OrderedJson& tenants) {
  const OrderedJson& usage = budget.at("usage");
  const std::string colour = text(usage, "colour");
  const int soft = budget.at("softLimitPct").get<int>();
  const std::string id = text(budget, "id");
  const std::string lock = lock_of(context, budget);
  const auto dialog = [&](const char* name) {
    return address("/console/budgets", with(context.query, {{"dialog", name}, {"id", id}}));
  };
  return {{"id", id},
          {"name", text(budget, "name")},
          {"scope", scope_of(budget, tenants)},
          {"period", text(budget, "period")},
          {"managed_by", text(budget, "managedBy")},
          {"limit", dollars(budget["limitUsd"])},
          {"soft", soft},
          {"enabled", budget["enabled"]},
          {"lock", lock},
          {"editable", lock.empty()},
          {"edit", dialog("edit")},
          {"delete", dialog("delete")},
          {"colour", colour},
          {"state", words_of_colour(colour)},
          {"spent", dollars(usage["currentSpend"])},
          {"remaining", dollars(usage["remaining"])},
          {"is_over", amount_of(usage["remaining"]).is_negative()},
          {"used", text(usage, "utilisationPct") + " %"},
          {"window", window(text(usage, "periodStart"), text(usage, "periodEnd"))},
          {"zone", text(usage, "timeZone")},
          {"note", text(usage, "note")},
          {"outlook", outlook_of(usage)},
          {"ceiling", budget["aboveCeiling"].is_object()
                          ? text(budget["aboveCeiling"], "name") + ", " +
                                dollars(budget["aboveCeiling"]["limitUsd"])
                          : std::string()},
          {"bar",
           charts::bar(amount_of(usage["currentSpend"]), amount_of(usage["limit"]), colour, soft)}};
}

}  // namespace

OrderedJson budget_rows(const PageContext& context, Query query, const OrderedJson& tenants) {
  query["limit"] = "1000";
  const OrderedJson page = context.api.get("/budgets", std::move(query));
  OrderedJson rows = OrderedJson::array();
  OrderedJson by_colour{{"green", 0}, {"amber", 0}, {"red", 0}};
  for (const OrderedJson& budget : page.at("budgets")) {
    rows.push_back(row_of(context, budget, tenants));
    if (budget["enabled"] == false) continue;
    OrderedJson& sum = by_colour[text(budget.at("usage"), "colour")];
    sum = sum.get<int>() + 1;
  }
  OrderedJson values{{"any", !rows.empty()}, {"rows", std::move(rows)}};
  values.update(page.at("summary"));
  values.update(by_colour);
  return values;
}

}  // namespace costd
