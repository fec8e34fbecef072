// Model pricing: list, add, import, explain.

#include <filesystem>

#include "config/settings.hpp"
#include "daemon/json_views.hpp"
#include "jobs/durable_file.hpp"
#include "ledger/context_band.hpp"
#include "ledger/error.hpp"
#include "ledger/store/daily_store.hpp"
#include "ledger/store/price_store.hpp"
#include "ledger/store/tenant_store.hpp"

namespace costd {
namespace {

HttpResponse list_prices(Service& service, const RouteCall&) {
  OrderedJson list = OrderedJson::array();
  for (const PriceEntry& entry : load_prices(service.database.snapshot())) {
    list.push_back(to_json(entry));
  }
  return json_response(list);
}

std::optional<std::int64_t> price_member(const nlohmann::json& body, const char* name) {
  const std::string text = text_member(body, name);
  return text.empty() ? std::nullopt : std::optional(parse_price(text));
}

std::int64_t required_price(const nlohmann::json& body, const char* name) {
  const auto price = price_member(body, name);
  if (!price) {
    throw Error(ErrorCode::usage, std::string(name) +
                                      " is missing; give USD per million tokens as text, \"0\" for "
                                      "free");
  }
  return *price;
}

LongContext long_context_of(const nlohmann::json& body) {
  LongContext context;
  const auto above = body.find("above");
  if (above == body.end() || !above->is_number_integer() ||
      !band_above(above->get<std::int64_t>())) {
    throw Error(ErrorCode::usage, "longContext.above is none of " + list_of_edges());
  }
  context.above = above->get<std::int64_t>();
  context.rates = {required_price(body, "input"), required_price(body, "output"),
                   price_member(body, "cacheRead"), price_member(body, "cacheWrite"),
                   price_member(body, "cacheWrite1h")};
  return context;
}

PriceEntry entry_of(const nlohmann::json& body) {
  PriceEntry entry;
  entry.model_pattern = text_member(body, "model");
  if (entry.model_pattern.empty()) {
    throw Error(ErrorCode::usage, "model is missing; give a name, or a pattern with * and ?");
  }
  entry.provider = text_member(body, "provider");
  const std::string tier = text_member(body, "serviceTier");
  const auto parsed =
      tier.empty() ? std::optional(ServiceTier::standard) : parse_service_tier(tier);
  if (!parsed) {
    throw Error(ErrorCode::usage,
                "serviceTier \"" + tier + "\" is none of standard, batch, priority, flex");
  }
  entry.tier = *parsed;
  const auto effective = parse_day(text_member(body, "effective"));
  if (!effective) throw Error(ErrorCode::usage, "effective is no date; write it like 2026-10-01");
  entry.effective_from = *effective;
  entry.rates = {required_price(body, "input"), required_price(body, "output"),
                 price_member(body, "cacheRead"), price_member(body, "cacheWrite"),
                 price_member(body, "cacheWrite1h")};
  if (const auto context = body.find("longContext");
      context != body.end() && context->is_object()) {
    entry.long_context = long_context_of(*context);
  }
  entry.source = text_member(body, "source");
  return entry;
}

HttpResponse add_price_route(Service& service, const RouteCall& call) {
  const PriceEntry wanted = entry_of(body_object(call));
  UnitOfWork unit = service.database.begin();
  const PriceEntry added = add_price(unit, wanted, service.clock.now());
  mark_unrated_from(unit, added.effective_from);
  unit.audit({.seq = 0,
              .at = service.clock.now(),
              .actor = call.actor(),
              .action = "prices.add",
              .object = std::to_string(added.id),
              .after_sha256 = sha256_hex(to_json(added).dump())});
  unit.commit();
  return json_response(to_json(added), 201);
}

/// The loader reads files; the body becomes one for as long as it is read.
std::vector<PriceEntry> read_price_text(const Settings& settings, const std::string& text) {
  const std::string path =
      settings.state_dir + "/.tmp.import-" + sha256_hex(text).substr(0, 16) + ".yaml";
  struct Remover {
    const std::string& path;
    ~Remover() {
      std::error_code ignored;  // A file that is not there any more is what is wanted.
      std::filesystem::remove(path, ignored);
    }
  };
  const Remover remover{path};
  write_durable_file(path, text);
  try {
    return load_price_file(path);
  } catch (const Error& error) {
    // People know the text by its lines, not by the name it had here.
    std::string message = error.what();
    if (const auto at = message.find(path); at != std::string::npos) {
      message.replace(at, path.size(), "prices");
    }
    throw Error(ErrorCode::usage, message);
  }
}

HttpResponse import_prices(Service& service, const RouteCall& call) {
  const bool dry_run = call.query("dryRun") == "true";
  const auto wanted = read_price_text(service.settings, call.request.body);
  UnitOfWork unit = service.database.begin();
  PriceChanges changes = compare_prices(unit, wanted, PriceOrigin::api);
  if (!dry_run && !changes.empty()) {
    apply_price_changes(unit, changes, service.clock.now());
    mark_unrated_from(unit, changes.first_day());
    unit.audit({.seq = 0,
                .at = service.clock.now(),
                .actor = call.actor(),
                .action = "prices.import",
                .object = std::to_string(changes.added.size()) + " entries",
                .after_sha256 = sha256_hex(call.request.body)});
    unit.commit();
  }
  OrderedJson entries = OrderedJson::array();
  for (const PriceEntry& entry : changes.added) entries.push_back(to_json(entry));
  return json_response({{"dryRun", dry_run},
                        {"added", changes.added.size()},
                        {"replaced", changes.retired.size()},
                        {"unchanged", changes.unchanged},
                        {"entries", std::move(entries)}});
}

HttpResponse explain_price(Service& service, const RouteCall& call) {
  const Snapshot snapshot = service.database.snapshot();
  PriceQuestion question;
  question.model = call.query("model");
  if (question.model.empty()) throw Error(ErrorCode::usage, "name the model to explain");
  question.provider = call.query("provider");
  const std::string tier = call.query("serviceTier");
  const auto parsed =
      tier.empty() ? std::optional(ServiceTier::standard) : parse_service_tier(tier);
  if (!parsed) {
    throw Error(ErrorCode::usage,
                "serviceTier \"" + tier + "\" is none of standard, batch, priority, flex");
  }
  question.tier = *parsed;
  question.day = day_query(call, "on").value_or(
      load_billing_zones(snapshot).day_of("", service.clock.now()));
  const PriceExplanation explanation = PriceBook(load_prices(snapshot)).explain(question);
  OrderedJson candidates = OrderedJson::array();
  for (const PriceCandidate& candidate : explanation.candidates) {
    candidates.push_back({{"entry", to_json(candidate.entry)},
                          {"eligible", candidate.eligible},
                          {"why", candidate.why}});
  }
  return json_response({{"model", question.model},
                        {"provider", question.provider},
                        {"serviceTier", name_of(question.tier)},
                        {"on", format_day(question.day)},
                        {"winner", explanation.winner ? to_json(*explanation.winner)
                                                      : OrderedJson(nullptr)},
                        {"candidates", std::move(candidates)},
                        {"warnings", explanation.warnings}});
}

}  // namespace

std::vector<Route> price_routes() {
  return {
      {"GET", "/v1/admin/pricing", Role::viewer, list_prices, "live price entries"},
      {"POST", "/v1/admin/pricing", Role::operator_, add_price_route, "add a price entry"},
      {"POST", "/v1/admin/pricing/import", Role::operator_, import_prices,
       "add the entries of a price file (YAML body); dryRun=true only says what would change"},
      {"GET", "/v1/admin/pricing/explain", Role::viewer, explain_price,
       "which price holds for a model, and why"},
  };
}

}  // namespace costd
