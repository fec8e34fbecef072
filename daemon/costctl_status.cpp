// The status page: is it well, what needs a person, what ran, what comes next.

#include <fmt/format.h>

#include <ostream>

#include "daemon/costctl_client.hpp"
#include "daemon/costctl_handlers.hpp"
#include "daemon/costctl_table.hpp"
#include "daemon/costctl_text.hpp"

namespace costd {
namespace {

const TableModel last_runs_model{{{"RUN", "/id"},
                                  {"JOBS", "/jobs"},
                                  {"SCHEDULE", "/schedule"},
                                  {"STATE", "/state"},
                                  {"FINISHED", "/finishedAt", CellKind::instant},
                                  {"ERROR", "/error"}},
                                 "none yet"};

const TableModel next_slots_model{{{"SCHEDULE", "/schedule"},
                                   {"SLOT (UTC)", "/slot", CellKind::instant},
                                   {"LOCAL", "/local", CellKind::instant},
                                   {"TIME ZONE", "/timeZone"},
                                   {"JOBS", "/jobs"}},
                                  "none"};

/// "stateDir" -> "state dir": members are shown as they come, so that the daemon may add some.
std::string label_of(const std::string& name) {
  std::string label;
  for (const char c : name) {
    const bool upper = c >= 'A' && c <= 'Z';
    if (upper) label += ' ';
    label += upper ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return printable(label);
}

std::vector<Column> scalar_columns(const Json& status) {
  std::vector<Column> columns;
  for (const auto& [name, value] : status.items()) {
    if (value.is_structured() || value.is_null()) continue;
    auto kind = value.is_number_integer() && name != "pid" ? CellKind::count : CellKind::text;
    if (name.ends_with("At")) kind = CellKind::instant;
    columns.push_back({label_of(name), "/" + name, kind});
  }
  return columns;
}

void print_problems(std::ostream& out, const Json& problems) {
  if (problems.empty()) {
    out << "\nNo open problems.\n";
    return;
  }
  out << "\nOpen problems\n";
  for (const auto& problem : problems) {
    const auto text = problem.is_object()   ? problem.value("message", problem.dump())
                      : problem.is_string() ? problem.get<std::string>()
                                            : problem.dump();
    out << "  ! " << printable(text) << "\n";
  }
}

std::string indented(const std::string& text) {
  std::string result = "  ";
  for (std::size_t i = 0; i < text.size(); ++i) {
    result += text[i];
    if (text[i] == '\n' && i + 1 < text.size()) result += "  ";
  }
  return result;
}

}  // namespace

int show_status(Context& context, const Arguments&) {
  const auto status = call_json(context, "GET", "/status");
  const TableModel scalars{scalar_columns(status), ""};
  if (context.format != OutputFormat::table) {
    print_rows(context, scalars, Json::array({status}), status);
    return 0;
  }
  context.out << render_facts(scalars.columns, status);
  print_problems(context.out, status.value("problems", Json::array()));
  context.out << "\nLast runs\n"
              << indented(render_table(last_runs_model, status.value("lastRuns", Json::array())))
              << "\nNext slots\n"
              << indented(render_table(next_slots_model, status.value("nextSlots", Json::array())));
  return 0;
}

}  // namespace costd
