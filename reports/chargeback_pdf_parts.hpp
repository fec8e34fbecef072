#pragma once
// The parts of the chargeback PDF, and the way all of them write amounts.

#include <string>

#include "reports/chargeback_model.hpp"
#include "reports/chargeback_words.hpp"
#include "reports/pdf_blocks.hpp"
#include "reports/pdf_table.hpp"

namespace costd {

/// Title, cards, notices, charts and the tie-out box.
void draw_chargeback_cover(PdfFlow& flow, const ChargebackModel& model);
/// The donut by provider, the bars by model and the bars by day.
void draw_chargeback_charts(PdfFlow& flow, const ChargebackModel& model);
void draw_tie_out(PdfFlow& flow, const ChargebackModel& model);
/// What closed months left to this one; nothing if there are no corrections.
void draw_corrections(PdfFlow& flow, const ChargebackModel& model);
/// Section 6: the chart of the month with its interval and the budget, and the table.
void draw_forecasts(PdfFlow& flow, const ChargebackModel& model);
/// Sections 6 and 7, and how to read the figures.
void draw_findings(PdfFlow& flow, const ChargebackModel& model);
/// The seven numbered sections, and how to read them.
void draw_chargeback_sections(PdfFlow& flow, const ChargebackModel& model);

Badge status_badge(const ChargebackModel& model);

/// An amount as people read it: cents.
inline TableCell money_cell(Money amount) {
  return {format_cents(round_to_cents(amount)), "", {}};
}
/// What people call a key: its name, or the masked id where it has none.
std::string shown_key_name(const CostLine& line);
/// "Search Ranking" for the tenant's id; the id itself where the statement has no name for it.
std::string tenant_name_of(const std::string& tenant, const ChargebackModel& model);

}  // namespace costd
