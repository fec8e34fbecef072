#include <fmt/format.h>

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

enum class UnpricedColumn { shown, left_out };

UnpricedColumn unpriced_column(const std::vector<CostLine>& lines) {
  const bool any = std::any_of(lines.begin(), lines.end(), [](const CostLine& line) {
    return line.usage.unpriced_requests > 0;
  });
  return any ? UnpricedColumn::shown : UnpricedColumn::left_out;
}

void add_usage_cells(std::vector<TableCell>& cells, const UsageTotals& usage,
                     UnpricedColumn unpriced) {
  for (const std::int64_t count : {usage.requests, usage.input_tokens, usage.cached_input_tokens,
                                   usage.output_tokens}) {
    cells.push_back({format_count(count), "", {}});
  }
  if (unpriced == UnpricedColumn::left_out) return;
  TableCell cell{format_count(usage.unpriced_requests), "", {}};
  if (usage.unpriced_requests > 0) cell.color = theme::amber;
  cells.push_back(cell);
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
                   UnpricedColumn unpriced) {
  UsageTotals usage;
  for (const CostLine& line : section.lines) usage += line.usage;
  TableRow row{{{"Total", "", {}}}, RowKind::total};
  row.cells.resize(section.subject_columns.size());
  add_usage_cells(row.cells, usage, unpriced);
  row.cells.push_back({format_cents(model.statement_total), "", {}});
  row.cells.push_back({share(model.total, model.total), "", {}});
  return row;
}

void draw_cost_section(PdfFlow& flow, const ChargebackModel& model, const CostSection& section,
                       SubjectCells subject_cells) {
  flow.heading(section.heading);
  if (section.lines.empty()) return flow.paragraph(section.empty, theme::body);
  flow.paragraph(section.sentence, theme::note);
  const UnpricedColumn unpriced = unpriced_column(section.lines);
  Table table;
  for (const char* title : section.subject_columns) {
    table.columns.push_back({title, ColumnKind::text});
  }
  for (const char* title : {"Requests", "Input tokens", "of it cached", "Output tokens"}) {
    table.columns.push_back({title, ColumnKind::figure});
  }
  if (unpriced == UnpricedColumn::shown) table.columns.push_back({"Unpriced", ColumnKind::figure});
  table.columns.push_back({"Cost, " + model.currency, ColumnKind::figure});
  table.columns.push_back({"Share", ColumnKind::figure});

  for (const CostLine& line : section.lines) {
    TableRow row{subject_cells(line, model), RowKind::line};
    add_usage_cells(row.cells, line.usage, unpriced);
    row.cells.push_back({format_cents(round_to_cents(line.total_cost)), "", {}});
    row.cells.push_back({share(line.total_cost, model.total), "", {}});
    table.rows.push_back(std::move(row));
  }
  const Cents rounding = rounding_line(section.lines, model.statement_total);
  if (rounding.value != 0) table.rows.push_back(rounding_row(table.columns.size(), rounding));
  table.rows.push_back(total_row(section, model, unpriced));
  draw_table(flow, table);
}

void draw_cost_sections(PdfFlow& flow, const ChargebackModel& model) {
  draw_cost_section(flow, model,
                    {"1  Tenant summary", "What each tenant is charged for the period.",
                     "No tenant had usage in this period.", {"Tenant"}, model.tenants},
                    tenant_cells);
  std::vector<const char*> key_columns{"API key"};
  if (model.tenant.empty()) key_columns.push_back("Tenant");
  draw_cost_section(flow, model,
                    {"2  API key summary",
                     "Key ids are shown in part; the full ids are in the CSV.",
                     "No API key was used in this period.", key_columns, model.api_keys},
                    api_key_cells);
  draw_cost_section(flow, model,
                    {"3  Model summary", "Cost by model as the provider names it.",
                     "No model was called in this period.", {"Model", "Provider"}, model.models},
                    model_cells);
  draw_cost_section(flow, model,
                    {"4  Provider summary", "Cost by the company that bills for the calls.",
                     "No provider was called in this period.", {"Provider"}, model.providers},
                    provider_cells);
  draw_cost_section(flow, model,
                    {"5  Daily breakdown",
                     "A day runs from midnight to midnight in the billing time zone.",
                     "The period has no days.", {"Day"}, model.days},
                    day_cells);
}

TableCell money_cell(Money amount) { return {format_cents(round_to_cents(amount)), "", {}}; }

std::string or_all(const std::string& name, const char* all) { return name.empty() ? all : name; }

std::string trend_text(const ForecastLine& line) {
  const std::string trend = name_of(line.trend);
  return line.low_confidence ? trend + " (low confidence)" : trend;
}

void draw_forecasts(PdfFlow& flow, const ChargebackModel& model) {
  flow.heading("6  Forecasts");
  if (model.forecasts.empty()) {
    return flow.paragraph("No forecasts: they need at least one complete day of usage.",
                          theme::body);
  }
  flow.paragraph("The mean of the last seven complete days, carried to the end of the month. Low "
                 "confidence means fewer than seven days of history.",
                 theme::note);
  Table table;
  table.columns = {{"Tenant", ColumnKind::text},          {"Model", ColumnKind::text},
                   {"Provider", ColumnKind::text},        {"Trend", ColumnKind::text},
                   {"As of", ColumnKind::figure},         {"Month to date", ColumnKind::figure},
                   {"A day", ColumnKind::figure},         {"Month end", ColumnKind::figure}};
  for (const ForecastLine& line : model.forecasts) {
    table.rows.push_back({{{tenant_name_of(line.tenant, model).empty()
                                ? "All tenants"
                                : tenant_name_of(line.tenant, model),
                            "", {}},
                           {or_all(line.model, "All models"), "", {}},
                           {line.provider, "", {}},
                           {trend_text(line), "", {}},
                           {format_day(line.as_of), "", {}},
                           money_cell(line.month_to_date),
                           money_cell(line.daily_rate),
                           money_cell(line.projected_month_end)},
                          RowKind::line});
  }
  draw_table(flow, table);
}

void draw_anomalies(PdfFlow& flow, const ChargebackModel& model) {
  flow.heading("7  Anomalies");
  if (model.anomalies.empty()) {
    return flow.paragraph("No anomalies were found in this period.", theme::body);
  }
  flow.paragraph("Days whose cost left the usual range. Impact is the day's cost less the baseline.",
                 theme::note);
  Table table;
  table.columns = {{"Day", ColumnKind::text},        {"Tenant", ColumnKind::text},
                   {"Model", ColumnKind::text},      {"Kind", ColumnKind::text},
                   {"Cost", ColumnKind::figure},     {"Baseline", ColumnKind::figure},
                   {"Deviation", ColumnKind::figure}, {"Impact", ColumnKind::figure},
                   {"State", ColumnKind::text}};
  for (const AnomalyLine& line : model.anomalies) {
    const std::string tenant =
        line.tenant_name.empty() ? tenant_name_of(line.tenant, model) : line.tenant_name;
    TableCell state{line.open ? "OPEN" : "RESOLVED", "", {}};
    if (line.open) state.color = theme::red;
    table.rows.push_back(
        {{{describe(line.day), "", {}},
          {or_all(tenant, "All tenants"), "", {}},
          {or_all(line.model, "All models"), "", {}},
          {line.kind, "", {}},
          money_cell(line.current_daily_rate),
          money_cell(line.baseline),
          {line.deviation_percent.empty() ? "–" : line.deviation_percent + " %", "", {}},
          money_cell(line.impact),
          state},
         RowKind::line});
  }
  draw_table(flow, table);
}

void draw_reading_notes(PdfFlow& flow, const ChargebackModel& model) {
  flow.heading("How to read the figures");
  flow.paragraph(fmt::format("The period is {}, both days included. Amounts are exact to 12 decimals "
                             "inside costd and rounded half-even to cents once{}; where the rounded "
                             "lines of a table do not add up to the total, a line says the "
                             "difference.",
                             model.period_window,
                             model.tenant.empty() ? " per tenant, and the total is the sum of the "
                                                    "tenants' rounded totals"
                                                  : ""),
                 theme::body);
  flow.paragraph("Input tokens include those read from and written to a provider's cache; output "
                 "tokens include reasoning. Requests answered from the gateway's own cache are "
                 "counted and cost nothing. A request without a price is never charged as zero: "
                 "it is counted apart, and its cost is missing from every table.",
                 theme::body);
}

}  // namespace

void draw_chargeback_sections(PdfFlow& flow, const ChargebackModel& model) {
  flow.new_page();
  draw_cost_sections(flow, model);
  draw_forecasts(flow, model);
  draw_anomalies(flow, model);
  draw_reading_notes(flow, model);
}

}  // namespace costd
