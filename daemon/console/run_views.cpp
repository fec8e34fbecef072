#include "daemon/console/run_views.hpp"

#include <fmt/format.h>

#include "daemon/console/svg_charts.hpp"
#include "daemon/console/words.hpp"

namespace costd {
namespace {

std::string joined(const OrderedJson& words, const char* between) {
  std::string line;
  for (const auto& word : words) line += (line.empty() ? "" : between) + word.get<std::string>();
  return line;
}

/// "period 2026-10, tenant acme".
std::string parameters_of(const OrderedJson& run) {
  std::string line;
  for (const auto& [name, value] : run.at("parameters").items()) {
    if (!value.is_string() || value == "") continue;
    line += fmt::format("{}{} {}", line.empty() ? "" : ", ", name, value.get<std::string>());
  }
  return line;
}

const char* style_of(const std::string& state) {
  if (state == "succeeded") return "good";
  if (state == "failed" || state == "abandoned" || state == "missed") return "bad";
  if (state == "running") return "busy";
  return state == "queued" ? "warn" : "plain";
}

OrderedJson progress_of(const OrderedJson& run) {
  const OrderedJson& progress = run.at("progress");
  const auto done = progress.at("done").get<std::int64_t>();
  const auto total = progress.at("total").get<std::int64_t>();
  if (text(run, "state") != "running") return nullptr;
  const std::string of = total > 0 ? fmt::format(" of {}", format_count(total)) : "";
  return {{"job", text(progress, "job")},
          {"words", fmt::format("{}{} {}", format_count(done), of, text(progress, "unit"))},
          {"bar", charts::bar(Money::from_usd(done), Money::from_usd(total), "s1")}};
}

OrderedJson counts_of(const OrderedJson& run) {
  OrderedJson counts = OrderedJson::array();
  for (const auto& [name, value] : run.at("counts").items()) {
    if (value != 0) counts.push_back({{"name", name}, {"value", count(value)}});
  }
  return counts;
}

}  // namespace

OrderedJson run_row(const OrderedJson& run, const Zone& zone) {
  const std::string state = text(run, "state");
  const bool is_open = state == "running" || state == "queued";
  const bool is_undecided =
      state == "failed" && !text(run, "schedule").empty() && run["discardedAt"].is_null();
  OrderedJson counts = counts_of(run);
  const std::string schedule = text(run, "schedule");
  return {{"id", text(run, "id")},
          {"what", schedule.empty() ? joined(run.at("jobs"), ", ") : schedule},
          {"jobs", joined(run.at("jobs"), " → ")},
          {"parameters", parameters_of(run)},
          {"trigger", text(run, "trigger")},
          {"actor", text(run, "actor")},
          {"state", state},
          {"style", style_of(state)},
          {"open", is_open},
          {"done", !is_open},
          {"succeeded", state == "succeeded"},
          {"undecided", is_undecided},
          {"queued", moment(run["queuedAt"], zone)},
          {"started", moment(run["startedAt"], zone)},
          {"took", duration(run["startedAt"], run["finishedAt"])},
          {"waits", state == "queued" ? moment(run["notBefore"], zone) : OrderedJson(nullptr)},
          {"progress", progress_of(run)},
          {"has_counts", !counts.empty()},
          {"counts", std::move(counts)},
          {"error", text(run, "error")},
          {"discarded", text(run, "discardedReason")}};
}

}  // namespace costd
