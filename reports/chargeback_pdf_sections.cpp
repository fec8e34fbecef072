#include <algorithm>

#include "ledger/mask.hpp"
#include "reports/chargeback_pdf_parts.hpp"
#include "reports/pdf_table.hpp"
#include "reports/pdf_theme.hpp"

namespace costd {
namespace {

/// What a section of costs says besides its figures.
struct CostSection {
  const char* heading;
  const char* sentence;
  const char* empty;
  std::vector<const char*> subject_columns;
  const std::vector<CostLine>& lines;
};

/// The cells that say what a line is about, one for each subject column.
using SubjectCells = std::vector<TableCell> (*)(const CostLine&, const ChargebackModel&);

std::vector<TableCell> tenant_cells(const CostLine& line, const ChargebackModel&) {
  if (line.name.empty() || line.name == line.key) return {{line.key, "", {}}};
  return {{line.name, line.key, {}}};
}

std::vector<TableCell> api_key_cells(const CostLine& line, const ChargebackModel& model) {
  const std::string name = shown_key_name(line);
  const std::string masked = mask_key(line.key);
  std::vector<TableCell> cells{{name, name == masked ? "" : masked, {}}};
  if (model.tenant.empty()) cells.push_back({tenant_name_of(line.tenant, model), "", {}});
  return cells;
}

std::vector<TableCell> model_cells(const CostLine& line, const ChargebackModel&) {
  return {{line.name.empty() ? line.key : line.name, "", {}}, {line.provider, "", {}}};
}

std::vector<TableCell> provider_cells(const CostLine& line, const ChargebackModel&) {
  return {{line.name.empty() ? line.key : line.name, "", {}}};
}

std::vector<TableCell> day_cells(const CostLine& line, const ChargebackModel&) {
  const std::string day = line.name.empty() ? line.key : line.name;
  if (!line.anomalous) return {{day, "", {}}};
  return {{day + " · anomaly", "", theme::red}};
}

/// A column of counts; a warning is shown in colour, and only where there is something to warn of.
struct UsageColumn {
  const char* title;
  std::int64_t UsageTotals::*count;
  enum class Kind { ordinary, warning } kind = Kind::ordinary;
};

std::vector<UsageColumn> usage_columns(const CostSection& section) {
  std::vector<UsageColumn> columns{{"Requests", &UsageTotals::requests},
                                   {"Input tokens", &UsageTotals::input_tokens},
                                   {"Output tokens", &UsageTotals::output_tokens}};
  if (section.subject_columns.size() == 1) {  // elsewhere the names need the room
    columns.insert(columns.begin() + 2, {"of it cached", &UsageTotals::cached_input_tokens});
  }
  const bool unpriced =
      std::any_of(section.lines.begin(), section.lines.end(),
                  [](const CostLine& line) { return line.usage.unpriced_requests > 0; });
  if (unpriced) {
    columns.push_back({"Unpriced", &UsageTotals::unpriced_requests, UsageColumn::Kind::warning});
  }
  return columns;
}

void add_usage_cells(std::vector<TableCell>& cells, const UsageTotals& usage,
                     const std::vector<UsageColumn>& columns) {
  for (const UsageColumn& column : columns) {
    TableCell cell{format_count(usage.*column.count), "", {}};
    if (column.kind == UsageColumn::Kind::warning && usage.*column.count > 0) {
      cell.color = theme::amber;
    }
    cells.push_back(std::move(cell));
  }
}

std::string share(Money part, Money whole) {
  return whole.is_zero() ? "–" : format_percent(part, whole, 1) + " %";
}

TableRow rounding_row(std::size_t columns, Cents rounding) {
  TableRow row{std::vector<TableCell>(columns), RowKind::note};
  row.cells.front().text = "Rounding";
  row.cells.at(columns - 2).text = format_cents(rounding);
  return row;
}

TableRow total_row(const CostSection& section, const ChargebackModel& model,
                   const std::vector<UsageColumn>& columns) {
  UsageTotals usage;
  for (const CostLine& line : section.lines) usage += line.usage;
  TableRow row{{{"Total", "", {}}}, RowKind::total};
  row.cells.resize(section.subject_columns.size());
  add_usage_cells(row.cells, usage, columns);
  row.cells.push_back({format_cents(model.statement_total), "", {}});
  row.cells.push_back({share(model.total, model.total), "", {}});
  return row;
}

void draw_cost_section(PdfFlow& flow, const ChargebackModel& model, const CostSection& section,
                       SubjectCells subject_cells) {
  if (section.lines.empty()) {
    flow.heading(section.heading);
    return flow.paragraph(section.empty, theme::body);
  }
  const std::vector<UsageColumn> columns = usage_columns(section);
  Table table;
  for (const char* title : section.subject_columns) {
    table.columns.push_back({title, ColumnKind::text});
  }
  for (const UsageColumn& column : columns) {
    table.columns.push_back({column.title, ColumnKind::figure});
  }
  table.columns.push_back({"Cost, " + model.currency, ColumnKind::figure});
  table.columns.push_back({"Share", ColumnKind::figure});

  for (const CostLine& line : section.lines) {
    TableRow row{subject_cells(line, model), RowKind::line};
    add_usage_cells(row.cells, line.usage, columns);
    row.cells.push_back({format_cents(round_to_cents(line.total_cost)), "", {}});
    row.cells.push_back({share(line.total_cost, model.total), "", {}});
    table.rows.push_back(std::move(row));
  }
  const Cents rounding = rounding_line(section.lines, model.statement_total);
  if (rounding.value != 0) table.rows.push_back(rounding_row(table.columns.size(), rounding));
  table.rows.push_back(total_row(section, model, columns));
  draw_chapter(flow, section.heading, section.sentence, table);
}

void draw_cost_sections(PdfFlow& flow, const ChargebackModel& model) {
  draw_cost_section(flow, model,
                    {"1  Tenant summary",
                     "What each tenant is charged for the period.",
                     "No tenant had usage in this period.",
                     {"Tenant"},
                     model.tenants},
                    tenant_cells);
  std::vector<const char*> key_columns{"API key"};
  if (model.tenant.empty()) key_columns.push_back("Tenant");
  draw_cost_section(
      flow, model,
      {"2  API key summary", "Key ids are shown in part; the full ids are in the CSV.",
       "No API key was used in this period.", key_columns, model.api_keys},
      api_key_cells);
  draw_cost_section(flow, model,
                    {"3  Model summary",
                     "Cost by model as the provider names it.",
                     "No model was called in this period.",
                     {"Model", "Provider"},
                     model.models},
                    model_cells);
  draw_cost_section(flow, model,
                    {"4  Provider summary",
                     "Cost by the company that bills for the calls.",
                     "No provider was called in this period.",
                     {"Provider"},
                     model.providers},
                    provider_cells);
  draw_cost_section(flow, model,
                    {"5  Daily breakdown",
                     "A day runs from midnight to midnight in the billing time zone.",
                     "The period has no days.",
                     {"Day"},
                     model.days},
                    day_cells);
}

}  // namespace

void draw_chargeback_sections(PdfFlow& flow, const ChargebackModel& model) {
  if (flow.pdf().page_count() == 1) flow.new_page();  // the cover keeps its page to itself
  draw_cost_sections(flow, model);
  draw_corrections(flow, model);
  draw_findings(flow, model);
}

}  // namespace costd
