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
                              {"NOTE", "/note", CellKind::whole_text}},
                             "it never fires; look at its cron expression"};

const TableModel previous_slots_model{
    slots_model.columns, "no slot in the 40 years before; look at its cron expression"};

const TableModel fields_model{
    {{"FIELD", "/field"}, {"TEXT", "/text"}, {"MEANING", "/meaning", CellKind::whole_text}}, ""};

const TableModel clock_changes_model{{{"AT (UTC)", "/at", CellKind::instant},
                                      {"CLOCK", "/localBefore", CellKind::instant},
                                      {"IS SET TO", "/localAfter", CellKind::instant},
                                      {"EFFECT", "/effect", CellKind::whole_text}},
                                     "none: the clock is not changed"};

const std::vector<Column> explanation_facts{{"schedule", "/name", CellKind::whole_text},
                                            {"cron", "/cron", CellKind::whole_text},
                                            {"time zone", "/timeZone"},
                                            {"rules", "/tzdata"},
                                            {"days", "/days", CellKind::whole_text},
                                            {"timing", "/timing", CellKind::whole_text}};

std::string schedule_path(const Arguments& arguments) {
  return "/schedules/" + url_encode(arguments.get("NAME"));
}

int show_slots(Context& context, const Arguments& arguments, const char* which,
               const TableModel& model) {
  std::map<std::string, std::string> query = arguments.options();
  if (arguments.has("N")) query["n"] = arguments.get("N");
  const auto answer =
      call_json(context, "GET", with_query(schedule_path(arguments) + "/" + which, query));
  print_rows(context, model, answer, answer);
  return 0;
}

/// The slots around all changes of the clock, in order.
Json slots_near(const Json& explanation) {
  Json slots = Json::array();
  for (const auto& change : explanation.at("clockChanges")) {
    for (const auto& slot : change.at("slots")) slots.push_back(slot);
  }
  return slots;
}

int change_schedule(Context& context, const Arguments& arguments, const char* action,
                    const char* done) {
  const auto answer = call_json(context, "POST", schedule_path(arguments) + "/" + action);
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
  return show_slots(context, arguments, "next", slots_model);
}

int show_previous_slots(Context& context, const Arguments& arguments) {
  return show_slots(context, arguments, "prev", previous_slots_model);
}

int explain_schedule_in_words(Context& context, const Arguments& arguments) {
  const auto answer = call_json(context, "GET", schedule_path(arguments) + "/explain");
  if (context.format != OutputFormat::table) {
    print_rows(context, fields_model, answer.at("fields"), answer);
    return 0;
  }
  context.out << render_facts(explanation_facts, answer) << "\nFields\n"
              << render_table(fields_model, answer.at("fields"))
              << "\nChanges of the clock in the next 12 months\n"
              << render_table(clock_changes_model, answer.at("clockChanges"))
              << "\nSlots near them\n"
              << render_table({slots_model.columns, "none within a day"}, slots_near(answer))
              << "\nNext slots\n"
              << render_table(slots_model, answer.at("next"));
  return 0;
}

int pause_schedule(Context& context, const Arguments& arguments) {
  return change_schedule(context, arguments, "pause", "is paused");
}

int resume_schedule(Context& context, const Arguments& arguments) {
  return change_schedule(context, arguments, "resume", "goes on with its next slot");
}

}  // namespace costd
