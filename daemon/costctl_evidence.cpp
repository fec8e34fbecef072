// The evidence commands: what the site says about itself for compliance reports.

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "daemon/costctl_client.hpp"
#include "daemon/costctl_confirm.hpp"
#include "daemon/costctl_handlers.hpp"
#include "daemon/costctl_table.hpp"
#include "daemon/costctl_text.hpp"
#include "ledger/evidence_record.hpp"

namespace costd {
namespace {

/// A wider table is not read; then each record is shown by itself.
constexpr std::size_t table_width_max = 110;

const TableModel kinds_model{{{"KIND", "/kind"},
                              {"RECORDS", "/records", CellKind::count},
                              {"WHAT", "/help", CellKind::whole_text}},
                             "no kinds"};

/// "createdAt" -> "created at".
std::string words_of(std::string_view name) {
  std::string words = yaml_name(name);
  std::ranges::replace(words, '_', ' ');
  return words;
}

std::string in_capitals(std::string text) {
  for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return text;
}

/// "Created at"
std::string as_label(std::string words) {
  return in_capitals(words.substr(0, 1)) + words.substr(1);
}

CellKind cell_kind_of(const EvidenceField& field) {
  return field.kind == EvidenceField::Kind::count ? CellKind::count : CellKind::whole_text;
}

/// The fields that at least one of the rows has, in the order of the kind.
std::vector<Column> columns_of(const EvidenceKind& kind, const Json& rows,
                               std::string (*header_of)(std::string)) {
  std::vector<Column> columns;
  for (const EvidenceField& field : kind.fields) {
    const std::string name(field.name);
    const bool is_there =
        std::ranges::any_of(rows, [&](const Json& row) { return row.contains(name); });
    if (is_there) {
      columns.push_back({header_of(words_of(field.name)), "/" + name, cell_kind_of(field)});
    }
  }
  return columns;
}

/// A blank tenant as what it means.
Json with_site(Json row) {
  if (row.value("tenantId", "").empty()) row["tenantId"] = "(site)";
  return row;
}

Column id_column(const EvidenceKind& kind, std::string header) {
  return {std::move(header), "/id", kind.name == "api-keys" ? CellKind::key : CellKind::whole_text};
}

std::vector<Column> facts_of(const EvidenceKind& kind, const Json& row) {
  std::vector<Column> facts{id_column(kind, "Id"), {"Tenant", "/tenantId"}};
  std::ranges::move(columns_of(kind, Json::array({row}), as_label), std::back_inserter(facts));
  facts.push_back({"Set by", "/origin"});
  facts.push_back({"Set at", "/recordedAt", CellKind::instant});
  facts.push_back({"Not provided", "/notProvided", CellKind::whole_text});
  return facts;
}

TableModel model_of(const EvidenceKind& kind, const Json& rows) {
  TableModel model{{id_column(kind, "ID"), {"TENANT", "/tenantId"}}, ""};
  std::ranges::move(columns_of(kind, rows, in_capitals), std::back_inserter(model.columns));
  model.columns.push_back({"SET BY", "/origin"});
  model.when_empty = fmt::format("no {}; set one with: costctl evidence set {} ID FIELD=VALUE",
                                 kind.name, kind.name);
  return model;
}

void show_facts_of_each(Context& context, const EvidenceKind& kind, const Json& rows) {
  const char* separator = "";
  for (const Json& row : rows) {
    context.out << separator << render_facts(facts_of(kind, row), row);
    separator = "\n";
  }
}

std::size_t width_of(const std::string& table) {
  std::size_t width = 0;
  std::istringstream lines(table);
  for (std::string line; std::getline(lines, line);) width = std::max(width, display_width(line));
  return width;
}

void show_records(Context& context, const EvidenceKind& kind, const Json& answer) {
  if (context.format != OutputFormat::table) {
    print_rows(context, model_of(kind, answer), answer, answer);
    return;
  }
  Json rows = Json::array();
  for (const Json& row : answer) rows.push_back(with_site(row));
  const TableModel model = model_of(kind, rows);
  if (rows.empty() || width_of(render_table(model, rows)) <= table_width_max) {
    print_rows(context, model, rows, answer);
  } else {
    show_facts_of_each(context, kind, rows);
  }
}

std::string record_path(const Arguments& arguments) {
  return "/evidence/" + url_encode(arguments.get("KIND")) + "/" + url_encode(arguments.get("ID"));
}

std::string describe_field(const Json& field) {
  std::string text = field.value("name", "");
  const std::string kind = field.value("kind", "");
  std::vector<std::string> choices = field.value("choices", std::vector<std::string>{});
  if (!choices.empty()) {
    text += fmt::format(" ({}{})", kind == "list" ? "list of " : "", fmt::join(choices, "|"));
  } else if (kind != "text") {
    text += fmt::format(" ({})", kind);
  }
  return field.value("required", false) ? text + "*" : text;
}

}  // namespace

int list_evidence_kinds(Context& context, const Arguments&) {
  const auto answer = call_json(context, "GET", "/evidence");
  print_rows(context, kinds_model, answer, answer);
  if (context.format != OutputFormat::table) return 0;
  context.out << "\nFields, * those that a record must have:\n";
  for (const auto& kind : answer) {
    context.out << fmt::format("\n{}\n", kind.value("kind", ""));
    for (const auto& field : kind.value("fields", Json::array())) {
      context.out << fmt::format("  {}\n", describe_field(field));
    }
  }
  return 0;
}

int list_evidence(Context& context, const Arguments& arguments) {
  const EvidenceKind& kind = evidence_kind(arguments.get("KIND"));
  const auto path = with_query("/evidence/" + std::string(kind.name), arguments.options());
  show_records(context, kind, call_json(context, "GET", path));
  return 0;
}

int set_evidence(Context& context, const Arguments& arguments) {
  const EvidenceKind& kind = evidence_kind(arguments.get("KIND"));
  Json body = Json::object();
  for (const std::string& pair : arguments.all("FIELD=VALUE")) {
    const auto equals = pair.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw Error(ErrorCode::usage, fmt::format("\"{}\" sets nothing; write FIELD=VALUE", pair));
    }
    body[pair.substr(0, equals)] = pair.substr(equals + 1);
  }
  if (arguments.has("tenant")) body["tenantId"] = arguments.get("tenant");
  const auto answer = call_json(context, "PATCH", record_path(arguments), body.dump());
  if (context.format == OutputFormat::table) {
    show_facts_of_each(context, kind, Json::array({with_site(answer)}));
  } else {
    print_rows(context, model_of(kind, Json::array({answer})), Json::array({answer}), answer);
  }
  return 0;
}

int delete_evidence(Context& context, const Arguments& arguments) {
  const EvidenceKind& kind = evidence_kind(arguments.get("KIND"));
  const auto ask = [&] {
    return fmt::format("Delete {} \"{}\"?", printable(arguments.get("KIND")),
                       printable(arguments.get("ID")));
  };
  if (!is_confirmed(context, arguments, "deleting evidence", ask)) {
    context.err << "costctl: nothing was deleted\n";
    return 4;
  }
  const auto answer = call_json(context, "DELETE", record_path(arguments));
  if (context.format == OutputFormat::table) {
    context.out << fmt::format("{} \"{}\" is deleted; its hash stays in the audit chain\n",
                               kind.name, printable(arguments.get("ID")));
  } else {
    print_rows(context, model_of(kind, Json::array({answer})), Json::array({answer}), answer);
  }
  return 0;
}

}  // namespace costd
