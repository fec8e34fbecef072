#include "tests/bench/anomaly/score.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

namespace costd::bench {
namespace {

using std::chrono::days;

struct Tally {
  int events = 0;
  int found = 0;
  int alarms_false = 0;
  int delay_days = 0;
  int kind_said = 0;
  int kind_right = 0;

  double recall() const { return events == 0 ? 0 : double(found) / events; }
  double precision() const {
    return found + alarms_false == 0 ? 0 : double(found) / (found + alarms_false);
  }
  double f1() const {
    const double sum = precision() + recall();
    return sum > 0 ? 2 * precision() * recall() / sum : 0;
  }
  double delay() const { return found == 0 ? 0 : double(delay_days) / found; }
};

using Wanted = std::function<bool(const LabelledEvent&)>;

/// Events that are not wanted are left out; alarms about them count neither way.
Tally tally(const std::vector<WatchedSeries>& all, const Alarms& alarms, const Wanted& wanted) {
  Tally tally;
  for (const WatchedSeries& series : all) {
    const auto own = alarms.find(series.id);
    std::vector<Alarm> left;
    if (own != alarms.end()) left = own->second;
    std::erase_if(left, [&](const Alarm& alarm) { return alarm.first < series.judged_from; });
    for (const LabelledEvent& event : series.events) {
      const auto is_about = [&](const Alarm& alarm) {
        return event.first <= alarm.first && alarm.first <= event.last;
      };
      const auto first = std::ranges::find_if(left, is_about);
      if (wanted(event)) {
        ++tally.events;
        if (first != left.end()) {
          ++tally.found;
          tally.delay_days += static_cast<int>((first->first - event.first).count());
          tally.kind_said += first->kind ? 1 : 0;
          tally.kind_right += first->kind == event.kind ? 1 : 0;
        }
      }
      std::erase_if(left, is_about);
    }
    tally.alarms_false += static_cast<int>(left.size());
  }
  return tally;
}

double tenant_months(const std::vector<WatchedSeries>& all) {
  constexpr double days_of_a_month = 365.25 / 12;
  return double(all.size()) / series_of_a_tenant * judged_days / days_of_a_month;
}

void print_overall(const std::vector<WatchedSeries>& series, const std::vector<Method>& methods) {
  fmt::print("{:<28} precision recall    F1  recall>=2x  false/tenant-month  delay  class\n",
             "method");
  for (const Method& method : methods) {
    const Tally all = tally(series, method.alarms, [](const LabelledEvent&) { return true; });
    // New spend has no strength: it is infinitely more than nothing, and left out here.
    const Tally strong = tally(series, method.alarms,
                               [](const LabelledEvent& event) { return event.strength >= 2; });
    const std::string classes =
        all.kind_said > 0 ? fmt::format("{:6.2f}", double(all.kind_right) / all.kind_said) : "–";
    fmt::print("{:<28} {:9.3f} {:6.3f} {:5.3f} {:11.3f} {:19.2f} {:6.2f} {:>6}\n", method.name,
               all.precision(), all.recall(), all.f1(), strong.recall(),
               all.alarms_false / tenant_months(series), all.delay(), classes);
  }
}

void print_recall(const std::vector<WatchedSeries>& series, const std::vector<Method>& methods) {
  fmt::print("\nrecall by class and strength\n{:<22} events", "");
  for (const Method& method : methods) fmt::print(" {:>24}", method.name);
  fmt::print("\n");
  const auto row = [&](const std::string& name, const Wanted& wanted) {
    fmt::print("{:<22} {:6}", name, tally(series, {}, wanted).events);
    for (const Method& method : methods) {
      const Tally found = tally(series, method.alarms, wanted);
      fmt::print(" {:17.2f} {:5.1f}d", found.recall(), found.delay());
    }
    fmt::print("\n");
  };
  for (const EventClass kind : {EventClass::spike, EventClass::drop, EventClass::level_shift}) {
    for (const double strength : strengths) {
      row(fmt::format("{} {}x", name_of(kind), strength), [=](const LabelledEvent& event) {
        return event.kind == kind && event.strength == strength;
      });
    }
  }
  row("new spend", [](const LabelledEvent& event) { return event.kind == EventClass::new_spend; });
}

void print_false(const std::vector<WatchedSeries>& series, const std::vector<Method>& methods) {
  fmt::print("\nfalse alarms by kind of series\n{:<22} series", "");
  for (const Method& method : methods) fmt::print(" {:>24}", method.name);
  fmt::print("\n");
  std::map<std::string, std::vector<WatchedSeries>> kinds;
  for (const WatchedSeries& one : series) kinds[one.kind].push_back(one);
  for (const auto& [kind, group] : kinds) {
    fmt::print("{:<22} {:6}", kind, group.size());
    for (const Method& method : methods) {
      const Tally found = tally(group, method.alarms, [](const LabelledEvent&) { return true; });
      fmt::print(" {:24}", found.alarms_false);
    }
    fmt::print("\n");
  }
}

}  // namespace

std::vector<Alarm> group_days(const std::vector<Day>& flagged) {
  std::vector<Alarm> alarms;
  for (std::size_t n = 0; n < flagged.size(); ++n) {
    if (n == 0 || flagged[n] - flagged[n - 1] != days(1)) alarms.push_back({flagged[n], {}});
  }
  return alarms;
}

void print_scores(const std::vector<WatchedSeries>& series, const std::vector<Method>& methods) {
  int clean = 0;
  int events = 0;
  for (const WatchedSeries& one : series) {
    clean += one.events.empty() ? 1 : 0;
    events += static_cast<int>(one.events.size());
  }
  fmt::print("{} series of {} tenants, {} events, {} clean series, {:.0f} tenant-months\n\n",
             series.size(), series.size() / series_of_a_tenant, events, clean,
             tenant_months(series));
  print_overall(series, methods);
  print_recall(series, methods);
  print_false(series, methods);
}

}  // namespace costd::bench
