// The budgets commands.

#include <fmt/format.h>

#include "daemon/costctl_client.hpp"
#include "daemon/costctl_confirm.hpp"
#include "daemon/costctl_handlers.hpp"
#include "daemon/costctl_table.hpp"
#include "daemon/costctl_text.hpp"
#include "ledger/money.hpp"

namespace costd {
namespace {

using Kind = CellKind;

constexpr const char* no_budgets = "no budgets; add one with: costctl budgets add";

const TableModel caps_model{{{"NAME", "/name"},
                             {"TENANT", "/tenantId"},
                             {"API KEY", "/apiKey", Kind::key},
                             {"PERIOD", "/period"},
                             {"LIMIT USD", "/limitUsd", Kind::money},
                             {"SOFT", "/softLimitPct", Kind::percent},
                             {"ENABLED", "/enabled"},
                             {"MANAGED BY", "/managedBy"},
                             {"ORIGIN", "/origin"},
                             {"VER", "/version", Kind::count},
                             {"ABOVE CEILING", "/aboveCeiling/name"},
                             {"ID", "/id"}},
                            no_budgets};

const TableModel status_model{{{"NAME", "/name"},
                               {"TENANT", "/tenantId"},
                               {"API KEY", "/apiKey", Kind::key},
                               {"PERIOD", "/period"},
                               {"FROM", "/usage/periodStart"},
                               {"TO", "/usage/periodEnd"},
                               {"LIMIT USD", "/limitUsd", Kind::money},
                               {"SPENT USD", "/usage/currentSpend", Kind::money},
                               {"USED", "/usage/utilisationPct", Kind::percent},
                               {"REMAINING USD", "/usage/remaining", Kind::money},
                               {"STATE", "/usage/colour"},
                               {"PROJECTED USD", "/usage/projectedSpend", Kind::money},
                               {"REACHED ON", "/usage/crossesOn"},
                               {"EXPECTED USD", "/usage/expectedSpend", Kind::money},
                               {"EXPECTED ON", "/usage/expectedCrossesOn"},
                               {"NOTE", "/brief"}},
                              no_budgets};

const std::vector<Column> status_facts{
    {"Budget", "/name", Kind::whole_text},
    {"Id", "/id"},
    {"Version", "/version", Kind::count},
    {"Holds for", "/scope", Kind::whole_text},
    {"Managed by", "/managedBy"},
    {"Enabled", "/enabled"},
    {"Period", "/span", Kind::whole_text},
    {"Begins", "/usage/periodStartAt", Kind::instant},
    {"Ends (exclusive)", "/usage/periodEndAt", Kind::instant},
    {"Limit, USD", "/limitUsd", Kind::money},
    {"Warns from", "/softLimitPct", Kind::percent},
    {"Spent, USD", "/usage/currentSpend", Kind::money},
    {"Used", "/usage/utilisationPct", Kind::percent},
    {"Remaining, USD", "/usage/remaining", Kind::money},
    {"State", "/usage/colour"},
    {"Projected, USD", "/usage/projectedSpend", Kind::money},
    {"Limit reached on", "/usage/crossesOn"},
    {"Expected by weekday, USD", "/usage/expectedSpend", Kind::money},
    {"  limit reached on", "/usage/expectedCrossesOn"},
    {"Confidence", "/usage/confidence"},
    {"Requests", "/usage/requests", Kind::count},
    {"  without a price", "/usage/unpricedRequests", Kind::count},
    {"Note", "/usage/note", Kind::whole_text},
    {"Above the ceiling", "/ceiling", Kind::whole_text},
    {"Calls are", "/decision"},
    {"  least remaining", "/tightest/leastRemaining/name"},
    {"  smallest limit", "/tightest/smallestLimit/name"},
    {"  highest use", "/tightest/highestUtilisation/name"},
    {"As of", "/usage/computedAt", Kind::instant}};

const TableModel decision_model{{{"", "/mark"},
                                 {"NAME", "/name"},
                                 {"TENANT", "/tenantId"},
                                 {"API KEY", "/apiKey", Kind::key},
                                 {"PERIOD", "/period"},
                                 {"LIMIT USD", "/limitUsd", Kind::money},
                                 {"SPENT USD", "/currentSpend", Kind::money},
                                 {"USED", "/utilisationPct", Kind::percent},
                                 {"REMAINING USD", "/remaining", Kind::money},
                                 {"STATE", "/colour"},
                                 {"TIGHTEST BY", "/tightest"}},
                                "no cap holds for it"};

/// What the figures of a row leave out, in a few words; the status of one budget has whole
/// sentences.
std::string brief_note(const Json& budget, const Json& usage) {
  std::string note = budget.value("enabled", true) ? "" : "disabled; ";
  const auto requests = usage.value("requests", std::int64_t{0});
  const auto unpriced = usage.value("unpricedRequests", std::int64_t{0});
  if (requests == 0) note += "counts nothing; ";
  if (unpriced > 0) note += fmt::format("{} of {} unpriced; ", unpriced, requests);
  if (usage.value("confidence", "") == "low") note += "under 7 days of history; ";
  if (note.empty()) return note;
  return note.substr(0, note.size() - 2);
}

/// The gateway's words for people: yes and no, and who a blank tenant or key stands for.
Json for_people(Json row) {
  const auto tenant = row.value("tenantId", "");
  const auto key = row.value("apiKey", "");
  row["scope"] = tenant.empty() ? "all tenants together"
                 : key.empty()  ? "tenant " + tenant
                                : "tenant " + tenant + ", key " + key;
  const Json usage =
      row.contains("usage") && row["usage"].is_object() ? row["usage"] : Json::object();
  row["span"] = fmt::format("{}, {} to {} (exclusive), {}", row.value("period", ""),
                            usage.value("periodStart", ""), usage.value("periodEnd", ""),
                            usage.value("timeZone", ""));
  row["brief"] = brief_note(row, usage);
  const Json ceiling = row.value("aboveCeiling", Json());
  row["enabled"] = row.value("enabled", true) ? "yes" : "no";
  if (ceiling.is_object()) {
    row["ceiling"] = fmt::format("\"{}\" of {} USD ({})", ceiling.value("name", ""),
                                 ceiling.value("limitUsd", ""), ceiling.value("id", ""));
  }
  return row;
}

/// As the daemon gave it, with the note where the table has its own.
Json for_programs(Json row) {
  const bool has_usage = row.contains("usage") && row["usage"].is_object();
  row["brief"] = has_usage ? row["usage"].value("note", "") : "";
  return row;
}

int show_list(Context& context, const Arguments& arguments, const TableModel& model) {
  const auto answer = call_json(context, "GET", with_query("/budgets", arguments.options()));
  Json rows = Json::array();
  for (const auto& row : answer.is_object() ? answer.value("budgets", Json::array()) : answer) {
    rows.push_back(context.format == OutputFormat::table ? for_people(row) : for_programs(row));
  }
  if (context.format != OutputFormat::table || rows.empty()) {
    print_rows(context, model, rows, answer);
    return 0;
  }
  const Json summary = answer.value("summary", Json::object());
  const auto total = summary.value("total", std::int64_t{0});
  const Json footer{
      {"name", fmt::format("{} in all: {} enabled, {} disabled", format_count(total),
                           format_count(summary.value("enabled", std::int64_t{0})),
                           format_count(summary.value("disabled", std::int64_t{0})))}};
  print_rows(context, model, rows, answer, footer);
  const auto next =
      answer.value("offset", std::int64_t{0}) + static_cast<std::int64_t>(rows.size());
  if (next < total) context.out << fmt::format("\nmore with: --offset {}\n", next);
  return 0;
}

std::string cap_path(const Arguments& arguments) {
  return "/budgets/" + url_encode(arguments.get("ID"));
}

std::int64_t whole_number(const Arguments& arguments, const std::string& option) {
  const auto text = arguments.get(option);
  if (text.empty() || text.size() > 9 || text.find_first_not_of("0123456789") != text.npos) {
    throw Error(ErrorCode::usage, fmt::format("--{} takes a whole number, not {}", option, text));
  }
  return std::stoll(text);
}

/// The members of the request's body; only what was given.
Json body_of(const Arguments& arguments) {
  Json body = Json::object();
  for (const auto& [option, member] :
       {std::pair{"name", "name"}, std::pair{"tenant", "tenantId"}, std::pair{"api-key", "apiKey"},
        std::pair{"period", "period"}, std::pair{"limit", "limitUsd"},
        std::pair{"managed-by", "managedBy"}}) {
    if (arguments.has(option)) body[member] = arguments.get(option);
  }
  if (arguments.has("soft-limit")) body["softLimitPct"] = whole_number(arguments, "soft-limit");
  if (arguments.has("enable") && arguments.has("disable")) {
    throw Error(ErrorCode::usage, "--enable and --disable exclude each other");
  }
  if (arguments.has("enable")) body["enabled"] = true;
  if (arguments.has("disable")) body["enabled"] = false;
  return body;
}

int show_cap(Context& context, const Json& answer) {
  if (context.format == OutputFormat::table) {
    context.out << render_facts(status_facts, for_people(answer));
  } else {
    print_rows(context, status_model, Json::array({for_programs(answer)}), answer);
  }
  return 0;
}

}  // namespace

int list_budgets(Context& context, const Arguments& arguments) {
  return show_list(context, arguments, caps_model);
}

int show_budget_status(Context& context, const Arguments& arguments) {
  if (!arguments.has("ID")) return show_list(context, arguments, status_model);
  return show_cap(context, call_json(context, "GET", cap_path(arguments) + "/usage"));
}

int add_budget(Context& context, const Arguments& arguments) {
  return show_cap(context, call_json(context, "POST", "/budgets", body_of(arguments).dump()));
}

int edit_budget(Context& context, const Arguments& arguments) {
  Json body = body_of(arguments);
  if (body.empty()) {
    throw Error(ErrorCode::usage, "nothing to change; see: costctl budgets edit --help");
  }
  // Without a version it is the newest one that is changed: whoever types the command sees both.
  body["version"] = arguments.has("if-version")
                        ? Json(whole_number(arguments, "if-version"))
                        : call_json(context, "GET", cap_path(arguments) + "/usage").at("version");
  return show_cap(context, call_json(context, "PATCH", cap_path(arguments), body.dump()));
}

int delete_budget(Context& context, const Arguments& arguments) {
  const auto ask = [&] {
    const auto budget = call_json(context, "GET", cap_path(arguments) + "/usage");
    return fmt::format("Delete budget \"{}\" ({} {} USD, {})?", printable(budget.value("name", "")),
                       budget.value("period", ""), budget.value("limitUsd", ""),
                       printable(arguments.get("ID")));
  };
  if (!is_confirmed(context, arguments, "deleting a budget", ask)) {
    context.err << "costctl: nothing was deleted\n";
    return 4;
  }
  const auto answer = call_json(context, "DELETE", cap_path(arguments));
  if (context.format != OutputFormat::table) {
    print_rows(context, caps_model, Json::array({answer}), answer);
  } else {
    context.out << fmt::format("budget \"{}\" is deleted; its versions stay on record\n",
                               printable(answer.value("name", "")));
  }
  return 0;
}

int decide_budget(Context& context, const Arguments& arguments) {
  const auto answer =
      call_json(context, "GET", with_query("/budgets/decision", arguments.options()));
  auto rows = answer.value("caps", Json::array());
  if (context.format != OutputFormat::table) {
    print_rows(context, decision_model, rows, answer);
    return 0;
  }
  const Json tightest = answer.value("tightest", Json::object());
  for (auto& row : rows) {
    Json by = Json::array();
    for (const auto& [notion, words] : {std::pair{"leastRemaining", "least remaining"},
                                        std::pair{"smallestLimit", "smallest limit"},
                                        std::pair{"highestUtilisation", "highest use"}}) {
      const Json cap = tightest.value(notion, Json());
      if (cap.is_object() && cap.at("id") == row.at("id")) by.push_back(words);
    }
    row["mark"] = !by.empty() && by.front() == "least remaining" ? Json("→") : Json();
    row["tightest"] = by;
  }
  Json as_of{{"at", answer.value("computedAt", Json())}};
  context.out << fmt::format("{}, as of {}{}\n\n", answer.value("decision", ""),
                             format_cell({"", "/at", Kind::instant}, as_of),
                             answer.value("tenantKnown", true)
                                 ? ""
                                 : "; nobody knows this tenant, so only global caps hold");
  context.out << render_table(decision_model, rows);
  return 0;
}

}  // namespace costd
