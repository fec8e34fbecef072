// The periods commands.

#include <fmt/format.h>

#include <ostream>

#include "daemon/costctl_client.hpp"
#include "daemon/costctl_handlers.hpp"
#include "daemon/costctl_runs.hpp"
#include "daemon/costctl_table.hpp"
#include "daemon/costctl_text.hpp"

namespace costd {
namespace {

const TableModel periods_model{{{"MONTH", "/month"},
                                {"TENANT", "/tenantId"},
                                {"TIME ZONE", "/timeZone"},
                                {"STATE", "/state"},
                                {"END", "/end", CellKind::instant},
                                {"CLOSABLE FROM", "/closableFrom", CellKind::instant},
                                {"IN THE WAY", "/obstacles", CellKind::whole_text},
                                {"WAIVED", "/waivers"},
                                {"CLOSED", "/closedAt", CellKind::instant},
                                {"BY", "/closedBy"},
                                {"FINAL REPORT", "/finalReportId"},
                                {"REV", "/finalRevision", CellKind::count},
                                {"AS FROZEN", "/frozenMatches"}},
                               "no month has any usage"};

const TableModel waived_model{
    {{"TENANT", "/tenantId"}, {"GATE", "/gate"}, {"WHAT", "/what", CellKind::whole_text}},
    "nothing was waived"};

std::string text_of(const Json& object, const char* name) {
  const auto value = object.find(name);
  return value != object.end() && value->is_string() ? value->get<std::string>() : "";
}

/// "unpriced: 4 requests have no price; ..."
std::string obstacles_of(const Json& period) {
  std::vector<std::string> parts;
  for (const auto& obstacle : period.value("obstacles", Json::array())) {
    if (obstacle.value("waived", false)) continue;
    parts.push_back(text_of(obstacle, "gate") + ": " + text_of(obstacle, "what"));
  }
  return fmt::format("{}", fmt::join(parts, "; "));
}

std::string waivers_of(const Json& period) {
  std::vector<std::string> parts;
  for (const auto& waiver : period.value("waivers", Json::array())) {
    parts.push_back(fmt::format("{} by {}: {}", text_of(waiver, "gate"), text_of(waiver, "by"),
                                text_of(waiver, "reason")));
  }
  return fmt::format("{}", fmt::join(parts, "; "));
}

std::string period_path(const Arguments& arguments, const char* action) {
  return "/periods/" + url_encode(arguments.get("PERIOD")) + "/" + action;
}

/// Says which tenants stay open; the code that says whether any does.
int report_open(Context& context, const Arguments& arguments) {
  std::map<std::string, std::string> query{{"month", arguments.get("PERIOD")}};
  if (arguments.has("tenant")) query["tenant"] = arguments.get("tenant");
  int code = 0;
  for (const auto& period : call_json(context, "GET", with_query("/periods", query))) {
    if (text_of(period, "state") == "closed") continue;
    code = exit_incomplete;
    context.err << fmt::format("costctl: {} of {} stays open: {}\n", arguments.get("PERIOD"),
                               printable(text_of(period, "tenantId")),
                               printable(obstacles_of(period)));
  }
  return code;
}

}  // namespace

int list_periods(Context& context, const Arguments& arguments) {
  const auto answer = call_json(context, "GET", with_query("/periods", arguments.options()));
  auto rows = answer;
  for (auto& row : rows) {
    if (context.format == OutputFormat::json) break;
    row["obstacles"] = obstacles_of(row);
    row["waivers"] = waivers_of(row);
    const auto matches = row.find("frozenMatches");
    if (matches != row.end() && matches->is_boolean()) {
      *matches = matches->get<bool>() ? "yes" : "NO";
    }
  }
  print_rows(context, periods_model, rows, answer);
  return 0;
}

int close_period(Context& context, const Arguments& arguments) {
  auto body = Json::object();
  if (arguments.has("tenant")) body["tenantId"] = arguments.get("tenant");
  const auto run = call_json(context, "POST", period_path(arguments, "close"), body.dump());
  const int code = report_started(context, run, arguments);
  if (!arguments.has("wait") || (code != 0 && code != exit_incomplete)) return code;
  return report_open(context, arguments);
}

int waive_period(Context& context, const Arguments& arguments) {
  Json body{{"reason", arguments.get("reason")}};
  if (arguments.has("tenant")) body["tenantId"] = arguments.get("tenant");
  if (arguments.has("gate")) body["gates"] = arguments.get("gate");
  const auto answer = call_json(context, "POST", period_path(arguments, "waive"), body.dump());
  const auto run = answer.value("run", Json());
  const bool follows = arguments.has("wait") && !run.is_null();
  const bool table = context.format == OutputFormat::table;
  if (table || !follows) {
    print_rows(context, waived_model, answer.value("waived", Json::array()), answer);
  }
  if (follows) return report_started(context, run, arguments);
  if (table && run.is_null()) {
    context.out << fmt::format("more is in the way; see: costctl periods list --month {}\n",
                               arguments.get("PERIOD"));
  } else if (table) {
    context.out << fmt::format(
        "run {} closes what can be closed; follow it with: costctl runs "
        "watch {}\n",
        id_of(run), id_of(run));
  }
  return 0;
}

}  // namespace costd
