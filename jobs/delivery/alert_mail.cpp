#include "jobs/delivery/alert_mail.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ledger/money.hpp"

namespace costd {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t fact_bytes_max = 500;

struct KindWords {
  const char* label;
  const char* severity;  ///< critical | warning | good
  const char* meaning;
};

KindWords words_of(AlertKind kind) {
  switch (kind) {
    case AlertKind::budget_threshold:
      return {"Spending", "warning",
              "A share of a budget is spent. You hear of this share once in the period; costd "
              "stops no calls."};
    case AlertKind::budget_forecast:
      return {"Spending forecast", "warning",
              "If spending goes on as it does, the limit is crossed before the period ends."};
    case AlertKind::anomaly_opened:
      return {"Anomaly", "warning",
              "A day cost more than the week before it predicts. You hear of it again if it "
              "doubles, and when it is over."};
    case AlertKind::anomaly_grew:
      return {"Anomaly grows", "critical",
              "It goes on, and its impact has doubled since you last heard of it."};
    case AlertKind::anomaly_resolved:
      return {"Anomaly over", "good", "A complete day was as usual again. Nothing is left to do."};
    case AlertKind::unpriced_model:
      return {"No price", "warning",
              "Usage of this model is counted, but in no total, until it has a price. Open days "
              "are priced anew as soon as it has one."};
    case AlertKind::quarantined_file:
      return {"Refused records", "warning",
              "What was refused is kept with its reason and is in no total; everything else was "
              "taken."};
    case AlertKind::failed_run:
      return {"Failed run", "critical",
              "What the run had committed before stays; running it again goes on from there."};
    case AlertKind::dead_letter:
      return {"Undelivered", "critical",
              "costd does not send this message again by itself. It is kept until a person does, "
              "or discards it."};
    case AlertKind::period_open:
      return {"Month not closed", "warning",
              "Statements stay preliminary until what is named is mended, or waived by somebody "
              "with a reason. costd tries again every hour."};
    case AlertKind::slots_abandoned:
      return {"Slots given up", "critical",
              "More slots passed while costd was stopped than the schedule catches up. The oldest "
              "are not run by themselves any more."};
    case AlertKind::schedule_invalid:
      return {"Schedule stopped", "critical",
              "The schedule cannot say when it is due, so it starts nothing. The other schedules "
              "go on."};
    case AlertKind::clock_held:
      return {"Clock not trusted", "critical",
              "Until the clock is confirmed no month is closed and no mail is sent."};
  }
  return {"Alert", "warning", ""};
}

std::string member(const Json& data, const char* name) {
  const auto found = data.find(name);
  return found != data.end() && found->is_string() ? found->get<std::string>() : "";
}

/// One word of a shell, whatever is in it: names of models and tenants come from outside, and
/// people copy what a mail says.
std::string shell_word(const std::string& text) {
  const bool is_plain = !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-_./:,@").find(c) != std::string_view::npos;
  });
  if (is_plain && text.front() != '-') return text;
  std::string quoted = "'";
  for (const char c : one_line(text)) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

/// Commands that help, with the ids filled in.
std::vector<std::string> steps_of(const Alert& alert, const Json& data) {
  if (data.empty()) return {"costctl alerts list"};  // about alerts themselves
  const std::string tenant = alert.tenant.empty() ? "" : " --tenant " + shell_word(alert.tenant);
  switch (alert.kind) {
    case AlertKind::budget_threshold:
    case AlertKind::budget_forecast:
      return {"costctl budgets status", "costctl costs summary --group-by model" + tenant};
    case AlertKind::anomaly_opened:
    case AlertKind::anomaly_grew:
    case AlertKind::anomaly_resolved:
      return {"costctl anomalies" + tenant, "costctl costs summary --group-by day" + tenant +
                                                " --model " + shell_word(member(data, "model"))};
    case AlertKind::unpriced_model:
      return {fmt::format("costctl prices explain {} --provider {}",
                          shell_word(member(data, "model")), shell_word(member(data, "provider"))),
              "costctl prices import FILE"};
    case AlertKind::quarantined_file:
      return {"curl --unix-socket SOCKET http://costd/v1/admin/quarantine"};
    case AlertKind::failed_run:
      return {"costctl runs show " + shell_word(member(data, "id")),
              "costctl run " + shell_word(member(data, "jobs")) + " --wait"};
    case AlertKind::dead_letter: {
      const std::string id = shell_word(member(data, "id"));
      std::vector<std::string> steps{"costctl outbox show " + id, "costctl outbox retry " + id,
                                     "costctl outbox discard " + id};
      if (member(data, "state") == "ambiguous") {
        steps.insert(steps.begin() + 1, "costctl outbox confirm " + id);
      }
      return steps;
    }
    case AlertKind::period_open:
      return {"costctl periods list", "costctl periods waive " + shell_word(member(data, "month")) +
                                          tenant + " --reason REASON"};
    case AlertKind::slots_abandoned:
      return {"costctl runs list --schedule " + shell_word(member(data, "schedule"))};
    case AlertKind::schedule_invalid:
      return {"costctl schedules list", "costctl reload"};
    case AlertKind::clock_held:
      return {"costctl clock show", "costctl clock confirm"};
  }
  return {};
}

/// "currentSpend" -> "Current spend"; what ends in Pct loses that, its value has the sign.
std::string label_of(std::string name) {
  if (name == "id") return "ID";
  for (const char* suffix : {"Pct", "Id", "Usd"}) {
    const std::string_view end(suffix);
    if (name.size() > end.size() && name.ends_with(end)) name.resize(name.size() - end.size());
  }
  std::string label;
  for (const char c : name) {
    const bool upper = c >= 'A' && c <= 'Z';
    if (label.empty()) {
      label += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    } else if (upper) {
      label += ' ';
      label += static_cast<char>(c - 'A' + 'a');
    } else {
      label += c;
    }
  }
  return label;
}

/// The twelve decimals of format_exact, which nothing but money has.
bool is_exact_money(const std::string& text) {
  const auto point = text.find('.');
  return point != std::string::npos && text.size() - point - 1 == 12 &&
         text.find_first_not_of("-0123456789.") == std::string::npos;
}

std::string value_of(const std::string& name, const Json& value) {
  if (value.is_null()) return "";
  if (value.is_number_integer()) return format_count(value.get<std::int64_t>());
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  std::string text = value.is_string() ? value.get<std::string>() : value.dump();
  if (text.empty()) return "";
  if (is_exact_money(text)) {
    const std::string cents = format_cents(round_to_cents(parse_money(text)));
    return cents.starts_with('-') ? "-$" + cents.substr(1) : "$" + cents;
  }
  if (name.ends_with("Pct")) return text + " %";
  if (name.ends_with("At")) {
    if (const auto instant = parse_instant(text)) return format_instant_for_people(*instant);
  }
  if (text.size() > fact_bytes_max) text = text.substr(0, fact_bytes_max) + " ...";
  return text;
}

}  // namespace

MailValues alert_mail_values(const RaisedAlert& raised) {
  const Alert& alert = raised.alert;
  const KindWords kind = words_of(alert.kind);
  const std::string severity = kind.severity;
  const Json data = Json::parse(alert.data, nullptr, false);
  MailValues values;
  values.words = {{"title", alert.title},
                  {"label", kind.label},
                  {"meaning", kind.meaning},
                  {"critical", severity == "critical" ? "yes" : ""},
                  {"warning", severity == "warning" ? "yes" : ""},
                  {"good", severity == "good" ? "yes" : ""},
                  {"tenant", alert.tenant},
                  {"subject", alert.subject},
                  {"type", std::string(type_of(alert.kind))},
                  {"raised_at", format_instant_for_people(raised.at)},
                  {"alert_id", raised.id},
                  {"audit_chain", raised.audit_chain}};
  for (const char* list : {"facts", "steps"}) values.lists[list] = {};
  if (data.is_object()) {
    for (const auto& [name, value] : data.items()) {
      const std::string text = value_of(name, value);
      if (text.empty()) continue;
      values.lists["facts"].push_back({{"label", label_of(name)}, {"value", text}});
    }
    for (const std::string& step : steps_of(alert, data)) {
      values.lists["steps"].push_back({{"text", step}});
    }
  }
  make_single_lines(values);
  values.words["has_facts"] = values.lists["facts"].empty() ? "" : "yes";
  values.words["has_steps"] = values.lists["steps"].empty() ? "" : "yes";
  return values;
}

}  // namespace costd
