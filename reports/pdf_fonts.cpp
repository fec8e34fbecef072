#include "reports/pdf_fonts.hpp"

#include <filesystem>

#include "ledger/error.hpp"

namespace costd {
namespace {

struct FontSource {
  const char* name;
  const char* path;
};

constexpr std::array font_sources{
    FontSource{"OpenSans-Regular", "/usr/share/fonts/truetype/open-sans/OpenSans-Regular.ttf"},
    FontSource{"OpenSans-Semibold", "/usr/share/fonts/truetype/open-sans/OpenSans-Semibold.ttf"},
    FontSource{"OpenSans-Bold", "/usr/share/fonts/truetype/open-sans/OpenSans-Bold.ttf"},
    FontSource{"DejaVuSans", "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"},
    FontSource{"DejaVuSans-Bold", "/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf"},
    FontSource{"DroidSansFallbackFull",
               "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf"},
};

/// Which files are asked for a character, best first.
constexpr std::array<std::array<std::size_t, 3>, face_count> fallbacks{{
    {0, 3, 5},
    {1, 4, 5},
    {2, 4, 5},
}};

constexpr double units_per_em = 1000;  // PoDoFo gives glyph widths in thousandths of the font size

}  // namespace

struct PdfFonts::FontFile {
  FontSource source;
  std::unique_ptr<PoDoFo::PdfFontMetricsFreetype> metrics;
  PoDoFo::PdfFont* font = nullptr;  // owned by the document
};

PdfFonts::PdfFonts(PoDoFo::PdfMemDocument& document) : document_(document) {
  FT_Library library = document.GetFontLibrary();
  for (const FontSource& source : font_sources) {
    if (!std::filesystem::exists(source.path)) {
      throw Error(ErrorCode::io, std::string("font file ") + source.path +
                                     " is missing; install fonts-open-sans, fonts-dejavu-core and "
                                     "fonts-droid-fallback");
    }
    auto metrics = std::make_unique<PoDoFo::PdfFontMetricsFreetype>(&library, source.path, false);
    files_.push_back({source, std::move(metrics)});
  }
}

PdfFonts::~PdfFonts() = default;

double PdfFonts::width_em(char32_t c, Face face) {
  return glyph(c, face).width_em;
}

std::vector<FontRun> PdfFonts::runs(std::u32string_view text, Face face) {
  std::vector<FontRun> runs;
  for (const char32_t c : text) {
    const Glyph& found = glyph(c, face);
    if (runs.empty() || runs.back().font != found.font) runs.push_back({found.font, {}, 0});
    runs.back().text += found.shown;
    runs.back().width_em += found.width_em;
  }
  return runs;
}

PoDoFo::PdfFont& PdfFonts::podofo_font(std::size_t font) {
  FontFile& file = files_.at(font);
  if (file.font == nullptr) {
    file.font = document_.CreateFontSubset(file.source.name, false, false, false,
                                           new PoDoFo::PdfIdentityEncoding(0, 0xFFFF, true),
                                           file.source.path);
  }
  if (file.font == nullptr) {
    throw Error(ErrorCode::io, std::string("font file ") + file.source.path +
                                   " cannot be used; install its package again");
  }
  return *file.font;
}

const PdfFonts::Glyph& PdfFonts::glyph(char32_t c, Face face) {
  auto& known = glyphs_.at(static_cast<std::size_t>(face));
  const auto found = known.find(c);
  if (found != known.end()) return found->second;
  return known.emplace(c, look_up(c, face)).first->second;
}

PdfFonts::Glyph PdfFonts::look_up(char32_t c, Face face) const {
  const auto& candidates = fallbacks.at(static_cast<std::size_t>(face));
  for (const std::size_t font : candidates) {
    const PoDoFo::PdfFontMetricsFreetype& metrics = *files_[font].metrics;
    const long id = c == 0xFFFD ? 0 : metrics.GetGlyphId(static_cast<long>(c));
    if (id != 0) return {font, c, metrics.GetGlyphWidth(static_cast<int>(id)) / units_per_em};
  }
  return look_up(U'?', face);
}

}  // namespace costd
