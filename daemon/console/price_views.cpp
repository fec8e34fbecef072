#include "daemon/console/price_views.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "daemon/console/words.hpp"

namespace costd {
namespace {

constexpr std::size_t groups_max = 12;
constexpr std::size_t entries_max = 60;

std::string signed_dollars(const OrderedJson& exact) {
  return (amount_of(exact) > Money() ? "+" : "") + dollars(exact);
}

OrderedJson group_rows(const OrderedJson& reprice) {
  std::vector<OrderedJson> groups(reprice.at("groups").begin(), reprice.at("groups").end());
  std::ranges::stable_sort(groups, std::ranges::greater{}, [](const OrderedJson& group) {
    const Money difference = amount_of(group.at("difference"));
    return difference.is_negative() ? -difference : difference;
  });
  OrderedJson rows = OrderedJson::array();
  for (std::size_t n = 0; n < std::min(groups.size(), groups_max); ++n) {
    rows.push_back({{"tenant", text(groups[n], "tenantId")},
                    {"model", text(groups[n], "model")},
                    {"before", dollars(groups[n]["before"])},
                    {"after", dollars(groups[n]["after"])},
                    {"difference", signed_dollars(groups[n]["difference"])}});
  }
  return rows;
}

std::string old_and_new(const OrderedJson& entry, const char* name) {
  const std::string now = price(entry.at(name));
  if (!entry.at("old").is_object()) return now;
  const std::string before = price(entry.at("old").at(name));
  return before == now ? now : before + " → " + now;
}

}  // namespace

OrderedJson price_row(const OrderedJson& entry) {
  const OrderedJson& band = entry.at("longContext");
  return {{"id", entry.at("id").dump()},
          {"model", text(entry, "model")},
          {"provider", text(entry, "provider").empty() ? "any" : text(entry, "provider")},
          {"tier", text(entry, "serviceTier")},
          {"effective", text(entry, "effective")},
          {"input", price(entry["input"])},
          {"output", price(entry["output"])},
          {"cache_read", price(entry["cacheRead"])},
          {"cache_write", price(entry["cacheWrite"])},
          {"cache_write_1h", price(entry["cacheWrite1h"])},
          {"long", band.is_object() ? fmt::format("above {}: {} in, {} out", count(band["above"]),
                                                  price(band["input"]), price(band["output"]))
                                    : std::string()},
          {"origin", text(entry, "origin")},
          {"source", text(entry, "source")},
          {"retired", text(entry, "retiredAt").substr(0, 10)}};
}

OrderedJson reprice_preview(const OrderedJson& answer) {
  const OrderedJson& reprice = answer.at("reprice");
  OrderedJson rows = group_rows(reprice);
  return {
      {"changes", reprice.at("rows") != 0},
      {"days", count(reprice.at("days"))},
      {"before", dollars(reprice["before"])},
      {"after", dollars(reprice["after"])},
      {"difference", signed_dollars(reprice["difference"])},
      {"newly_priced",
       reprice["newlyPricedRequests"] != 0 ? count(reprice["newlyPricedRequests"]) : std::string()},
      {"newly_unpriced", reprice["newlyUnpricedRequests"] != 0
                             ? count(reprice["newlyUnpricedRequests"])
                             : std::string()},
      {"has_groups", !rows.empty()},
      {"groups", std::move(rows)},
      {"warnings", answer.at("warnings")}};
}

OrderedJson import_preview(const OrderedJson& answer) {
  OrderedJson preview = reprice_preview(answer);
  OrderedJson entries = OrderedJson::array();
  for (const OrderedJson& entry : answer.at("entries")) {
    if (entries.size() == entries_max) break;
    entries.push_back(
        {{"change", text(entry, "change")},
         {"model", text(entry, "model")},
         {"provider", text(entry, "provider").empty() ? "any" : text(entry, "provider")},
         {"tier", text(entry, "serviceTier")},
         {"effective", text(entry, "effective")},
         {"input", old_and_new(entry, "input")},
         {"output", old_and_new(entry, "output")}});
  }
  const std::size_t all = answer.at("entries").size();
  preview["added"] = count(answer["added"]);
  preview["replaced"] = count(answer["replaced"]);
  preview["unchanged"] = count(answer["unchanged"]);
  preview["has_entries"] = !entries.empty();
  preview["more"] = all > entries.size() ? fmt::format("and {} more", all - entries.size()) : "";
  preview["entries"] = std::move(entries);
  return preview;
}

}  // namespace costd
