// The prices commands.

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <ostream>
#include <sstream>

#include "daemon/costctl_client.hpp"
#include "daemon/costctl_handlers.hpp"
#include "daemon/costctl_price_changes.hpp"
#include "daemon/costctl_table.hpp"
#include "daemon/costctl_text.hpp"

namespace costd {
namespace {

using Kind = CellKind;

const TableModel prices_model = price_table(
    {}, {{"ORIGIN", "/origin"}, {"RETIRED", "/retiredAt", Kind::instant}, {"ID", "/id"}},
    "no prices yet; add some with: costctl prices import FILE");

const TableModel candidates_model{{{"", "/mark"},
                                   {"MODEL", "/entry/model"},
                                   {"PROVIDER", "/entry/provider"},
                                   {"TIER", "/entry/serviceTier"},
                                   {"FROM", "/entry/effective"},
                                   {"INPUT", "/entry/input", Kind::decimal},
                                   {"OUTPUT", "/entry/output", Kind::decimal},
                                   {"WHY", "/why"}},
                                  "no entry is about this model"};

std::string read_price_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file || text.str().empty()) {
    throw Error(ErrorCode::usage,
                fmt::format("cannot read {}, or it is empty; name a price file", path));
  }
  return text.str();
}

/// "1 entry", "3 entries".
std::string entries_text(std::int64_t count) {
  return fmt::format("{} {}", count, count == 1 ? "entry" : "entries");
}

/// What is not in the entries of LiteLLM's map, by reason.
void print_left_out(Context& context, const Json& map) {
  if (!map.is_object()) return;
  context.out << fmt::format("\n{} models in the map", map.value("models", 0));
  if (map.value("merged", 0) != 0) {
    context.out << fmt::format("; {} named twice at one price", entries_text(map["merged"]));
  }
  context.out << "\n";
  const TableModel model{{{"LEFT OUT", "/count", Kind::count}, {"BECAUSE", "/reason"}}, ""};
  const auto reasons = map.value("reasons", Json::array());
  if (reasons.empty()) return;
  context.out << render_table(model, reasons)
              << "which models and fields: --format json, map.leftOut\n";
}

/// A deletion is asked about on a terminal, with what it does, and needs --yes elsewhere.
bool is_deletion_confirmed(Context& context, const std::string& path) {
  if (context.err_screen == Screen::none) {
    throw Error(ErrorCode::usage,
                "deleting a price needs --yes where nobody can be asked; --dry-run shows what it "
                "would change");
  }
  const auto trial = call_json(context, "DELETE", path + "?dryRun=true");
  context.err << fmt::format(
      "Delete the price of {} from {} on ({} in, {} out)? Costs of open months change by {} USD; "
      "{} requests become unpriced. [y/N] ",
      printable(trial.value("model", "")), trial.value("effective", ""), trial.value("input", ""),
      trial.value("output", ""), trial.at("reprice").value("difference", ""),
      trial.at("reprice").value("newlyUnpricedRequests", 0));
  context.err << std::flush;
  std::string line;
  std::getline(std::cin, line);
  return line == "y" || line == "Y" || line == "yes";
}

/// The entry of `prices add`; the options of the long context go into an object of their own.
Json entry_of(const Arguments& arguments) {
  constexpr std::string_view long_context = "long-context-";
  Json entry = Json::object();
  for (const auto& [name, value] : arguments.options()) {
    if (name == "dry-run") continue;
    if (!name.starts_with(long_context)) {
      entry[protocol_name(name)] = value;
      continue;
    }
    auto& target = entry["longContext"][protocol_name(name.substr(long_context.size()))];
    target = value;
    if (name != "long-context-above") continue;
    if (value.find_first_not_of("0123456789") != std::string::npos || value.size() > 12) {
      throw Error(ErrorCode::usage, "--long-context-above takes a number of tokens, not " + value);
    }
    target = std::stoll(value);
  }
  return entry;
}

}  // namespace

int list_prices(Context& context, const Arguments& arguments) {
  const auto answer =
      call_json(context, "GET", arguments.has("history") ? "/pricing?history=true" : "/pricing");
  print_rows(context, prices_model, answer, answer);
  return 0;
}

int add_price(Context& context, const Arguments& arguments) {
  const auto path = arguments.has("dry-run") ? "/pricing?dryRun=true" : "/pricing";
  const auto answer = call_json(context, "POST", path, entry_of(arguments).dump());
  print_rows(context, prices_model, Json::array({answer}), answer);
  if (context.format == OutputFormat::table) {
    context.out << (arguments.has("dry-run") ? "\nwould be added; nothing was written\n" : "\n");
    print_reprice(context, answer);
  }
  print_price_warnings(context, answer);
  return 0;
}

int delete_price(Context& context, const Arguments& arguments) {
  const auto id = arguments.get("ID");
  const auto path = "/pricing/" + url_encode(id);
  const bool dry_run = arguments.has("dry-run");
  if (!dry_run && !arguments.has("yes") && !is_deletion_confirmed(context, path)) {
    context.err << "costctl: nothing was deleted\n";
    return 4;
  }
  const auto answer = call_json(context, "DELETE", dry_run ? path + "?dryRun=true" : path);
  if (context.format == OutputFormat::table) {
    context.out << fmt::format(
        "price {} of {} {}\n", id, printable(answer.value("model", "")),
        dry_run ? "would be deleted; nothing was written" : "is deleted, and kept as history");
    print_reprice(context, answer);
  } else {
    print_rows(context, prices_model, Json::array({answer}), answer);
  }
  print_price_warnings(context, answer);
  return 0;
}

int import_prices(Context& context, const Arguments& arguments) {
  const bool dry_run = arguments.has("dry-run");
  const auto file = arguments.get("FILE");
  std::map<std::string, std::string> query{
      {"file", std::filesystem::path(file).filename().string()}};
  if (dry_run) query["dryRun"] = "true";
  if (arguments.has("effective")) query["effective"] = arguments.get("effective");
  const auto answer =
      call_json(context, "POST", with_query("/pricing/import", query), read_price_file(file));
  const auto entries = answer.value("entries", Json::array());
  if (context.format == OutputFormat::table) {
    print_price_changes(context, entries);
    context.out << fmt::format("{} {}added, {} replaced, {} unchanged{}\n",
                               entries_text(answer.value("added", 0)), dry_run ? "would be " : "",
                               answer.value("replaced", 0), answer.value("unchanged", 0),
                               dry_run ? "; nothing was written" : "");
    print_reprice(context, answer);
    print_left_out(context, answer.value("map", Json()));
  } else {
    print_rows(context, prices_model, entries, answer);
  }
  print_price_warnings(context, answer);
  return 0;
}

int explain_price(Context& context, const Arguments& arguments) {
  auto query = arguments.options();
  query["model"] = arguments.get("MODEL");
  const auto answer = call_json(context, "GET", with_query("/pricing/explain", query));
  const auto winner = answer.value("winner", Json());
  auto rows = answer.value("candidates", Json::array());
  for (auto& row : rows) {
    const bool won = winner.is_object() && row.is_object() && row.contains("entry") &&
                     row["entry"].value("id", Json()) == winner.value("id", Json(-1));
    row["mark"] = won ? Json("→") : Json();
  }
  if (context.format == OutputFormat::table) {
    context.out << (winner.is_object()
                        ? fmt::format("{} is priced by the entry marked → (USD per million "
                                      "tokens)\n\n",
                                      printable(arguments.get("MODEL")))
                        : fmt::format("{} is unpriced: no entry applies\n\n",
                                      printable(arguments.get("MODEL"))));
  }
  print_rows(context, candidates_model, rows, answer);
  print_price_warnings(context, answer);
  return 0;
}

}  // namespace costd
