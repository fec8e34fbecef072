// When schedules are due: their slots, past and to come, and what their expressions mean.

#include "daemon/json_views.hpp"
#include "daemon/schedule_explanation.hpp"
#include "ledger/error.hpp"

namespace costd {
namespace {

constexpr std::int64_t slots_default = 5;
constexpr std::int64_t slots_max = 1000;

/// The instant asked about; now if it is left out.
Instant instant_query(const Service& service, const RouteCall& call, const std::string& name) {
  const std::string text = call.query(name);
  if (text.empty()) return service.clock.now();
  const auto instant = parse_instant(text);
  if (!instant) {
    throw Error(ErrorCode::usage,
                name + " \"" + text + "\" is no instant; write it like 2026-11-01T00:00:00Z");
  }
  return *instant;
}

OrderedJson to_json(const std::vector<ListedSlot>& slots) {
  OrderedJson list = OrderedJson::array();
  for (const ListedSlot& listed : slots) {
    list.push_back({{"slot", format_instant(listed.slot)},
                    {"local", format_local_minute(listed.local)},
                    {"note", listed.note}});
  }
  return list;
}

OrderedJson to_json(const ScheduleExplanation& explanation) {
  OrderedJson fields = OrderedJson::array();
  for (const FieldMeaning& field : explanation.fields) {
    fields.push_back({{"field", field.field}, {"text", field.text}, {"meaning", field.meaning}});
  }
  OrderedJson changes = OrderedJson::array();
  for (const ClockChange& change : explanation.clock_changes) {
    changes.push_back({{"at", format_instant(change.at)},
                       {"localBefore", format_local_minute(change.before)},
                       {"localAfter", format_local_minute(change.after)},
                       {"effect", change.effect},
                       {"slots", to_json(change.slots)}});
  }
  return {{"fields", fields},
          {"days", explanation.days},
          {"timing", explanation.timing},
          {"clockChanges", changes},
          {"next", to_json(explanation.next)}};
}

std::size_t slot_count(const RouteCall& call) {
  return static_cast<std::size_t>(number_query(call, "n", slots_default, slots_max));
}

HttpResponse next_slots(Service& service, const RouteCall& call) {
  const Schedule schedule = service.scheduler.get(call.path.at("name"));
  return json_response(
      to_json(list_slots_after(schedule, instant_query(service, call, "after"), slot_count(call))));
}

HttpResponse previous_slots(Service& service, const RouteCall& call) {
  const Schedule schedule = service.scheduler.get(call.path.at("name"));
  return json_response(to_json(
      list_slots_before(schedule, instant_query(service, call, "before"), slot_count(call))));
}

HttpResponse explain(Service& service, const RouteCall& call) {
  const Schedule schedule = service.scheduler.get(call.path.at("name"));
  if (!schedule.invalid.empty()) throw Error(ErrorCode::conflict, schedule.invalid);
  OrderedJson answer{{"name", schedule.name},
                     {"cron", schedule.cron.text()},
                     {"timeZone", schedule.zone.name()},
                     {"tzdata", time_zone_version()},
                     {"dstGap", schedule.dst_gap == DstGap::run ? "run" : "skip"}};
  answer.update(to_json(explain_schedule(schedule, service.clock.now())));
  return json_response(answer);
}

}  // namespace

std::vector<Route> schedule_routes() {
  return {
      {"GET",
       "/v1/admin/schedules/{name}/next",
       Role::viewer,
       next_slots,
       "the next n slots after an instant",
       TenantUse::platform_only,
       {"after", "n"}},
      {"GET",
       "/v1/admin/schedules/{name}/prev",
       Role::viewer,
       previous_slots,
       "the last n slots before an instant, newest first",
       TenantUse::platform_only,
       {"before", "n"}},
      {"GET", "/v1/admin/schedules/{name}/explain", Role::viewer, explain,
       "what the schedule means, and what changes of the clock do to it in twelve months"},
  };
}

}  // namespace costd
