// The schedules commands.

#include <fmt/format.h>

#include <ostream>

#include "daemon/costctl_client.hpp"
#include "daemon/costctl_handlers.hpp"
#include "daemon/costctl_table.hpp"

namespace costd {
namespace {

const TableModel schedules_model{{{"NAME", "/name"},
                                  {"CRON", "/cron"},
                                  {"TIME ZONE", "/timeZone"},
                                  {"JOBS", "/jobs"},
                                  {"PAUSED", "/paused"},
                                  {"NEXT SLOT", "/nextSlot", CellKind::instant},
                                  {"LAST RUN", "/lastRun/state"},
                                  {"AT", "/lastRun/startedAt", CellKind::instant}},
                                 "no schedules; set them under schedules: in the configuration"};

const TableModel slots_model{{{"SLOT (UTC)", "/slot", CellKind::instant},
                              {"LOCAL", "/local", CellKind::instant},
                              {"NOTE", "/note"}},
                             "it never fires; look at its cron expression"};

std::string path_of(const Arguments& arguments) {
  return "/schedules/" + url_encode(arguments.get("NAME"));
}

int change_schedule(Context& context, const Arguments& arguments, const char* action,
                    const char* done) {
  const auto answer = call_json(context, "POST", path_of(arguments) + "/" + action);
  if (context.format == OutputFormat::json) {
    print_json(context, answer);
  } else {
    context.out << fmt::format("schedule {} {}\n", arguments.get("NAME"), done);
  }
  return 0;
}

}  // namespace

int list_schedules(Context& context, const Arguments&) {
  const auto answer = call_json(context, "GET", "/schedules");
  auto rows = answer;
  for (auto& row : rows) {
    // "yes" stands out in a column that is otherwise empty, and the column goes when nothing is.
    const bool paused = row.value("paused", false);
    if (context.format == OutputFormat::table) row["paused"] = paused ? Json("yes") : Json();
  }
  print_rows(context, schedules_model, rows, answer);
  return 0;
}

int show_next_slots(Context& context, const Arguments& arguments) {
  std::map<std::string, std::string> query = arguments.options();
  if (arguments.has("N")) query["n"] = arguments.get("N");
  const auto answer = call_json(context, "GET", with_query(path_of(arguments) + "/next", query));
  print_rows(context, slots_model, answer, answer);
  return 0;
}

int pause_schedule(Context& context, const Arguments& arguments) {
  return change_schedule(context, arguments, "pause", "is paused");
}

int resume_schedule(Context& context, const Arguments& arguments) {
  return change_schedule(context, arguments, "resume", "goes on with its next slot");
}

}  // namespace costd
