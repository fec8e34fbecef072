#include "ledger/period_gates.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "ledger/money.hpp"

namespace costd {
namespace {

constexpr std::array gates{Gate::grace,      Gate::clock,    Gate::sources,
                           Gate::quarantine, Gate::unpriced, Gate::rollup};
constexpr std::size_t named_max = 5;

/// "3 requests", "1 request".
std::string counted(std::int64_t count, const char* one, const char* many) {
  return format_count(count) + " " + (count == 1 ? one : many);
}

/// "a, b", at most a few of them.
std::string listed(const std::vector<std::string>& names) {
  const std::size_t shown = std::min(names.size(), named_max);
  std::string text = fmt::format("{}", fmt::join(names.begin(), names.begin() + shown, ", "));
  if (shown < names.size()) text += fmt::format(" and {} more", names.size() - shown);
  return text;
}

bool is_over(const PeriodFacts& facts) {
  return facts.now >= facts.end;
}

std::optional<Obstacle> judge_grace(const PeriodFacts& facts) {
  if (facts.now >= facts.closable_from) return std::nullopt;
  Obstacle obstacle{.gate = Gate::grace, .what = {}, .remedy = {}};
  if (!is_over(facts)) {
    obstacle.what = fmt::format("the month lasts until {}", format_instant(facts.end));
    obstacle.remedy = "wait for its end";
  } else {
    obstacle.what =
        fmt::format("the grace time lasts until {}", format_instant(facts.closable_from));
    obstacle.remedy = "wait, or waive the rest of the grace time";
  }
  return obstacle;
}

std::optional<Obstacle> judge_clock(const PeriodFacts& facts) {
  if (!facts.clock_jump) return std::nullopt;
  return Obstacle{
      .gate = Gate::clock,
      .what = fmt::format("the clock jumped from {} to {}", format_instant(facts.clock_jump->from),
                          format_instant(facts.clock_jump->to)),
      .remedy = "if it is right now: costctl clock confirm"};
}

std::optional<Obstacle> judge_sources(const PeriodFacts& facts) {
  if (!is_over(facts)) return std::nullopt;
  Obstacle obstacle{.gate = Gate::sources, .what = {}, .remedy = {}};
  std::vector<std::string> places;
  for (const SourceProgress& source : facts.sources) {
    if (source.last_record_at && *source.last_record_at >= facts.end) continue;
    obstacle.subjects.push_back(source.name);
    places.push_back(source.last_record_at ? fmt::format("{} has got to {}", source.name,
                                                         format_instant(*source.last_record_at))
                                           : source.name + " has sent nothing");
  }
  if (places.empty()) return std::nullopt;
  std::ranges::sort(obstacle.subjects);
  obstacle.amount = static_cast<std::int64_t>(places.size());
  obstacle.what = fmt::format("no record from {} or later of {}: {}", format_instant(facts.end),
                              counted(obstacle.amount, "source", "sources"), listed(places));
  obstacle.remedy = "wait for its next records, or waive if it has none";
  return obstacle;
}

std::optional<Obstacle> judge_quarantine(const PeriodFacts& facts) {
  std::vector<std::string> parts;
  if (facts.refused_lines > 0) {
    parts.push_back(counted(facts.refused_lines, "refused line is dated in the month",
                            "refused lines are dated in the month"));
  }
  if (facts.undated_lines > 0) {
    parts.push_back(counted(facts.undated_lines, "refused line without a date came since it began",
                            "refused lines without a date came since it began"));
  }
  if (facts.refused_files > 0) {
    parts.push_back(counted(facts.refused_files, "refused file came since it began",
                            "refused files came since it began"));
  }
  if (parts.empty()) return std::nullopt;
  return Obstacle{.gate = Gate::quarantine,
                  .amount = facts.refused_lines + facts.undated_lines + facts.refused_files,
                  .what = fmt::format("{}", fmt::join(parts, ", ")),
                  .remedy = "look at GET /v1/admin/quarantine, send what was meant, then waive"};
}

std::optional<Obstacle> judge_prices(const PeriodFacts& facts) {
  if (facts.unpriced_requests == 0) return std::nullopt;
  return Obstacle{
      .gate = Gate::unpriced,
      .amount = facts.unpriced_requests,
      .subjects = facts.unpriced_models,
      .what = fmt::format("{} no price ({})",
                          counted(facts.unpriced_requests, "request has", "requests have"),
                          listed(facts.unpriced_models)),
      .remedy = "costctl prices add or import, or waive: they stay without a price"};
}

std::optional<Obstacle> judge_rollup(const PeriodFacts& facts) {
  if (!is_over(facts) || facts.unrated_days.empty()) return std::nullopt;
  const auto days = static_cast<std::int64_t>(facts.unrated_days.size());
  return Obstacle{.gate = Gate::rollup,
                  .amount = days,
                  .what = fmt::format("{} for the rollup, the first one {}",
                                      counted(days, "day waits", "days wait"),
                                      format_day(facts.unrated_days.front())),
                  .remedy = "costctl run rollup"};
}

}  // namespace

std::string_view name_of(Gate gate) {
  switch (gate) {
    case Gate::grace:
      return "grace";
    case Gate::clock:
      return "clock";
    case Gate::sources:
      return "sources";
    case Gate::quarantine:
      return "quarantine";
    case Gate::unpriced:
      return "unpriced";
    case Gate::rollup:
      return "rollup";
  }
  return "grace";
}

std::optional<Gate> parse_gate(std::string_view text) {
  const auto found = std::ranges::find_if(gates, [&](Gate gate) { return name_of(gate) == text; });
  return found == gates.end() ? std::nullopt : std::optional(*found);
}

std::string gate_names() {
  std::vector<std::string_view> names;
  for (const Gate gate : gates) names.push_back(name_of(gate));
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string_view name_of(PeriodState state) {
  switch (state) {
    case PeriodState::open:
      return "open";
    case PeriodState::grace:
      return "grace";
    case PeriodState::closed:
      return "closed";
  }
  return "open";
}

PeriodState state_of(const PeriodFacts& facts) {
  if (facts.is_closed) return PeriodState::closed;
  return is_over(facts) ? PeriodState::grace : PeriodState::open;
}

std::vector<Obstacle> find_obstacles(const PeriodFacts& facts) {
  std::vector<Obstacle> obstacles;
  for (const auto judge :
       {judge_grace, judge_clock, judge_sources, judge_quarantine, judge_prices, judge_rollup}) {
    if (auto obstacle = judge(facts)) obstacles.push_back(std::move(*obstacle));
  }
  return obstacles;
}

bool covers(const Waiver& waiver, const Obstacle& obstacle) {
  return waiver.gate == obstacle.gate && obstacle.amount <= waiver.amount &&
         std::ranges::includes(waiver.subjects, obstacle.subjects);
}

std::vector<Obstacle> without_waived(std::vector<Obstacle> obstacles,
                                     const std::vector<Waiver>& waivers) {
  std::erase_if(obstacles, [&](const Obstacle& obstacle) {
    return std::ranges::any_of(waivers,
                               [&](const Waiver& waiver) { return covers(waiver, obstacle); });
  });
  return obstacles;
}

std::string why_not_waivable(Gate gate, const PeriodFacts& facts) {
  if (facts.is_closed) return format_month(facts.month) + " is closed; there is nothing to waive";
  if (!is_over(facts)) {
    return fmt::format("{} is not over before {}; nothing can be waived until then",
                       format_month(facts.month), format_instant(facts.end));
  }
  if (gate == Gate::clock) {
    return "the clock is never waived; if it is right now: costctl clock confirm";
  }
  if (gate == Gate::rollup) {
    return "usage that waits to be rated is never waived; run: costctl run rollup";
  }
  return "";
}

std::string describe(const std::vector<Obstacle>& obstacles) {
  std::vector<std::string> texts;
  for (const Obstacle& obstacle : obstacles) texts.push_back(obstacle.what);
  return fmt::format("{}", fmt::join(texts, "; "));
}

}  // namespace costd
