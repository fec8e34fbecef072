#include "reports/pdf_flow.hpp"

#include "reports/pdf_theme.hpp"

namespace costd {
namespace {

// A heading, its sentence, the head of a table and two of its rows.
constexpr double kept_with_heading = 120;
constexpr double line_spacing = 1.45;

}  // namespace

PdfFlow::PdfFlow(PdfDocument& pdf) : pdf_(pdf) { new_page(); }

double PdfFlow::remaining() const { return theme::content_bottom - y_; }

void PdfFlow::new_page() {
  pdf_.add_page();
  y_ = theme::content_top;
}

bool PdfFlow::need(double height) {
  if (height <= remaining()) return false;
  new_page();
  return true;
}

void PdfFlow::heading(const std::string& title) {
  if (!need(kept_with_heading) && y_ > theme::content_top) y_ += 14;
  pdf_.bookmark(title, y_ - 6);
  pdf_.draw_text({theme::margin, y_ + 12}, title, theme::chapter_title);
  pdf_.fill_box({theme::margin, y_ + 19, 28, 2}, theme::teal);
  y_ += 30;
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
