// Model pricing: import of a price file, ours or LiteLLM's map.

#include <map>

#include "config/litellm_price_map.hpp"
#include "config/settings.hpp"
#include "config/words.hpp"
#include "daemon/price_changes.hpp"
#include "ledger/error.hpp"
#include "ledger/store/tenant_store.hpp"

namespace costd {
namespace {

/// What the body holds.
struct ImportFile {
  bool is_litellm = false;
  std::vector<PriceEntry> entries;
  LitellmPrices map;  ///< what was left out of it; its entries are above
};

/// The name that messages call the body by: what costctl read it from.
std::string file_name(const RouteCall& call) {
  const std::string name = call.query("file");
  return name.empty() ? "prices" : show_setting(name);
}

ImportFile read_body(const RouteCall& call, std::optional<Day> effective, Day today) {
  ImportFile file;
  file.is_litellm = is_litellm_price_map(call.request.body);
  try {
    if (!file.is_litellm) {
      if (effective) {
        throw Error(ErrorCode::usage,
                    "effective is for a list without dates; here each entry has its own");
      }
      file.entries = parse_price_file(call.request.body, file_name(call));
      return file;
    }
    file.map =
        read_litellm_price_map(call.request.body, file_name(call), effective.value_or(today));
  } catch (const Error& error) {
    if (error.code() != ErrorCode::config) throw;
    throw Error(ErrorCode::usage, error.what());
  }
  file.entries = std::move(file.map.entries);
  return file;
}

OrderedJson left_out_json(const LitellmPrices& map) {
  std::map<std::string, std::int64_t> counts;
  OrderedJson details = OrderedJson::array();
  for (const LeftOutPrice& left : map.left_out) {
    ++counts[left.reason];
    details.push_back({{"model", left.model}, {"reason", left.reason}, {"detail", left.detail}});
  }
  OrderedJson reasons = OrderedJson::array();
  for (const auto& [reason, count] : counts) {
    reasons.push_back({{"reason", reason}, {"count", count}});
  }
  return {{"models", map.models},
          {"merged", map.merged},
          {"reasons", std::move(reasons)},
          {"leftOut", std::move(details)}};
}

HttpResponse import_prices(Service& service, const RouteCall& call) {
  const std::optional<Day> effective = day_query(call, "effective");
  const Day today = load_billing_zones(service.database.snapshot()).day_of("", service.clock.now());
  const ImportFile file = read_body(call, effective, today);
  const PriceOutcome outcome =
      change_prices(service, call, "prices.import", [&](Connection& connection) {
        return file.is_litellm ? compare_undated_prices(connection, file.entries)
                               : compare_prices(connection, file.entries, PriceOrigin::api);
      });
  const auto all = static_cast<std::int64_t>(outcome.changes.added.size());
  const std::int64_t replaced = replaced_count(outcome);
  OrderedJson json{{"dryRun", is_dry_run(call)},
                   {"format", file.is_litellm ? "litellm" : "costd"},
                   {"added", all - replaced},
                   {"replaced", replaced},
                   {"unchanged", outcome.changes.unchanged},
                   {"entries", entries_json(outcome)},
                   {"reprice", to_json(outcome.report)},
                   {"warnings", outcome.warnings}};
  if (file.is_litellm) json["map"] = left_out_json(file.map);
  return json_response(json);
}

}  // namespace

std::vector<Route> price_import_routes() {
  return {
      {"POST",
       "/v1/admin/pricing/import",
       Role::operator_,
       import_prices,
       "add the entries of a price file (body: YAML, or LiteLLM's map in JSON) and re-price open "
       "days; dryRun=true only says what would change; effective= dates the map's entries",
       TenantUse::platform_only,
       {"dryRun", "effective", "file"}},
  };
}

}  // namespace costd
