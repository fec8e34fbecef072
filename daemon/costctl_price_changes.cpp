#include "daemon/costctl_price_changes.hpp"

#include <fmt/format.h>

#include <ostream>
#include <utility>

#include "daemon/costctl_text.hpp"

namespace costd {
namespace {

using Kind = CellKind;

/// A table for people; all rows are in the JSON.
constexpr std::size_t rows_shown_max = 40;

const TableModel changes_model = price_table({{"CHANGE", "/change"}}, {}, "no entry changes");

const TableModel cost_changes_model{{{"TENANT", "/tenantId"},
                                     {"MODEL", "/model"},
                                     {"BEFORE USD", "/before", Kind::decimal},
                                     {"AFTER USD", "/after", Kind::decimal},
                                     {"DIFFERENCE", "/difference", Kind::decimal},
                                     {"NEWLY PRICED", "/newlyPricedRequests", Kind::count},
                                     {"NEWLY UNPRICED", "/newlyUnpricedRequests", Kind::count},
                                     {"OUT OF RANGE", "/newlyOutOfRangeRequests", Kind::count}},
                                    "no cost changes"};

std::string text_of(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  return value.is_null() ? "none" : value.dump();
}

/// "2.50 → 3.00" in the members that differ.
void show_old_prices(Json& row) {
  const Json old = row.value("old", Json());
  if (!old.is_object()) return;
  for (const char* pointer : {"/input", "/output", "/cacheRead", "/cacheWrite", "/cacheWrite1h",
                              "/longContext/above", "/longContext/input", "/longContext/output"}) {
    const Json::json_pointer at(pointer);
    const Json before = old.contains(at) ? old.at(at) : Json();
    const Json after = row.contains(at) ? row.at(at) : Json();
    if (before == after) continue;
    if (row["longContext"].is_null()) row["longContext"] = Json::object();
    row[at] = text_of(before) + " → " + text_of(after);
  }
}

Json shown_part(const Json& rows) {
  auto shown = Json::array();
  for (const auto& row : rows) {
    if (shown.size() == rows_shown_max) break;
    shown.push_back(row);
  }
  return shown;
}

void say_what_is_left(Context& context, const Json& rows) {
  if (rows.size() <= rows_shown_max) return;
  context.out << fmt::format("… and {} more; --format json has all\n",
                             rows.size() - rows_shown_max);
}

/// Counts of nothing are left out of the table.
void drop_zero(Json& row, const char* member) {
  if (row.value(member, Json(0)) == 0) row[member] = nullptr;
}

}  // namespace

TableModel price_table(std::vector<Column> before, const std::vector<Column>& after,
                       std::string when_empty) {
  TableModel model{std::move(before), std::move(when_empty)};
  const std::vector<Column> entry{{"MODEL", "/model"},
                                  {"PROVIDER", "/provider"},
                                  {"TIER", "/serviceTier"},
                                  {"FROM", "/effective"},
                                  {"INPUT", "/input", Kind::decimal},
                                  {"OUTPUT", "/output", Kind::decimal},
                                  {"CACHE READ", "/cacheRead", Kind::decimal},
                                  {"CACHE WRITE", "/cacheWrite", Kind::decimal},
                                  {"WRITE 1H", "/cacheWrite1h", Kind::decimal},
                                  {"LONG ABOVE", "/longContext/above", Kind::count},
                                  {"INPUT", "/longContext/input", Kind::decimal},
                                  {"OUTPUT", "/longContext/output", Kind::decimal}};
  model.columns.insert(model.columns.end(), entry.begin(), entry.end());
  model.columns.insert(model.columns.end(), after.begin(), after.end());
  return model;
}

void print_price_changes(Context& context, const Json& entries) {
  Json rows = shown_part(entries);
  for (auto& row : rows) show_old_prices(row);
  if (rows.empty()) return;
  context.out << render_table(changes_model, rows);
  say_what_is_left(context, entries);
  context.out << "\n";
}

void print_reprice(Context& context, const Json& answer) {
  const Json reprice = answer.value("reprice", Json());
  if (!reprice.is_object()) return;
  const Json groups = reprice.value("groups", Json::array());
  if (groups.empty()) {
    context.out << "No cost of an open month changes.\n";
    return;
  }
  Json rows = shown_part(groups);
  Json total = reprice;
  total["tenantId"] = "in all";
  for (const char* member :
       {"newlyPricedRequests", "newlyUnpricedRequests", "newlyOutOfRangeRequests"}) {
    for (auto& row : rows) drop_zero(row, member);
    drop_zero(total, member);
  }
  context.out << fmt::format("\nCosts of open months from {} on, in USD:\n\n",
                             reprice.value("from", ""))
              << render_table(cost_changes_model, rows, total);
  say_what_is_left(context, groups);
}

void print_price_warnings(Context& context, const Json& answer) {
  for (const auto& warning : answer.value("warnings", Json::array())) {
    const auto text = warning.is_string() ? warning.get<std::string>() : warning.dump();
    context.err << "costctl: warning: " << printable(text) << "\n";
  }
}

}  // namespace costd
