// Chargeback and compliance reports: made, watched while they are made, fetched, deleted.

#include <fmt/format.h>

#include <array>

#include "daemon/console/filter.hpp"
#include "daemon/console/report_views.hpp"
#include "daemon/console/words.hpp"
#include "ledger/error.hpp"

namespace costd {
namespace {

struct Family {
  const char* id;
  const char* path;  ///< of the page
  const char* api;
};
constexpr Family chargeback{"chargeback", "/console/chargeback", "/chargeback-reports"};
constexpr Family compliance{"compliance", "/console/compliance", "/compliance-reports"};

struct ReportType {
  const char* id;
  const char* name;
};
constexpr std::array<ReportType, 3> report_types{
    {{"soc2", "SOC 2 Type II"}, {"hipaa", "HIPAA"}, {"gdpr", "GDPR"}}};

OrderedJson type_choices(const std::string& chosen) {
  OrderedJson choices = OrderedJson::array();
  for (const ReportType& type : report_types) {
    choices.push_back({{"id", type.id}, {"name", type.name}, {"chosen", chosen == type.id}});
  }
  return choices;
}

std::string type_name(const std::string& id) {
  for (const ReportType& type : report_types) {
    if (id == type.id) return type.name;
  }
  return id;
}

/// The month before today's is what people ask for most.
OrderedJson generate_dialog(const PageContext& context, const Family& family) {
  const Day today = context.zone().day_of(context.service.clock.now());
  const DayRange month = days_of(previous_month(month_of(today)));
  const auto given = [&](const char* name, const std::string& missing) {
    const std::string value = field(context.pending_form, name);
    return value.empty() ? missing : value;
  };
  return {{"tenantId", given("tenantId", "")},
          {"is_compliance", family.id == compliance.id},
          {"types", type_choices(given("type", "soc2"))},
          {"from", given("from", format_day(month.from))},
          {"through", given("through", format_day(month.to - std::chrono::days(1)))}};
}

OrderedJson delete_dialog(const PageContext& context, const Family& family) {
  const OrderedJson report = context.api.get(std::string(family.api) + "/" + context.word("id"));
  return {{"id", text(report, "id")},
          {"name", text(report, "tenantName")},
          {"type", type_name(text(report, "type"))},
          {"window", window(text(report, "from"), text(report, "to"))},
          {"reason", field(context.pending_form, "reason")}};
}

OrderedJson report_values(const PageContext& context, const Family& family) {
  const OrderedJson tenants = tenant_choices(context);
  Query query;
  for (const char* name : {"tenantId", "type"}) {
    if (!context.word(name).empty()) query[name] = context.word(name);
  }
  OrderedJson rows = OrderedJson::array();
  const Zone zone = context.zone();
  for (const OrderedJson& report : context.api.get(family.api, query)) {
    OrderedJson row = report_row(report, std::string("/v1/admin") + family.api, zone);
    row["type"] = type_name(text(report, "type"));
    row["delete"] = address(
        family.path, with(context.query, {{"dialog", "delete"}, {"id", text(report, "id")}}));
    rows.push_back(std::move(row));
  }
  OrderedJson values{{"filter",
                      {{"tenantId", context.word("tenantId")},
                       {"tenants", tenants},
                       {"types", type_choices(context.word("type"))}}},
                     {"any", !rows.empty()},
                     {"is_filtered", !query.empty()},
                     {"may_make", context.may_change() && !context.access.tenant},
                     {"reports", std::move(rows)},
                     {"everything", family.path},
                     {"new", address(family.path, with(context.query, {{"dialog", "generate"}}))},
                     {"run", run_panel(context)}};
  const std::string dialog = context.word("dialog");
  if (dialog == "generate") values["generate"] = generate_dialog(context, family);
  if (dialog == "delete") values["remove"] = delete_dialog(context, family);
  return values;
}

/// The form's last day is inclusive, the API's end is not.
std::string end_of(const Fields& form) {
  const auto through = parse_day(field(form, "through"));
  if (!through) throw Error(ErrorCode::usage, "the last day is no date; write it like 2026-10-31");
  return format_day(*through + std::chrono::days(1));
}

FormOutcome act_on_reports(const PageContext& context, const Fields& form, const Family& family) {
  const std::string action = field(form, "action");
  if (action == "generate") {
    OrderedJson body{{"from", field(form, "from")}, {"to", end_of(form)}};
    for (const char* name : {"tenantId", "type"}) {
      if (!field(form, name).empty()) body[name] = field(form, name);
    }
    const OrderedJson run = context.api.send("POST", family.api, body);
    return {"The report is being made.", {{"run", text(run, "id")}}};
  }
  if (action == "delete") {
    context.api.send("DELETE", std::string(family.api) + "/" + field(form, "id"), nullptr,
                     {{"reason", field(form, "reason")}});
    return {"The report was deleted. Its tombstone keeps who did it, and why.", {}};
  }
  throw Error(ErrorCode::usage, "the form says nothing that this page does; load it again");
}

}  // namespace

ConsolePage chargeback_page() {
  return {"chargeback",
          "/console/chargeback",
          "Chargeback reports",
          "Chargeback",
          10,
          std::chrono::milliseconds(500),
          [](PageContext& context) { return report_values(context, chargeback); },
          [](PageContext& context, const Fields& form) {
            return act_on_reports(context, form, chargeback);
          }};
}

ConsolePage compliance_page() {
  return {"compliance",
          "/console/compliance",
          "Compliance reports",
          "Compliance",
          10,
          std::chrono::milliseconds(500),
          [](PageContext& context) { return report_values(context, compliance); },
          [](PageContext& context, const Fields& form) {
            return act_on_reports(context, form, compliance);
          }};
}

}  // namespace costd
