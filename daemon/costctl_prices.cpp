// The prices commands.

#include <fmt/format.h>

#include <fstream>
#include <ostream>
#include <sstream>

#include "daemon/costctl_client.hpp"
#include "daemon/costctl_handlers.hpp"
#include "daemon/costctl_table.hpp"
#include "daemon/costctl_text.hpp"

namespace costd {
namespace {

using Kind = CellKind;

const TableModel prices_model{{{"MODEL", "/model"},
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
                               {"OUTPUT", "/longContext/output", Kind::decimal},
                               {"ORIGIN", "/origin"},
                               {"ID", "/id"}},
                              "no prices yet; add some with: costctl prices import FILE"};

const TableModel candidates_model{{{"", "/mark"},
                                   {"MODEL", "/entry/model"},
                                   {"PROVIDER", "/entry/provider"},
                                   {"TIER", "/entry/serviceTier"},
                                   {"FROM", "/entry/effective"},
                                   {"INPUT", "/entry/input", Kind::decimal},
                                   {"OUTPUT", "/entry/output", Kind::decimal},
                                   {"WHY", "/why"}},
                                  "no entry is about this model"};

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file || text.str().empty()) {
    throw Error(ErrorCode::usage,
                fmt::format("cannot read {}, or it is empty; name a price file", path));
  }
  return text.str();
}

void print_warnings(Context& context, const Json& answer) {
  for (const auto& warning : answer.value("warnings", Json::array())) {
    const auto text = warning.is_string() ? warning.get<std::string>() : warning.dump();
    context.err << "costctl: warning: " << printable(text) << "\n";
  }
}

/// The entry of `prices add`; the options of the long context go into an object of their own.
Json entry_of(const Arguments& arguments) {
  constexpr std::string_view long_context = "long-context-";
  Json entry = Json::object();
  for (const auto& [name, value] : arguments.options()) {
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

int list_prices(Context& context, const Arguments&) {
  const auto answer = call_json(context, "GET", "/pricing");
  print_rows(context, prices_model, answer, answer);
  return 0;
}

int add_price(Context& context, const Arguments& arguments) {
  const auto answer = call_json(context, "POST", "/pricing", entry_of(arguments).dump());
  const auto entry = answer.is_object() ? answer.value("entry", answer) : answer;
  print_rows(context, prices_model, Json::array({entry}), answer);
  print_warnings(context, answer);
  return 0;
}

int import_prices(Context& context, const Arguments& arguments) {
  const bool dry_run = arguments.has("dry-run");
  const auto path = dry_run ? "/pricing/import?dryRun=true" : "/pricing/import";
  const auto answer = call_json(context, "POST", path, read_file(arguments.get("FILE")));
  const auto entries = answer.value("entries", Json::array());
  if (context.format == OutputFormat::table) {
    if (!entries.empty()) context.out << render_table(prices_model, entries) << "\n";
    context.out << fmt::format("{} {}, {} unchanged\n", answer.value("added", 0),
                               dry_run ? "would be added" : "added", answer.value("unchanged", 0));
  } else {
    print_rows(context, prices_model, entries, answer);
  }
  print_warnings(context, answer);
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
  print_warnings(context, answer);
  return 0;
}

}  // namespace costd
