#include <fmt/format.h>

#include "reports/chargeback_pdf_parts.hpp"
#include "reports/pdf_table.hpp"
#include "reports/pdf_theme.hpp"

namespace costd {
namespace {

std::string or_all(const std::string& name, const char* all) {
  return name.empty() ? all : name;
}

void draw_anomalies(PdfFlow& flow, const ChargebackModel& model) {
  if (model.anomalies.empty()) {
    flow.heading("7  Anomalies");
    return flow.paragraph("No anomalies were found in this period.", theme::body);
  }
  Table table;
  table.columns = {{"Days and reason", ColumnKind::text},
                   {"Tenant and model", ColumnKind::text},
                   {"Kind", ColumnKind::text},
                   {"Rule", ColumnKind::text},
                   {"Cost", ColumnKind::figure},
                   {"Expected", ColumnKind::figure},
                   {"Deviation", ColumnKind::figure},
                   {"Impact", ColumnKind::figure}};
  for (const AnomalyLine& line : model.anomalies) {
    const std::string tenant =
        line.tenant_name.empty() ? tenant_name_of(line.tenant, model) : line.tenant_name;
    TableCell kind{line.kind, line.open ? "open" : "resolved", {}};
    if (line.open) kind.color = theme::red;
    table.rows.push_back(
        {{{describe(DayRange{line.day, line.last_day + std::chrono::days(1)}), line.why, {}},
          {or_all(tenant, "All tenants"), or_all(line.model, "All models"), {}},
          kind,
          {line.rule, line.severity, {}},
          money_cell(line.current_daily_rate),
          money_cell(line.baseline),
          {line.deviation_percent.empty() ? "–" : line.deviation_percent + " %", "", {}},
          money_cell(line.impact)},
         RowKind::line});
  }
  draw_chapter(flow, "7  Anomalies",
               "Days whose cost left the usual range. The published rule compares a day with the "
               "mean of the week before it, the robust one with what is expected of its weekday; "
               "what is expected is an estimate. Cost is that of the last day, impact that of all "
               "days less what was expected.",
               table);
}

void draw_reading_notes(PdfFlow& flow, const ChargebackModel& model) {
  flow.heading("How to read the figures");
  flow.paragraph(
      fmt::format("The period is {}, both days included. Amounts are exact to 12 decimals "
                  "inside costd and rounded half-even to cents once{}; where the rounded "
                  "lines of a table do not add up to the total, a line says the "
                  "difference.",
                  model.period_window,
                  model.tenant.empty() ? " per tenant, and the total is the sum of the "
                                         "tenants' rounded totals"
                                       : ""),
      theme::body);
  flow.paragraph(
      "Input tokens include those read from and written to a provider's cache; output "
      "tokens include reasoning. Requests answered from the gateway's own cache are "
      "counted and cost nothing. A request without a price is never charged as zero: "
      "it is counted apart, and its cost is missing from every table.",
      theme::body);
}

}  // namespace

void draw_findings(PdfFlow& flow, const ChargebackModel& model) {
  draw_forecasts(flow, model);
  draw_anomalies(flow, model);
  draw_reading_notes(flow, model);
}

}  // namespace costd
