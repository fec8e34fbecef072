#include "daemon/costctl_table.hpp"

#include <algorithm>
#include <optional>
#include <ostream>

#include "daemon/costctl_text.hpp"
#include "ledger/error.hpp"
#include "ledger/mask.hpp"
#include "ledger/money.hpp"

namespace costd {
namespace {

constexpr std::size_t text_width_max = 48;
constexpr std::string_view gap = "  ";
constexpr std::string_view rule = "\xE2\x94\x80";

const Json* find_value(const Column& column, const Json& row) {
  const Json::json_pointer pointer(column.pointer);
  if (!row.is_object() || !row.contains(pointer)) return nullptr;
  const auto& value = row.at(pointer);
  return value.is_null() ? nullptr : &value;
}

std::string plain_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_array()) return value.dump(-1, ' ', false, Json::error_handler_t::replace);
  std::string joined;
  for (const auto& part : value) joined += (joined.empty() ? "" : ", ") + plain_text(part);
  return joined;
}

std::string money_text(const std::string& text) {
  try {
    return format_cents(round_to_cents(parse_money(text)));
  } catch (const Error&) {
    return text;  // not ours to judge here; shown as it came
  }
}

/// "2026-11-01T05:00:00.123Z" -> "2026-11-01 05:00:00Z", "2026-11-01T06:00" -> "2026-11-01 06:00"
std::string instant_text(std::string text) {
  if (text.size() < 16 || text[10] != 'T') return text;
  text[10] = ' ';
  if (text.size() < 20) return text;
  const auto end = text.find_first_not_of("0123456789.", 19);
  if (end != std::string::npos) text.erase(19, end - 19);
  return text;
}

bool is_right_aligned(CellKind kind) {
  return kind == CellKind::count || kind == CellKind::money || kind == CellKind::decimal ||
         kind == CellKind::percent;
}

std::string padded(const std::string& text, std::size_t width, CellKind kind) {
  const auto used = display_width(text);
  const std::string blanks(width > used ? width - used : 0, ' ');
  return is_right_aligned(kind) ? blanks + text : text + blanks;
}

/// A column of the finished table.
struct Filled {
  const Column* column;
  std::vector<std::string> cells;
  std::size_t width = 0;
};

Filled fill(const Column& column, const Json& rows, const Json& footer) {
  Filled filled{&column, {}, display_width(column.header)};
  for (const auto& row : rows) filled.cells.push_back(format_cell(column, row));
  if (footer.is_object()) filled.cells.push_back(format_cell(column, footer));
  for (const auto& cell : filled.cells) filled.width = std::max(filled.width, display_width(cell));
  return filled;
}

bool has_content(const Filled& filled) {
  return std::any_of(filled.cells.begin(), filled.cells.end(),
                     [](const auto& cell) { return !cell.empty(); });
}

void end_line(std::string& text) {
  text.erase(text.find_last_not_of(' ') + 1);
  text += '\n';
}

std::string rule_line(const std::vector<Filled>& columns) {
  std::string line;
  for (const auto& filled : columns) {
    if (!line.empty()) line += gap;
    for (std::size_t i = 0; i < filled.width; ++i) line += rule;
  }
  return line + "\n";
}

std::string csv_field(std::string text, CellKind kind) {
  const bool is_text =
      kind == CellKind::text || kind == CellKind::whole_text || kind == CellKind::key;
  const bool formula =
      !text.empty() && std::string_view("=+-@\t\r\n").find(text.front()) != std::string_view::npos;
  if (is_text && formula) text.insert(text.begin(), '\'');
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted(1, '"');
  for (const char c : text) quoted += c == '"' ? std::string(2, '"') : std::string(1, c);
  return quoted + '"';
}

}  // namespace

std::string format_cell(const Column& column, const Json& row) {
  const auto* const value = find_value(column, row);
  if (value == nullptr) return "";
  const auto text = printable(plain_text(*value));
  switch (column.kind) {
    case CellKind::text:
      return fit(text, text_width_max);
    case CellKind::key:
      return fit(mask_key(text), text_width_max);
    case CellKind::count:
      return value->is_number_integer() ? format_count(value->get<std::int64_t>()) : text;
    case CellKind::money:
      return money_text(text);
    case CellKind::whole_text:
    case CellKind::decimal:
      return text;
    case CellKind::percent:
      return text + "%";
    case CellKind::instant:
      return instant_text(text);
  }
  return text;
}

std::string render_table(const TableModel& model, const Json& rows, const Json& footer) {
  if (rows.empty() && !footer.is_object()) return model.when_empty + "\n";
  std::vector<Filled> columns;
  for (const auto& column : model.columns) {
    auto filled = fill(column, rows, footer);
    if (has_content(filled)) columns.push_back(std::move(filled));
  }
  std::string text;
  for (const auto& filled : columns) {
    if (!text.empty()) text += gap;
    text += padded(filled.column->header, filled.width, filled.column->kind);
  }
  end_line(text);
  text += rule_line(columns);
  const auto line_count = columns.empty() ? 0 : columns.front().cells.size();
  for (std::size_t line = 0; line < line_count; ++line) {
    if (line == rows.size()) text += rule_line(columns);
    std::string cells;
    for (const auto& filled : columns) {
      if (!cells.empty()) cells += gap;
      cells += padded(filled.cells[line], filled.width, filled.column->kind);
    }
    end_line(cells);
    text += cells;
  }
  return text;
}

std::string render_csv(const TableModel& model, const Json& rows) {
  std::string text;
  const auto add_line = [&](const auto& field_of) {
    bool first = true;
    for (const auto& column : model.columns) {
      if (!first) text += ',';
      first = false;
      text += field_of(column);
    }
    text += "\r\n";
  };
  add_line([](const Column& column) {
    auto name = column.pointer.substr(1);
    std::replace(name.begin(), name.end(), '/', '.');
    return name;
  });
  for (const auto& row : rows) {
    add_line([&row](const Column& column) {
      const auto* const value = find_value(column, row);
      return value == nullptr ? std::string() : csv_field(plain_text(*value), column.kind);
    });
  }
  return text;
}

std::string render_facts(const std::vector<Column>& columns, const Json& object) {
  std::size_t width = 0;
  for (const auto& column : columns) width = std::max(width, display_width(column.header));
  std::string text;
  for (const auto& column : columns) {
    const auto value = format_cell(column, object);
    if (!value.empty()) text += padded(column.header, width, CellKind::text) + "  " + value + "\n";
  }
  return text;
}

void print_json(Context& context, const Json& answer) {
  context.out << answer.dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
}

void print_rows(Context& context, const TableModel& model, const Json& rows, const Json& answer,
                const Json& footer) {
  switch (context.format) {
    case OutputFormat::json:
      print_json(context, answer);
      break;
    case OutputFormat::csv:
      context.out << render_csv(model, rows);
      break;
    case OutputFormat::table:
      context.out << render_table(model, rows, footer);
      break;
  }
}

}  // namespace costd
