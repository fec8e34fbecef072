// Budget caps: where each stands, and how it is made, changed and deleted.

#include <array>

#include "daemon/console/budget_views.hpp"
#include "daemon/console/filter.hpp"
#include "daemon/console/words.hpp"
#include "ledger/error.hpp"

namespace costd {
namespace {

/// The cap of the address as the API has it.
OrderedJson cap_of(const PageContext& context) {
  return context.api.get("/budgets/" + context.word("id") + "/usage");
}

/// "500.00" for a form: what people typed, without the zeros of twelve decimals.
std::string typed(const OrderedJson& exact) {
  const std::string amount = every_digit(exact);
  return amount.starts_with("$") ? amount.substr(1) : "";
}

OrderedJson period_choices(const std::string& chosen) {
  OrderedJson choices = OrderedJson::array();
  for (const auto& [id, name] : {std::pair{"DAILY", "a day"}, std::pair{"WEEKLY", "a week"},
                                 std::pair{"MONTHLY", "a month"}}) {
    choices.push_back({{"id", id}, {"name", name}, {"chosen", chosen == id}});
  }
  return choices;
}

/// What the fields of the dialog hold: what was refused, else the cap's own, else defaults.
OrderedJson cap_dialog(const PageContext& context, const OrderedJson& cap) {
  const bool is_new = cap.is_null();
  const bool is_refused = !context.pending_form.empty();
  const auto value = [&](const char* name, const std::string& own) {
    return is_refused ? field(context.pending_form, name) : own;
  };
  const std::string period = is_new ? "MONTHLY" : text(cap, "period");
  const bool is_on = is_refused ? !field(context.pending_form, "enabled").empty()
                                : is_new || cap.at("enabled") == true;
  return {
      {"title", is_new ? "New budget cap" : "Edit budget cap"},
      {"action", is_new ? "add" : "edit"},
      {"id", is_new ? "" : text(cap, "id")},
      {"version", is_new ? "" : value("version", cap.at("version").dump())},
      {"name", value("name", is_new ? "" : text(cap, "name"))},
      {"tenantId", value("tenantId", is_new ? context.word("tenantId") : text(cap, "tenantId"))},
      {"apiKey", value("apiKey", is_new ? "" : text(cap, "apiKey"))},
      {"limitUsd", value("limitUsd", is_new ? "" : typed(cap.at("limitUsd")))},
      {"softLimitPct", value("softLimitPct", is_new ? "80" : cap.at("softLimitPct").dump())},
      {"periods", period_choices(value("period", period))},
      {"enabled", is_on}};
}

OrderedJson budget_values(PageContext& context) {
  const OrderedJson tenants = tenant_choices(context);
  Query query;
  if (!context.word("tenantId").empty()) query["tenantId"] = context.word("tenantId");
  OrderedJson values{
      {"filter", {{"tenantId", context.word("tenantId")}, {"tenants", tenants}}},
      {"budgets", budget_rows(context, query, tenants)},
      {"everything", "/console/budgets"},
      {"is_filtered", !query.empty()},
      {"new", address("/console/budgets", with(context.query, {{"dialog", "add"}, {"id", ""}}))}};
  const std::string dialog = context.word("dialog");
  if (dialog == "add") values["edit"] = cap_dialog(context, nullptr);
  if (dialog == "edit") values["edit"] = cap_dialog(context, cap_of(context));
  if (dialog == "delete") {
    const OrderedJson cap = cap_of(context);
    values["remove"] = {{"id", text(cap, "id")},
                        {"name", text(cap, "name")},
                        {"version", cap.at("version")},
                        {"spent", dollars(cap.at("usage").at("currentSpend"))},
                        {"limit", dollars(cap.at("limitUsd"))}};
  }
  return values;
}

std::int64_t whole_number(const Fields& form, const char* name, const char* label) {
  const std::string given = field(form, name);
  const bool is_number = !given.empty() && given.size() < 16 &&
                         given.find_first_not_of("0123456789") == std::string::npos;
  if (is_number) return std::stoll(given);
  throw Error(ErrorCode::usage, std::string(label) + " is no whole number; write it like 80");
}

OrderedJson body_of(const Fields& form) {
  OrderedJson body{{"softLimitPct", whole_number(form, "softLimitPct", "the soft limit")},
                   {"enabled", !field(form, "enabled").empty()}};
  for (const char* name : {"name", "tenantId", "apiKey", "period", "limitUsd"}) {
    body[name] = field(form, name);
  }
  return body;
}

FormOutcome act_on_budgets(PageContext& context, const Fields& form) {
  const std::string action = field(form, "action");
  const std::string name = field(form, "name");
  if (action == "add") {
    context.api.send("POST", "/budgets", body_of(form));
    return {"Budget cap “" + name + "” was made.", {}};
  }
  if (action == "edit") {
    OrderedJson body = body_of(form);
    body["version"] = whole_number(form, "version", "the version");
    context.api.send("PATCH", "/budgets/" + field(form, "id"), body);
    return {"Budget cap “" + name + "” was changed.", {}};
  }
  if (action == "delete") {
    context.api.send("DELETE", "/budgets/" + field(form, "id"), nullptr,
                     {{"version", field(form, "version")}});
    return {"The budget cap was deleted. Its versions stay on record.", {}};
  }
  throw Error(ErrorCode::usage, "the form says nothing that this page does; load it again");
}

}  // namespace

ConsolePage budgets_page() {
  return {"budgets",
          "/console/budgets",
          "Budget caps",
          "Budgets",
          10,
          std::chrono::milliseconds(1000),
          budget_values,
          act_on_budgets};
}

}  // namespace costd
