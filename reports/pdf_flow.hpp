#pragma once
// Fills pages from top to bottom: the place of the next block, page breaks, headings, paragraphs.

#include <string>

#include "reports/pdf_document.hpp"

namespace costd {

class PdfFlow {
 public:
  /// Starts on a new page.
  explicit PdfFlow(PdfDocument& pdf);

  PdfDocument& pdf() { return pdf_; }
  double y() const { return y_; }
  double remaining() const;
  void move_to(double y) { y_ = y; }
  void skip(double height) { y_ += height; }
  void new_page();
  /// Breaks the page if a block of this height does not fit on the rest of it. True if it did.
  bool need(double height);

  /// A chapter heading with its bookmark. It stays together with the first `kept_below` points of
  /// what follows it, and with at least the head of a table and two of its rows.
  void heading(const std::string& title, double kept_below = 0);
  void paragraph(const std::string& text, const TextStyle& style);

 private:
  PdfDocument& pdf_;
  double y_ = 0;
};

}  // namespace costd
