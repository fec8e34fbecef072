#include "reports/pdf_flow.hpp"

#include <algorithm>

#include "reports/pdf_theme.hpp"

namespace costd {
namespace {

constexpr double heading_height = 30;
constexpr double space_above_heading = 14;
// A sentence, the head of a table and two of its rows.
constexpr double kept_below_min = 80;
constexpr double line_spacing = 1.45;

}  // namespace

PdfFlow::PdfFlow(PdfDocument& pdf) : pdf_(pdf) {
  new_page();
}

double PdfFlow::remaining() const {
  return theme::content_bottom - y_;
}

void PdfFlow::new_page() {
  pdf_.add_page();
  y_ = theme::content_top;
}

bool PdfFlow::need(double height) {
  if (height <= remaining()) return false;
  new_page();
  return true;
}

void PdfFlow::heading(const std::string& title, double kept_below) {
  const double kept = heading_height + std::max(kept_below, kept_below_min);
  if (!need(space_above_heading + kept) && y_ > theme::content_top) y_ += space_above_heading;
  pdf_.bookmark(title, y_ - 6);
  pdf_.draw_text({theme::margin, y_ + 12}, title, theme::chapter_title);
  pdf_.fill_box({theme::margin, y_ + 19, 28, 2}, theme::teal);
  y_ += heading_height;
}

void PdfFlow::paragraph(const std::string& text, const TextStyle& style) {
  const double line_height = style.size * line_spacing;
  for (const std::string& line : pdf_.wrap(text, style, theme::content_width)) {
    need(line_height);
    pdf_.draw_text({theme::margin, y_ + style.size}, line, style);
    y_ += line_height;
  }
  y_ += 4;
}

}  // namespace costd
