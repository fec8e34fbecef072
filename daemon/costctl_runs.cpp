#include "daemon/costctl_runs.hpp"

#include <fmt/format.h>

#include <chrono>
#include <ostream>

#include "daemon/costctl_client.hpp"
#include "daemon/costctl_handlers.hpp"
#include "daemon/costctl_progress.hpp"
#include "daemon/costctl_table.hpp"
#include "daemon/costctl_text.hpp"
#include "ledger/money.hpp"

namespace costd {
namespace {

/// How long the daemon may keep a question for news. Shorter than its idle limits.
constexpr auto wait_for_news = "25";

const TableModel runs_model{{{"ID", "/id"},
                             {"JOBS", "/jobs"},
                             {"SCHEDULE", "/schedule"},
                             {"TRIGGER", "/trigger"},
                             {"STATE", "/state"},
                             {"STARTED", "/startedAt", CellKind::instant},
                             {"FINISHED", "/finishedAt", CellKind::instant},
                             {"ERROR", "/error"}},
                            "no runs yet"};

const std::vector<Column> run_facts{{"Run", "/id"},
                                    {"Jobs", "/jobs"},
                                    {"Schedule", "/schedule"},
                                    {"Slot", "/slot", CellKind::instant},
                                    {"Trigger", "/trigger"},
                                    {"State", "/state"},
                                    {"Attempt", "/attempt"},
                                    {"Not before", "/notBefore", CellKind::instant},
                                    {"Queued", "/queuedAt", CellKind::instant},
                                    {"Started", "/startedAt", CellKind::instant},
                                    {"Finished", "/finishedAt", CellKind::instant},
                                    {"Discarded by", "/discardedBy"},
                                    {"because", "/discardedReason"}};

std::string text_member(const Json& object, const char* name) {
  const auto value = object.find(name);
  return value != object.end() && value->is_string() ? printable(value->get<std::string>()) : "";
}

void print_lines(std::ostream& out, const Json& run, const char* name, const char* title) {
  const auto lines = run.value(name, Json::array());
  if (lines.empty()) return;
  out << title << "\n";
  for (const auto& line : lines) {
    out << "  " << printable(line.is_string() ? line.get<std::string>() : line.dump()) << "\n";
  }
}

void print_counts(std::ostream& out, const Json& run) {
  const auto counts = run.value("counts", Json::object());
  std::vector<Column> columns;
  Json values;
  for (const auto& [name, value] : counts.items()) {
    const auto index = std::to_string(columns.size());
    columns.push_back({fmt::format("  {}", printable(name)), '/' + index, CellKind::count});
    values[index] = value;
  }
  if (!columns.empty()) out << render_facts(columns, values);
}

std::string path_of(const std::string& id) {
  return "/runs/" + url_encode(id);
}

/// The run as it is after `revision`, or as it is when the wait is over.
Json await_news(const Context& context, const Json& run) {
  const auto revision = run.value("revision", Json(0)).dump();
  return call_json(context, "GET",
                   with_query(path_of(id_of(run)), {{"wait", wait_for_news}, {"after", revision}}));
}

/// It has done what it could, and goes on later or when somebody asks for it.
bool is_put_off(const Json& run) {
  return text_member(run, "state") == "queued" && !text_member(run, "startedAt").empty() &&
         !text_member(run, "notBefore").empty();
}

int print_end(Context& context, const Json& run) {
  const auto state = text_member(run, "state");
  if (context.format != OutputFormat::table) {
    print_rows(context, runs_model, Json::array({run}), run);
  } else {
    context.out << fmt::format("run {} {}\n", id_of(run), state);
    print_counts(context.out, run);
    print_lines(context.out, run, "outputs", "outputs:");
  }
  if (state == "succeeded") return 0;
  const auto reason = text_member(run, "error");
  if (is_put_off(run)) {
    context.err << fmt::format(
        "costctl: run {} is not done and goes on at {}{}{}; see: costctl "
        "runs show {}\n",
        id_of(run), text_member(run, "notBefore"), reason.empty() ? "" : ": ", reason, id_of(run));
    return exit_incomplete;
  }
  context.err << fmt::format("costctl: run {} {}{}{}; see: costctl runs show {}\n", id_of(run),
                             state, reason.empty() ? "" : ": ", reason, id_of(run));
  return 1;
}

/// The words of the request in the protocol's names.
Json body_of(const Arguments& arguments, const std::vector<std::string>& names) {
  Json body = Json::object();
  for (const auto& name : names) {
    if (arguments.has(name)) body[protocol_name(name)] = arguments.get(name);
  }
  return body;
}

}  // namespace

std::string id_of(const Json& object) {
  const auto id = object.find("id");
  if (id == object.end()) return "?";
  return id->is_string() ? printable(id->get<std::string>()) : id->dump();
}

int follow_run(Context& context, Json run) {
  const bool table = context.format == OutputFormat::table;
  RunDisplay display(table ? context.out : context.err,
                     table ? context.out_screen : context.err_screen);
  display.show(run, std::chrono::steady_clock::now());
  while (!has_ended(run) && !is_put_off(run)) {
    run = await_news(context, run);
    display.show(run, std::chrono::steady_clock::now());
  }
  return print_end(context, run);
}

int report_started(Context& context, const Json& run, const Arguments& arguments) {
  if (arguments.has("wait")) return follow_run(context, run);
  if (context.format == OutputFormat::table) {
    context.out << fmt::format("run {} {}; follow it with: costctl runs watch {}\n", id_of(run),
                               text_member(run, "state"), id_of(run));
  } else {
    print_rows(context, runs_model, Json::array({run}), run);
  }
  return 0;
}

int start_run(Context& context, const Arguments& arguments) {
  if (arguments.has("period") && (arguments.has("from") || arguments.has("to"))) {
    throw Error(ErrorCode::usage, "--period and --from/--to exclude each other; give one");
  }
  if (arguments.has("from") != arguments.has("to")) {
    throw Error(ErrorCode::usage, "--from and --to belong together; give both");
  }
  auto body = body_of(arguments, {"period", "from", "to", "tenant", "as-of", "type", "schedule"});
  body["job"] = arguments.get("JOB");
  return report_started(context, call_json(context, "POST", "/runs", body.dump()), arguments);
}

int list_runs(Context& context, const Arguments& arguments) {
  const auto answer = call_json(context, "GET", with_query("/runs", arguments.options()));
  print_rows(context, runs_model, answer, answer);
  return 0;
}

int show_run(Context& context, const Arguments& arguments) {
  const auto run = call_json(context, "GET", path_of(arguments.get("ID")));
  if (context.format != OutputFormat::table) {
    print_rows(context, runs_model, Json::array({run}), run);
    return 0;
  }
  context.out << render_facts(run_facts, run);
  const auto error = text_member(run, "error");
  if (!error.empty()) context.out << "Error     " << error << "\n";
  if (!run.value("counts", Json::object()).empty()) context.out << "Counts\n";
  print_counts(context.out, run);
  print_lines(context.out, run, "inputs", "Inputs");
  print_lines(context.out, run, "outputs", "Outputs");
  print_lines(context.out, run, "log", "Log");
  return 0;
}

int cancel_run(Context& context, const Arguments& arguments) {
  const auto id = arguments.get("ID");
  const auto answer = call_json(context, "POST", path_of(id) + "/cancel");
  if (context.format == OutputFormat::json) {
    print_json(context, answer);
  } else {
    context.out << fmt::format("run {} is asked to stop\n", id);
  }
  return 0;
}

int retry_run(Context& context, const Arguments& arguments) {
  return report_started(
      context, call_json(context, "POST", path_of(arguments.get("ID")) + "/retry"), arguments);
}

int discard_run(Context& context, const Arguments& arguments) {
  const auto id = arguments.get("ID");
  const auto answer = call_json(
      context, "POST", with_query(path_of(id) + "/discard", {{"reason", arguments.get("reason")}}));
  if (context.format == OutputFormat::json) {
    print_json(context, answer);
  } else {
    context.out << fmt::format("run {} is discarded: {}\n", id, arguments.get("reason"));
  }
  return 0;
}

int watch_run(Context& context, const Arguments& arguments) {
  return follow_run(context, call_json(context, "GET", path_of(arguments.get("ID"))));
}

int generate_chargeback(Context& context, const Arguments& arguments) {
  const auto body = body_of(arguments, {"tenant", "from", "to"});
  const auto run = call_json(context, "POST", "/chargeback-reports", body.dump());
  return report_started(context, run, arguments);
}

int generate_compliance(Context& context, const Arguments& arguments) {
  const auto body = body_of(arguments, {"type", "tenant", "from", "to", "recipients"});
  const auto run = call_json(context, "POST", "/compliance-reports", body.dump());
  return report_started(context, run, arguments);
}

}  // namespace costd
