// Model pricing: list, add, edit, delete, explain, import; each change shows first what it does.

#include <fmt/format.h>

#include <array>

#include "daemon/console/filter.hpp"
#include "daemon/console/price_views.hpp"
#include "daemon/console/words.hpp"
#include "ledger/error.hpp"

namespace costd {
namespace {

constexpr std::array price_fields{"model",  "provider",  "serviceTier", "effective",    "input",
                                  "output", "cacheRead", "cacheWrite",  "cacheWrite1h", "source"};
constexpr std::array context_fields{"above", "longInput", "longOutput"};

bool is_preview(const Fields& form) {
  return field(form, "step") != "do";
}

OrderedJson price_body(const Fields& form) {
  OrderedJson body = OrderedJson::object();
  for (const char* name : price_fields) {
    if (!field(form, name).empty()) body[name] = field(form, name);
  }
  const std::string above = field(form, "above");
  if (above.empty()) return body;
  if (above.size() > 9 || above.find_first_not_of("0123456789") != std::string::npos) {
    throw Error(ErrorCode::usage, "the long context begins above a whole number of tokens");
  }
  body["longContext"] = {{"above", std::stoll(above)},
                         {"input", field(form, "longInput")},
                         {"output", field(form, "longOutput")}};
  return body;
}

OrderedJson find_entry(const PageContext& context) {
  for (const OrderedJson& entry : context.api.get("/pricing")) {
    if (entry.at("id").dump() == context.word("id")) return entry;
  }
  throw Error(ErrorCode::not_found, "there is no live price " + context.word("id") +
                                        "; it may have been deleted: load the list again");
}

std::string today_of(const PageContext& context) {
  return format_day(context.zone().day_of(context.service.clock.now()));
}

/// The entry's own values as the fields of the form.
Fields fields_of(const PageContext& context, const OrderedJson& entry) {
  Fields fields;
  for (const char* name : price_fields) fields[name] = text(entry, name);
  if (entry.at("longContext").is_object()) {
    const OrderedJson& band = entry.at("longContext");
    fields["above"] = band.at("above").dump();
    fields["longInput"] = text(band, "input");
    fields["longOutput"] = text(band, "output");
  }
  // An edit is a new price from a day on; days before it keep theirs.
  fields["effective"] = today_of(context);
  return fields;
}

OrderedJson price_dialog(const PageContext& context, const Fields& own, const char* title) {
  const Fields& fields = context.pending_form.empty() ? own : context.pending_form;
  OrderedJson dialog{{"title", title}, {"effective", today_of(context)}};
  for (const char* name : price_fields) dialog[name] = field(fields, name);
  for (const char* name : context_fields) dialog[name] = field(fields, name);
  if (dialog["effective"] == "") dialog["effective"] = today_of(context);
  OrderedJson tiers = OrderedJson::array();
  for (const std::string tier : {"standard", "batch", "priority", "flex"}) {
    tiers.push_back({{"name", tier}, {"chosen", field(fields, "serviceTier") == tier}});
  }
  dialog["tiers"] = std::move(tiers);
  return dialog;
}

OrderedJson explain_of(const PageContext& context) {
  Query query;
  for (const char* name : {"model", "provider", "serviceTier", "on"}) {
    if (!context.word(name).empty()) query[name] = context.word(name);
  }
  OrderedJson values{{"model", context.word("model")},
                     {"provider", context.word("provider")},
                     {"on", context.word("on")}};
  if (!query.contains("model")) return values;
  const OrderedJson answer = context.api.get("/pricing/explain", query);
  OrderedJson candidates = OrderedJson::array();
  for (const OrderedJson& candidate : answer.at("candidates")) {
    OrderedJson row = price_row(candidate.at("entry"));
    row["eligible"] = candidate.at("eligible");
    row["why"] = text(candidate, "why");
    row["wins"] =
        answer.at("winner").is_object() && answer["winner"]["id"] == candidate["entry"]["id"];
    candidates.push_back(std::move(row));
  }
  values["answer"] = {{"on", text(answer, "on")},
                      {"priced", answer.at("winner").is_object()},
                      {"candidates", std::move(candidates)},
                      {"warnings", answer.at("warnings")}};
  return values;
}

bool matches(const OrderedJson& entry, const std::string& wanted) {
  return wanted.empty() || text(entry, "model").find(wanted) != std::string::npos ||
         text(entry, "provider").find(wanted) != std::string::npos;
}

/// What the last preview said, by the form that asked for it.
void add_preview(PageContext& context, OrderedJson& values) {
  const Fields& form = context.pending_form;
  if (form.empty() || !context.refusal.empty() || !is_preview(form)) return;
  const std::string action = field(form, "action");
  if (action == "import") {
    Query query{{"dryRun", "true"}};
    if (!field(form, "effective").empty()) query["effective"] = field(form, "effective");
    values["import"]["preview"] =
        import_preview(context.api.send_text("/pricing/import", field(form, "file"), query));
    return;
  }
  if (action == "delete") return;  // its dialog shows the preview from the beginning
  values["edit"]["preview"] =
      reprice_preview(context.api.send("POST", "/pricing", price_body(form), {{"dryRun", "true"}}));
}

void add_dialog(PageContext& context, OrderedJson& values) {
  const std::string dialog = context.word("dialog");
  if (dialog == "add") values["edit"] = price_dialog(context, {}, "New price");
  if (dialog == "edit") {
    values["edit"] =
        price_dialog(context, fields_of(context, find_entry(context)), "New price from a day on");
  }
  if (dialog == "import") {
    values["import"] = {{"file", field(context.pending_form, "file")},
                        {"effective", field(context.pending_form, "effective")}};
  }
  if (dialog == "explain") values["explain"] = explain_of(context);
  if (dialog == "delete") {
    values["remove"] = price_row(find_entry(context));
    values["remove"]["preview"] = reprice_preview(context.api.send(
        "DELETE", "/pricing/" + context.word("id"), nullptr, {{"dryRun", "true"}}));
  }
}

OrderedJson price_values(PageContext& context) {
  const std::string wanted = context.word("find");
  const bool with_history = context.word("history") == "true";
  OrderedJson rows = OrderedJson::array();
  for (const OrderedJson& entry :
       context.api.get("/pricing", {{"history", with_history ? "true" : "false"}})) {
    if (!matches(entry, wanted)) continue;
    OrderedJson row = price_row(entry);
    for (const char* name : {"edit", "delete"}) {
      row[name] = address("/console/prices",
                          with(context.query, {{"dialog", name}, {"id", entry["id"].dump()}}));
    }
    row["editable"] = context.may_change() && text(entry, "origin") == "api" &&
                      entry.value("retiredAt", OrderedJson(nullptr)).is_null();
    row["locked"] = text(entry, "origin") == "config";
    rows.push_back(std::move(row));
  }
  const auto dialog = [&](const char* name) {
    return address("/console/prices", with(context.query, {{"dialog", name}, {"id", ""}}));
  };
  OrderedJson values{{"find", wanted},
                     {"history", with_history},
                     {"any", !rows.empty()},
                     {"shown", count(OrderedJson(rows.size()))},
                     {"prices", std::move(rows)},
                     {"everything", "/console/prices"},
                     {"add", dialog("add")},
                     {"import_link", dialog("import")},
                     {"explain_link", dialog("explain")}};
  add_dialog(context, values);
  add_preview(context, values);
  return values;
}

FormOutcome act_on_prices(PageContext& context, const Fields& form) {
  const std::string action = field(form, "action");
  if (action != "delete" && is_preview(form)) return {"", {}, FormOutcome::Next::show_again};
  if (action == "add") {
    context.api.send("POST", "/pricing", price_body(form));
    return {"The price of " + field(form, "model") + " is stored, and open days are re-priced.",
            {}};
  }
  if (action == "delete") {
    context.api.send("DELETE", "/pricing/" + field(form, "id"), nullptr, {});
    return {"The price was taken away, and open days are re-priced.", {}};
  }
  if (action == "import") {
    Query query;
    if (!field(form, "effective").empty()) query["effective"] = field(form, "effective");
    const OrderedJson done = context.api.send_text("/pricing/import", field(form, "file"), query);
    return {fmt::format("{} prices added, {} replaced; open days are re-priced.",
                        count(done.at("added")), count(done.at("replaced"))),
            {}};
  }
  throw Error(ErrorCode::usage, "the form says nothing that this page does; load it again");
}

}  // namespace

ConsolePage prices_page() {
  return {"prices",
          "/console/prices",
          "Model pricing",
          "Prices",
          0,
          std::chrono::milliseconds(1000),
          price_values,
          act_on_prices,
          Audience::platform};
}

}  // namespace costd
