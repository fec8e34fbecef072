#include "daemon/schedule.hpp"

#include <fmt/format.h>

#include "ledger/error.hpp"

namespace costd {
namespace {

/// How late a slot may start where nothing is caught up and no deadline is set.
constexpr std::chrono::minutes misfire_grace{1};

CatchUp catch_up_of(const ScheduleSettings& settings) {
  if (settings.catch_up.empty()) {
    return settings.period.empty() ? CatchUp::latest : CatchUp::all;
  }
  if (settings.catch_up == "all") return CatchUp::all;
  return settings.catch_up == "latest" ? CatchUp::latest : CatchUp::none;
}

Overlap overlap_of(const ScheduleSettings& settings) {
  // Slots that are all caught up must all run: they queue, like the reports of periods.
  if (settings.overlap.empty()) {
    return catch_up_of(settings) == CatchUp::all || settings.after_previous ? Overlap::queue
                                                                            : Overlap::forbid;
  }
  return settings.overlap == "queue" ? Overlap::queue : Overlap::forbid;
}

CronExpression parse_cron(const ScheduleSettings& settings) {
  try {
    return CronExpression::parse(
        settings.cron, settings.seconds ? CronSeconds::leading_field : CronSeconds::absent);
  } catch (const Error& error) {
    throw Error(ErrorCode::config,
                settings.where + ": schedule \"" + settings.name + "\": " + error.what());
  }
}

Schedule make_schedule(const ScheduleSettings& from) {
  Schedule schedule{.name = from.name,
                    .cron = parse_cron(from),
                    .zone = from.zone_error.empty() ? Zone(from.time_zone) : Zone::utc(),
                    .dst_gap = from.dst_gap == "skip" ? DstGap::skip : DstGap::run,
                    .catch_up = catch_up_of(from),
                    .overlap = overlap_of(from),
                    .jobs = from.jobs,
                    .period = from.period,
                    .tenant = from.tenant,
                    .formats = from.formats,
                    .recipients = from.recipients,
                    .types = from.types,
                    .max_catch_up = from.max_catch_up,
                    .jitter = from.jitter,
                    .policy = {from.after_previous, from.timeout, from.start_deadline},
                    .backfill_from = from.backfill_from,
                    .invalid = from.zone_error};
  if (schedule.catch_up == CatchUp::none && !schedule.policy.start_deadline) {
    schedule.policy.start_deadline = misfire_grace;
  }
  return schedule;
}

std::string join(const std::vector<std::string>& parts) {
  return fmt::format("{}", fmt::join(parts, ","));
}

}  // namespace

std::vector<Schedule> make_schedules(const Settings& settings) {
  std::vector<Schedule> schedules;
  for (const ScheduleSettings& from : settings.schedules) schedules.push_back(make_schedule(from));
  return schedules;
}

RunParameters parameters_for(const Schedule& schedule) {
  RunParameters parameters;
  const auto set = [&](const char* name, const std::string& value) {
    if (!value.empty()) parameters[name] = value;
  };
  set("tenant", schedule.tenant);
  set("formats", join(schedule.formats));
  set("recipients", join(schedule.recipients));
  set("types", join(schedule.types));
  return parameters;
}

RunParameters parameters_for(const Schedule& schedule, Instant slot) {
  RunParameters parameters = parameters_for(schedule);
  const Month month = month_of(schedule.zone.day_of(slot));
  if (schedule.period == "previous_month") {
    parameters["period"] = format_month(previous_month(month));
  } else if (schedule.period == "current_month") {
    parameters["period"] = format_month(month);
  }
  return parameters;
}

std::string definition_of(const Schedule& schedule) {
  return fmt::format("{} | {} | {}", schedule.cron.text(), schedule.zone.name(),
                     schedule.dst_gap == DstGap::skip ? "skip" : "run");
}

}  // namespace costd
