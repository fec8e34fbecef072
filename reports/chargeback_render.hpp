#pragma once
// A finished chargeback model in, the bytes of a document out. Same model, same bytes.

#include <string>
#include <string_view>

#include "reports/chargeback_model.hpp"

namespace costd {

/// Changes whenever the same model would give other bytes; stored beside each report.
inline constexpr std::string_view chargeback_renderer_version = "4";

/// One of the three below; `format` is "pdf", "csv" or "xlsx", any other is an Error(usage).
std::string render_chargeback(const ChargebackModel& model, const std::string& format);
/// RFC 4180 with CRLF: one tidy table, `section` first, exact amounts, full ids.
std::string render_chargeback_csv(const ChargebackModel& model);
/// One sheet a section after a summary sheet; cents as numbers, exact values as text.
std::string render_chargeback_xlsx(const ChargebackModel& model);
/// A4 document for people. Throws Error(io) naming the font file that is missing.
std::string render_chargeback_pdf(const ChargebackModel& model);

}  // namespace costd
