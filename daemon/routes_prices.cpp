// Model pricing: list, add, delete, explain.

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "daemon/json_views.hpp"
#include "daemon/price_changes.hpp"
#include "ledger/context_band.hpp"
#include "ledger/error.hpp"
#include "ledger/store/price_store.hpp"
#include "ledger/store/tenant_store.hpp"

namespace costd {
namespace {

OrderedJson to_json(const PriceRecord& record) {
  OrderedJson json = to_json(record.entry);
  json["createdAt"] = format_instant(record.created_at);
  json["retiredAt"] =
      record.retired_at ? OrderedJson(format_instant(*record.retired_at)) : OrderedJson(nullptr);
  return json;
}

HttpResponse list_prices(Service& service, const RouteCall& call) {
  const std::string history = call.query("history");
  if (!history.empty() && history != "true" && history != "false") {
    throw Error(ErrorCode::usage, "history is \"" + history + "\"; write true or false");
  }
  OrderedJson list = OrderedJson::array();
  for (const PriceRecord& record : load_price_records(service.database.snapshot())) {
    if (!record.retired_at || history == "true") list.push_back(to_json(record));
  }
  return json_response(list);
}

/// `name` is what messages call the member: "longContext.input".
std::optional<std::int64_t> price_member(const nlohmann::json& body, const char* member,
                                         const std::string& name) {
  const auto found = body.find(member);
  if (found == body.end() || found->is_null()) return std::nullopt;
  if (!found->is_string()) {
    throw Error(ErrorCode::usage, name + " is no text; write the price in quotes, \"2.50\"");
  }
  const std::string text = found->get<std::string>();
  if (text.empty()) return std::nullopt;
  try {
    return parse_price(text);
  } catch (const Error& error) {
    throw Error(ErrorCode::usage, name + ": " + error.what());
  }
}

std::int64_t required_price(const nlohmann::json& body, const char* member,
                            const std::string& name) {
  const auto price = price_member(body, member, name);
  if (!price) {
    throw Error(ErrorCode::usage,
                name + " is missing; give USD per million tokens as text, \"0\" for free");
  }
  return *price;
}

/// `prefix` is "" or "longContext.".
Rates rates_of(const nlohmann::json& body, const std::string& prefix) {
  return {required_price(body, "input", prefix + "input"),
          required_price(body, "output", prefix + "output"),
          price_member(body, "cacheRead", prefix + "cacheRead"),
          price_member(body, "cacheWrite", prefix + "cacheWrite"),
          price_member(body, "cacheWrite1h", prefix + "cacheWrite1h")};
}

LongContext long_context_of(const nlohmann::json& body) {
  LongContext context;
  const auto above = body.find("above");
  if (above == body.end() || !above->is_number_integer() ||
      !band_above(above->get<std::int64_t>())) {
    throw Error(ErrorCode::usage,
                "longContext.above is no edge of a context band; write one of " + list_of_edges());
  }
  context.above = above->get<std::int64_t>();
  context.rates = rates_of(body, "longContext.");
  return context;
}

/// Standard where nothing is named.
ServiceTier tier_of(const std::string& text) {
  const auto tier = text.empty() ? std::optional(ServiceTier::standard) : parse_service_tier(text);
  if (!tier) {
    throw Error(ErrorCode::usage, "serviceTier \"" + text +
                                      "\" is not known; write one of standard, batch, priority, "
                                      "flex");
  }
  return *tier;
}

PriceEntry entry_of(const nlohmann::json& body) {
  PriceEntry entry;
  entry.model_pattern = text_member(body, "model");
  if (entry.model_pattern.empty()) {
    throw Error(ErrorCode::usage, "model is missing; give a name, or a pattern with * and ?");
  }
  const std::string complaint = complaint_about_pattern(entry.model_pattern);
  if (!complaint.empty()) {
    throw Error(ErrorCode::usage, "model is \"" + entry.model_pattern + "\", " + complaint);
  }
  entry.provider = text_member(body, "provider");
  entry.tier = tier_of(text_member(body, "serviceTier"));
  const auto effective = parse_day(text_member(body, "effective"));
  if (!effective) {
    throw Error(ErrorCode::usage, "effective is \"" + text_member(body, "effective") +
                                      "\", which is no date; write it like 2026-10-01");
  }
  entry.effective_from = *effective;
  entry.rates = rates_of(body, "");
  if (const auto context = body.find("longContext");
      context != body.end() && context->is_object()) {
    entry.long_context = long_context_of(*context);
  }
  entry.source = text_member(body, "source");
  return entry;
}

/// The entry's own members, what it changes, and the warnings.
OrderedJson outcome_json(const PriceEntry& entry, const RouteCall& call,
                         const PriceOutcome& outcome) {
  OrderedJson json = to_json(entry);
  if (entry.id == 0) json["id"] = nullptr;
  json["dryRun"] = is_dry_run(call);
  json["reprice"] = to_json(outcome.report);
  json["warnings"] = outcome.warnings;
  return json;
}

HttpResponse add_price_route(Service& service, const RouteCall& call) {
  const PriceEntry wanted = entry_of(body_object(call));
  const PriceOutcome outcome =
      change_prices(service, call, "prices.add",
                    [&](Connection& connection) { return addition_of_price(connection, wanted); });
  return json_response(outcome_json(outcome.changes.added.front(), call, outcome),
                       is_dry_run(call) ? 200 : 201);
}

std::int64_t id_of(const RouteCall& call) {
  const std::string& text = call.path.at("id");
  std::int64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc{} || end != text.data() + text.size() || id <= 0) {
    throw Error(ErrorCode::usage,
                "the price id \"" + text + "\" is no number; costctl prices list shows the ids");
  }
  return id;
}

HttpResponse delete_price_route(Service& service, const RouteCall& call) {
  const std::int64_t id = id_of(call);
  const PriceOutcome outcome =
      change_prices(service, call, "prices.delete",
                    [id](Connection& connection) { return removal_of_price(connection, id); });
  return json_response(outcome_json(outcome.changes.retired.front(), call, outcome));
}

/// Entries elsewhere that name the model exactly, where the winner does not or there is none.
std::vector<std::string> warn_of_other_entries(const PriceExplanation& explanation,
                                               const PriceQuestion& question,
                                               const std::vector<PriceEntry>& listed) {
  std::vector<std::string> warnings;
  if (explanation.winner && explanation.winner->model_pattern == question.model) return warnings;
  for (const PriceEntry& entry : listed) {
    if (entry.model_pattern != question.model) continue;
    const bool elsewhere = entry.tier != question.tier || entry.effective_from > question.day ||
                           (!entry.provider.empty() && entry.provider != question.provider);
    if (!elsewhere) continue;
    const std::string where =
        fmt::format("{}, {}, from {}", entry.provider.empty() ? "any provider" : entry.provider,
                    name_of(entry.tier), format_day(entry.effective_from));
    const std::string instead =
        explanation.winner ? "the pattern \"" + explanation.winner->model_pattern + "\" wins here"
                           : "nothing prices it here";
    const std::string list = entry.id == 0 ? " in the shipped list" : "";
    const std::string warning = fmt::format(
        "{} has an entry of its own{} ({}: {} in, {} out), but {}", question.model, list, where,
        format_price(*entry.rates.input), format_price(*entry.rates.output), instead);
    if (std::ranges::find(warnings, warning) == warnings.end()) warnings.push_back(warning);
  }
  return warnings;
}

HttpResponse explain_price(Service& service, const RouteCall& call) {
  const Snapshot snapshot = service.database.snapshot();
  PriceQuestion question;
  question.model = call.query("model");
  if (question.model.empty()) throw Error(ErrorCode::usage, "name the model to explain");
  question.provider = call.query("provider");
  question.tier = tier_of(call.query("serviceTier"));
  question.day =
      day_query(call, "on").value_or(load_billing_zones(snapshot).day_of("", service.clock.now()));
  const std::vector<PriceEntry> live = load_prices(snapshot);
  const PriceBook book(live);
  PriceExplanation explanation = book.explain(question);
  const std::vector<PriceEntry> listed = listed_prices(live);
  if (explanation.winner) {
    // The model that was asked about first, then whatever else its winner takes.
    const std::vector<PriceEntry> winner{*explanation.winner};
    std::vector<PriceEntry> own = listed;
    std::erase_if(own, [&](const PriceEntry& entry) {
      return entry.model_pattern != question.model && entry.model_pattern != question.model + "*";
    });
    for (const auto& list : {own, listed}) {
      for (std::string& warning : warn_of_swallowed_models(book, winner, list)) {
        const bool is_new =
            std::ranges::find(explanation.warnings, warning) == explanation.warnings.end();
        if (is_new) explanation.warnings.push_back(std::move(warning));
      }
    }
  }
  std::ranges::move(warn_of_other_entries(explanation, question, listed),
                    std::back_inserter(explanation.warnings));
  OrderedJson candidates = OrderedJson::array();
  for (const PriceCandidate& candidate : explanation.candidates) {
    candidates.push_back({{"entry", to_json(candidate.entry)},
                          {"eligible", candidate.eligible},
                          {"why", candidate.why}});
  }
  return json_response(
      {{"model", question.model},
       {"provider", question.provider},
       {"serviceTier", name_of(question.tier)},
       {"on", format_day(question.day)},
       {"winner", explanation.winner ? to_json(*explanation.winner) : OrderedJson(nullptr)},
       {"candidates", std::move(candidates)},
       {"warnings", explanation.warnings}});
}

}  // namespace

std::vector<Route> price_routes() {
  return {
      {"GET",
       "/v1/admin/pricing",
       Role::viewer,
       list_prices,
       "live price entries; history=true: retired ones, too",
       TenantUse::platform_only,
       {"history"}},
      {"POST",
       "/v1/admin/pricing",
       Role::operator_,
       add_price_route,
       "add a price entry and re-price open days; dryRun=true only says what would change",
       TenantUse::platform_only,
       {"dryRun"}},
      {"DELETE",
       "/v1/admin/pricing/{id}",
       Role::operator_,
       delete_price_route,
       "retire a price entry and re-price open days; dryRun=true only says what would change",
       TenantUse::platform_only,
       {"dryRun"}},
      {"GET",
       "/v1/admin/pricing/explain",
       Role::viewer,
       explain_price,
       "which price holds for a model, and why",
       TenantUse::platform_only,
       {"model", "provider", "serviceTier", "on"}},
  };
}

}  // namespace costd
