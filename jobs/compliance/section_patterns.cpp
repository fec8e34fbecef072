// When keys were used, and which use is unusual.

#include <fmt/format.h>

#include <algorithm>

#include "jobs/compliance/report_scope.hpp"
#include "ledger/money.hpp"

namespace costd {
namespace {

/// An hour is unusual from this many calls on, and from this multiple of the key's usual hour.
constexpr std::int64_t burst_calls_min = 100;
constexpr std::int64_t burst_multiple = 5;
constexpr std::size_t business_from = 6;
constexpr std::size_t business_to = 22;

/// The middle one of the hours in which the key was used.
std::int64_t usual_hour(const KeyUse& use) {
  std::vector<std::int64_t> counts;
  for (const auto& [hour, count] : use.by_hour) counts.push_back(count);
  if (counts.empty()) return 0;
  const auto middle = counts.begin() + static_cast<std::ptrdiff_t>(counts.size() / 2);
  std::ranges::nth_element(counts, middle);
  return *middle;
}

struct Pattern {
  std::int64_t usual = 0;
  std::int64_t busiest = 0;
  std::int64_t busiest_hour = 0;  ///< since 1970, local
  std::int64_t bursts = 0;
  std::int64_t off_hours = 0;
};

Pattern pattern_of(const KeyUse& use) {
  Pattern pattern;
  pattern.usual = usual_hour(use);
  for (const auto& [hour, count] : use.by_hour) {
    if (count > pattern.busiest) {
      pattern.busiest = count;
      pattern.busiest_hour = hour;
    }
    if (count >= burst_calls_min &&
        count >= burst_multiple * std::max<std::int64_t>(1, pattern.usual)) {
      ++pattern.bursts;
    }
  }
  for (std::size_t hour = 0; hour < use.by_hour_of_day.size(); ++hour) {
    if (hour < business_from || hour >= business_to) pattern.off_hours += use.by_hour_of_day[hour];
  }
  return pattern;
}

std::string unusual_of(const KeyUse& use, const Pattern& pattern) {
  std::string unusual;
  const auto add = [&](const std::string& what) {
    unusual += (unusual.empty() ? "" : "; ") + what;
  };
  if (pattern.bursts > 0) add(fmt::format("{} hours far above its usual one", pattern.bursts));
  if (pattern.off_hours * 2 > use.requests.all()) add("mostly at night");
  if (use.is_new) add("not seen before the period");
  return unusual;
}

std::string hour_text(std::int64_t hours_since_1970) {
  std::string text = format_local_minute(LocalTime(std::chrono::hours(hours_since_1970)));
  std::ranges::replace(text, 'T', ' ');
  return text;
}

}  // namespace

void write_access_patterns(const ReportScope& scope, SectionWriter& out) {
  std::vector<ReportBars::Bar> bars;
  for (std::size_t hour = 0; hour < scope.gateway.by_hour_of_day.size(); ++hour) {
    bars.push_back({fmt::format("{:02}", hour), scope.gateway.by_hour_of_day[hour]});
  }
  out.bars("Calls by hour of the day, " + scope.zone.name(), std::move(bars));
  std::vector<ReportRow> keys;
  std::vector<ReportRow> hours;
  for (const auto& [key, use] : scope.gateway.keys) {
    if (use.requests.all() == 0) continue;
    const Pattern pattern = pattern_of(use);
    keys.push_back({use.masked, scope.tenant_name(use.tenant), format_count(use.requests.all()),
                    format_count(pattern.usual), format_count(pattern.busiest),
                    hour_text(pattern.busiest_hour), format_count(pattern.off_hours),
                    unusual_of(use, pattern)});
    for (const auto& [hour, count] : use.by_hour) {
      hours.push_back(
          {hour_text(hour), use.masked, scope.tenant_name(use.tenant), std::to_string(count)});
    }
  }
  out.text(
      fmt::format("Rules: an hour of a key is unusual from {} calls on, if it has {} times the "
                  "calls of the key's usual (median) hour; night is {}:00 to {:02}:00; a key is "
                  "new if the log has no event of it before the period.",
                  burst_calls_min, burst_multiple, business_to, business_from));
  out.table({"API keys",
             {"Who", "Tenant", "#Calls", "#Usual hour", "#Busiest", "Busiest hour", "#At night",
              "Unusual"},
             "No call lies in the period."},
            keys);
  out.table({"Calls by key and hour",
             {"Hour", "Who", "Tenant", "#Calls"},
             "No call lies in the period.",
             "access-patterns.csv"},
            hours);
  std::vector<ReportRow> targets;
  for (const auto& [target, count] : scope.gateway.targets) {
    targets.push_back({target.first, target.second, format_count(count)});
  }
  out.table({"Models and providers",
             {"Model", "Provider", "#Calls"},
             "No call lies in the period.",
             "models.csv"},
            targets);
  write_acts(scope, out, "Bulk exports from costd", "exports.csv", [](const AuditEvent& event) {
    return event.action.ends_with(".export") || event.action.ends_with(".download");
  });
}

}  // namespace costd
