// Runs and schedules: what ran, what is next, what failed; run now, cancel, decide.

#include <array>

#include "daemon/console/run_views.hpp"
#include "daemon/console/words.hpp"
#include "ledger/error.hpp"

namespace costd {
namespace {

constexpr std::array states{"",          "running", "queued", "succeeded", "failed",
                            "cancelled", "skipped", "missed", "abandoned"};
constexpr std::array jobs{"ingest",     "rollup", "forecast", "anomalies", "budgets", "chargeback",
                          "compliance", "close",  "deliver",  "retention", "backup",  "recount"};

OrderedJson schedule_rows(const PageContext& context) {
  OrderedJson rows = OrderedJson::array();
  for (const OrderedJson& schedule : context.api.get("/schedules")) {
    const Zone zone(text(schedule, "timeZone"));
    std::string chain;
    for (const auto& job : schedule.at("jobs")) {
      chain += (chain.empty() ? "" : " → ") + job.get<std::string>();
    }
    OrderedJson row{{"name", text(schedule, "name")},
                    {"cron", text(schedule, "cron")},
                    {"zone", text(schedule, "timeZone")},
                    {"jobs", chain},
                    {"paused", schedule.at("paused")},
                    {"invalid", text(schedule, "invalid")},
                    {"next", moment(schedule["nextSlot"], zone)}};
    if (schedule["lastRun"].is_object()) row["last"] = run_row(schedule["lastRun"], context.zone());
    rows.push_back(std::move(row));
  }
  return rows;
}

OrderedJson state_choices(const PageContext& context) {
  OrderedJson choices = OrderedJson::array();
  for (const std::string state : states) {
    choices.push_back(
        {{"name", state.empty() ? "all" : state},
         {"href", address("/console/runs", with(context.query, {{"state", state}, {"run", ""}}))},
         {"current", context.word("state") == state}});
  }
  return choices;
}

OrderedJson shown_run(const PageContext& context) {
  const OrderedJson run = context.api.get("/runs/" + context.word("id"));
  OrderedJson row = run_row(run, context.zone());
  row["log"] = run.at("log");
  row["has_log"] = !run.at("log").empty();
  row["outputs"] = run.at("outputs");
  return row;
}

OrderedJson job_choices(const PageContext& context) {
  OrderedJson choices = OrderedJson::array();
  for (const char* job : jobs) {
    choices.push_back({{"name", job}, {"chosen", field(context.pending_form, "job") == job}});
  }
  return choices;
}

OrderedJson run_values(PageContext& context) {
  Query query{{"limit", "50"}};
  for (const char* name : {"state", "schedule"}) {
    if (!context.word(name).empty()) query[name] = context.word(name);
  }
  OrderedJson rows = OrderedJson::array();
  for (const OrderedJson& run : context.api.get("/runs", query)) {
    OrderedJson row = run_row(run, context.zone());
    row["show"] = address("/console/runs",
                          with(context.query, {{"dialog", "show"}, {"id", text(run, "id")}}));
    rows.push_back(std::move(row));
  }
  const OrderedJson status = context.api.get("/status");
  OrderedJson schedules = schedule_rows(context);
  OrderedJson values{
      {"has_schedules", !schedules.empty()},
      {"schedules", std::move(schedules)},
      {"any", !rows.empty()},
      {"runs", std::move(rows)},
      {"states", state_choices(context)},
      {"has_problems", !status.at("problems").empty()},
      {"problems", status.at("problems")},
      {"new", address("/console/runs", with(context.query, {{"dialog", "start"}, {"id", ""}}))}};
  const std::string dialog = context.word("dialog");
  if (dialog == "show") values["run"] = shown_run(context);
  if (dialog == "start") {
    values["start"] = {{"jobs", job_choices(context)},
                       {"period", field(context.pending_form, "period")}};
  }
  return values;
}

FormOutcome act_on_runs(PageContext& context, const Fields& form) {
  const std::string action = field(form, "action");
  const std::string id = field(form, "id");
  if (action == "start") {
    OrderedJson body = OrderedJson::object();
    for (const char* name : {"schedule", "job", "period"}) {
      if (!field(form, name).empty()) body[name] = field(form, name);
    }
    context.api.send("POST", "/runs", body);
    return {"The run is queued.", {}};
  }
  if (action == "cancel" || action == "retry") {
    context.api.send("POST", "/runs/" + id + "/" + action, OrderedJson::object());
    return {action == "cancel" ? "The run was asked to stop." : "The run is queued again.", {}};
  }
  if (action == "discard") {
    context.api.send("POST", "/runs/" + id + "/discard", OrderedJson::object(),
                     {{"reason", field(form, "reason")}});
    return {"The failed run is settled, with your reason.", {}};
  }
  if (action == "pause" || action == "resume") {
    context.api.send("POST", "/schedules/" + field(form, "schedule") + "/" + action,
                     OrderedJson::object());
    return {action == "pause" ? "The schedule is paused." : "The schedule goes on.", {}};
  }
  throw Error(ErrorCode::usage, "the form says nothing that this page does; load it again");
}

}  // namespace

ConsolePage runs_page() {
  return {
      "runs",     "/console/runs", "Runs and schedules", "Runs", 5, std::chrono::milliseconds(500),
      run_values, act_on_runs,     Audience::platform};
}

}  // namespace costd
