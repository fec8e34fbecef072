#include "daemon/price_changes.hpp"

#include <algorithm>
#include <map>

#include "config/default_prices.hpp"
#include "ledger/error.hpp"
#include "ledger/price_book.hpp"
#include "ledger/sha256.hpp"

namespace costd {
namespace {

std::string hash_of_list(const std::vector<PriceEntry>& entries) {
  OrderedJson list = OrderedJson::array();
  for (const PriceEntry& entry : entries) list.push_back(to_json(entry));
  return sha256_hex(list.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

std::vector<PriceEntry> list_after(const PriceOutcome& outcome) {
  std::vector<PriceEntry> live = outcome.live_before;
  std::erase_if(live, [&](const PriceEntry& entry) {
    return std::ranges::any_of(outcome.changes.retired,
                               [&](const PriceEntry& retired) { return retired.id == entry.id; });
  });
  live.insert(live.end(), outcome.changes.added.begin(), outcome.changes.added.end());
  return live;
}

/// New globs that swallow listed models, and models that a removal leaves to a glob.
std::vector<std::string> warnings_of(const PriceOutcome& outcome) {
  const std::vector<PriceEntry> live = list_after(outcome);
  const PriceBook book(live);
  auto warnings = warn_of_swallowed_models(book, outcome.changes.added, listed_prices(live));
  for (std::string& left : warn_of_swallowed_models(book, live, outcome.changes.retired)) {
    if (std::ranges::find(warnings, left) == warnings.end()) warnings.push_back(std::move(left));
  }
  return warnings;
}

/// "12", or how many there are.
std::string object_of(const PriceChanges& changes) {
  const auto& one = changes.added.empty() ? changes.retired : changes.added;
  const bool is_single = changes.added.size() + changes.retired.size() == 1;
  if (is_single) return std::to_string(one.front().id);
  return std::to_string(changes.added.size()) + " entries";
}

/// The live entries by pattern, provider and tier.
using PricesByOffering = std::map<std::string, std::vector<const PriceEntry*>>;

std::string offering_of(PriceEntry entry) {
  entry.effective_from = Day{};
  return identity_of(entry);
}

PricesByOffering by_offering(const std::vector<PriceEntry>& entries) {
  PricesByOffering map;
  for (const PriceEntry& entry : entries) map[offering_of(entry)].push_back(&entry);
  return map;
}

/// The entry of the same pattern, provider and tier that was in effect on the new one's first day.
const PriceEntry* old_price(const PricesByOffering& before, const PriceEntry& added) {
  const PriceEntry* old = nullptr;
  const auto found = before.find(offering_of(added));
  if (found == before.end()) return nullptr;
  for (const PriceEntry* entry : found->second) {
    if (entry->effective_from > added.effective_from) continue;
    if (old == nullptr || entry->effective_from > old->effective_from) old = entry;
  }
  return old;
}

OrderedJson group_json(const RepriceGroup& group) {
  return {{"before", format_exact(group.before)},
          {"after", format_exact(group.after)},
          {"difference", format_exact(group.difference())},
          {"newlyPricedRequests", group.newly_priced},
          {"newlyUnpricedRequests", group.newly_unpriced},
          {"newlyOutOfRangeRequests", group.newly_out_of_range}};
}

}  // namespace

bool is_dry_run(const RouteCall& call) {
  const std::string text = call.query("dryRun");
  if (text.empty() || text == "false") return false;
  if (text == "true") return true;
  throw Error(ErrorCode::usage, "dryRun is \"" + text + "\"; write true or false");
}

std::vector<PriceEntry> listed_prices(std::vector<PriceEntry> live) {
  const std::vector<PriceEntry>& shipped = default_prices();
  live.insert(live.end(), shipped.begin(), shipped.end());
  return live;
}

PriceOutcome change_prices(Service& service, const RouteCall& call, const std::string& action,
                           const FindPriceChanges& find) {
  PriceOutcome outcome;
  if (is_dry_run(call)) {
    const Snapshot snapshot = service.database.snapshot();
    outcome.live_before = load_prices(snapshot);
    outcome.changes = find(snapshot);
    outcome.report = preview_reprice(snapshot, outcome.changes);
    outcome.warnings = warnings_of(outcome);
    return outcome;
  }
  const Instant now = service.clock.now();
  UnitOfWork unit = service.database.begin();
  outcome.live_before = load_prices(unit);
  outcome.changes = find(unit);
  if (!outcome.changes.empty()) {
    outcome.report = apply_and_reprice(unit, outcome.changes, now);
    unit.audit({.seq = 0,
                .at = now,
                .actor = call.actor(),
                .action = action,
                .object = object_of(outcome.changes),
                .before_sha256 = hash_of_list(outcome.live_before),
                .after_sha256 = hash_of_list(load_prices(unit)),
                .reason = "difference of open months " +
                          format_exact(outcome.report.total.difference()) + " USD"});
    unit.commit();
  }
  outcome.warnings = warnings_of(outcome);
  return outcome;
}

OrderedJson to_json(const RepriceReport& report) {
  OrderedJson groups = OrderedJson::array();
  for (const RepriceGroup& group : report.groups) {
    OrderedJson json{{"tenantId", group.tenant}, {"model", group.model}};
    json.update(group_json(group));
    groups.push_back(std::move(json));
  }
  OrderedJson json{{"from", report.from ? OrderedJson(format_day(*report.from)) : nullptr},
                   {"days", report.days},
                   {"rows", report.rows}};
  json.update(group_json(report.total));
  json["groups"] = std::move(groups);
  return json;
}

OrderedJson entries_json(const PriceOutcome& outcome) {
  OrderedJson list = OrderedJson::array();
  const PricesByOffering before = by_offering(outcome.live_before);
  const PricesByOffering added = by_offering(outcome.changes.added);
  const auto push = [&](const char* change, const PriceEntry& entry, const PriceEntry* old) {
    OrderedJson json{{"change", change}};
    json.update(to_json(entry));
    json["old"] = old == nullptr ? OrderedJson(nullptr) : to_json(*old);
    list.push_back(std::move(json));
  };
  for (const PriceEntry& entry : outcome.changes.added) {
    const PriceEntry* const old = old_price(before, entry);
    push(old == nullptr ? "added" : "replaced", entry, old);
  }
  for (const PriceEntry& entry : outcome.changes.retired) {
    const auto successors = added.find(offering_of(entry));
    const bool has_successor =
        successors != added.end() &&
        std::ranges::any_of(successors->second, [&](const PriceEntry* successor) {
          return successor->effective_from == entry.effective_from;
        });
    if (!has_successor) push("retired", entry, nullptr);
  }
  return list;
}

std::int64_t replaced_count(const PriceOutcome& outcome) {
  const PricesByOffering before = by_offering(outcome.live_before);
  return std::ranges::count_if(outcome.changes.added, [&](const PriceEntry& entry) {
    return old_price(before, entry) != nullptr;
  });
}

}  // namespace costd
