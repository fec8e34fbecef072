#include <fmt/format.h>

#include "reports/chargeback_pdf_parts.hpp"
#include "reports/pdf_table.hpp"
#include "reports/pdf_theme.hpp"

namespace costd {
namespace {

TableRow closing_row(RowKind kind, const char* name, std::size_t columns, Cents cost) {
  TableRow row{std::vector<TableCell>(columns), kind};
  row.cells.front().text = name;
  row.cells.back().text = format_cents(cost);
  return row;
}

}  // namespace

void draw_corrections(PdfFlow& flow, const ChargebackModel& model) {
  if (model.corrections.empty()) return;
  Table table;
  table.columns = {{"Original day", ColumnKind::text}, {"Closed month", ColumnKind::text}};
  if (model.tenant.empty()) table.columns.push_back({"Tenant", ColumnKind::text});
  for (const char* title : {"API key", "Model"}) {
    table.columns.push_back({title, ColumnKind::text});
  }
  table.columns.push_back({"Requests", ColumnKind::figure});
  table.columns.push_back({"Cost, " + model.currency, ColumnKind::figure});
  for (const Correction& correction : model.corrections) {
    const CostLine& line = correction.line;
    TableRow row{{{format_day(correction.day), "", {}}, {closed_month_name(correction), "", {}}},
                 RowKind::line};
    if (model.tenant.empty()) row.cells.push_back({correction.tenant_name, "", {}});
    row.cells.push_back({shown_key_name(line), "", {}});
    row.cells.push_back({correction.model, line.provider, {}});
    row.cells.push_back({format_count(line.usage.requests), "", {}});
    row.cells.push_back({format_cents(round_to_cents(line.total_cost)), "", {}});
    table.rows.push_back(std::move(row));
  }
  const Cents total = round_to_cents(model.tie_out.correction_sum);
  const Cents rounding = rounding_line(lines_of(model.corrections), total);
  if (rounding.value != 0) {
    table.rows.push_back(closing_row(RowKind::note, "Rounding", table.columns.size(), rounding));
  }
  table.rows.push_back(closing_row(RowKind::total, "Total", table.columns.size(), total));
  table.rows.back().cells.at(table.columns.size() - 2).text =
      format_count(model.tie_out.corrections);
  draw_chapter(flow, "Corrections",
               "Usage of closed months that arrived after their close. It is booked in this period "
               "and part of every table above; the statements of those months stay as they are.",
               table);
}

}  // namespace costd
