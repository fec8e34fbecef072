#include <fmt/format.h>

#include <array>

#include "reports/chargeback_pdf_parts.hpp"
#include "reports/pdf_theme.hpp"

namespace costd {
namespace {

constexpr double line_height = 13;
constexpr double box_height = 127;

struct Figure {
  std::string label;
  std::string value;
};

void draw_column(PdfDocument& pdf, Point at, double width, const std::string& title,
                 std::span<const Figure> figures) {
  pdf.draw_text(at, title, {Face::semibold, 7.5, theme::muted});
  double y = at.y + line_height + 2;
  for (const Figure& figure : figures) {
    const bool last = &figure == &figures.back();
    const TextStyle value{last ? Face::bold : Face::regular, 8, theme::ink};
    pdf.draw_text({at.x, y}, figure.label, {value.face, 8, theme::ink});
    pdf.draw_text({at.x + width, y}, figure.value, value, Align::right);
    y += line_height;
  }
}

/// Below the figures, where it can be read off as COUNT:HEAD for `audit verify --anchor`.
void draw_chain_head(PdfDocument& pdf, Point at, const ChainHead& chain) {
  pdf.draw_text(at, "costd's audit chain: " + describe(chain), {Face::regular, 6.5, theme::muted});
}

}  // namespace

void draw_tie_out(PdfFlow& flow, const ChargebackModel& model) {
  PdfDocument& pdf = flow.pdf();
  const TieOut& tie = model.tie_out;
  const double height = box_height + (model.audit_chain ? line_height : 0);
  flow.need(height);
  const double top = flow.y();
  pdf.bookmark("Tie-out", top);
  pdf.stroke_box({theme::margin, top, theme::content_width, height}, {theme::rule, 0.8, false}, 3);
  pdf.draw_text({theme::margin + 12, top + 18}, "Tie-out", theme::block_title);
  const Badge badge = tie.ties() ? Badge{"TIES OUT", theme::green, theme::white}
                                 : Badge{"DOES NOT TIE OUT", theme::red, theme::white};
  draw_badge(pdf, {theme::margin + theme::content_width - 10, top + 7}, badge);

  const std::array read{Figure{"Accepted", format_count(tie.accepted)},
                        Figure{"Duplicates", format_count(tie.duplicates)},
                        Figure{"Quarantined", format_count(tie.quarantined)},
                        Figure{"Read", format_count(tie.records_in)}};
  const std::array accepted{Figure{"Priced", format_count(tie.priced)},
                            Figure{"Cache hits", format_count(tie.cache_hits)},
                            Figure{"Unpriced", format_count(tie.unpriced)},
                            Figure{"Out of range", format_count(tie.out_of_range)},
                            Figure{"Accepted", format_count(tie.accepted)}};
  const std::array sums{Figure{"By tenant", format_exact(tie.tenant_sum)},
                        Figure{"By API key", format_exact(tie.api_key_sum)},
                        Figure{"By model", format_exact(tie.model_sum)},
                        Figure{"By provider", format_exact(tie.provider_sum)},
                        Figure{"By day", format_exact(tie.day_sum)},
                        Figure{"Difference", format_exact(tie.difference)}};
  const double x = theme::margin + 12;
  const double y = top + 36;
  draw_column(pdf, {x, y}, 118, "RECORDS READ", read);
  draw_column(pdf, {x + 146, y}, 118, "RECORDS ACCEPTED", accepted);
  draw_column(pdf, {x + 292, y}, theme::content_width - 292 - 24, "EXACT SUMS, " + model.currency,
              sums);
  const TextStyle aside{Face::regular, 6.5, theme::muted};
  if (tie.undated > 0) {
    pdf.draw_text({x, y + 5 * line_height + 2},
                  "besides " + format_count(tie.undated) + " refused lines without a date", aside);
  }
  if (!model.corrections.empty()) {
    pdf.draw_text({x, y + 6 * line_height + 2},
                  "corrections in: " + format_count(tie.corrections) + " of the accepted, " +
                      format_exact(tie.correction_sum) + " of the sums",
                  aside);
  }
  if (model.audit_chain) draw_chain_head(pdf, {x, y + 7 * line_height + 2}, *model.audit_chain);
  flow.skip(height + 14);
}

}  // namespace costd
