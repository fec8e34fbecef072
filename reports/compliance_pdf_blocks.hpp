#pragma once
// How the blocks of a compliance report are drawn.

#include "reports/compliance_model.hpp"
#include "reports/pdf_flow.hpp"

namespace costd {

/// A chapter: its heading, what it is evidence for, and its blocks.
void draw_report_section(PdfFlow& flow, const ReportSection& section);

void draw_report_blocks(PdfFlow& flow, const std::vector<ReportBlock>& blocks);

/// Lines to sign on, with date and function.
void draw_sign_off(PdfFlow& flow, const std::vector<std::string>& roles);

/// Every clause that a section names, once, with its text.
void draw_clauses(PdfFlow& flow, const ComplianceModel& model);

}  // namespace costd
