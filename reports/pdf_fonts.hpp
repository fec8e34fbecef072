#pragma once
// The typefaces of a PDF: widths that are measured once, and a face for each character.
// Only the pdf_*.cpp files include this, as PoDoFo stays behind pdf_document.hpp.

#include <podofo/podofo.h>

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "reports/pdf_document.hpp"

namespace costd {

/// A stretch of text that one font file can show.
struct FontRun {
  std::size_t font = 0;  ///< for PdfFonts::podofo_font
  std::u32string text;
  double width_em = 0;
};

class PdfFonts {
 public:
  /// Opens the metrics of all font files. Throws Error(io) naming the one that is missing.
  explicit PdfFonts(PoDoFo::PdfMemDocument& document);
  ~PdfFonts();
  PdfFonts(const PdfFonts&) = delete;
  PdfFonts& operator=(const PdfFonts&) = delete;

  /// In units of the font size.
  double width_em(char32_t c, Face face);
  std::vector<FontRun> runs(std::u32string_view text, Face face);
  /// A font is put into the document when it is first drawn with, so that unused ones stay out.
  PoDoFo::PdfFont& podofo_font(std::size_t font);

 private:
  struct Glyph {
    std::size_t font;
    char32_t shown;  ///< the character itself, or '?' where no font has it
    double width_em;
  };
  struct FontFile;

  const Glyph& glyph(char32_t c, Face face);
  Glyph look_up(char32_t c, Face face) const;

  PoDoFo::PdfMemDocument& document_;
  std::vector<FontFile> files_;
  std::array<std::unordered_map<char32_t, Glyph>, face_count> glyphs_;
};

}  // namespace costd
