#include "reports/pdf_document.hpp"

#include "ledger/error.hpp"
#include "reports/pdf_fonts.hpp"
#include "reports/pdf_text.hpp"

namespace costd {
namespace {

constexpr unsigned short decimals_of_a_point = 2;

PoDoFo::PdfString as_pdf(std::string_view text) {
  const std::string utf8 = to_utf8(displayable(text));
  return PoDoFo::PdfString(reinterpret_cast<const PoDoFo::pdf_utf8*>(utf8.c_str()));
}

/// "D:20261101050000Z"
PoDoFo::PdfString pdf_date(Instant instant) {
  std::string text = "D:";
  for (const char c : format_instant(std::chrono::floor<std::chrono::seconds>(instant))) {
    if (c >= '0' && c <= '9') text += c;
  }
  return PoDoFo::PdfString(text + 'Z');
}

void describe(PoDoFo::PdfInfo& info, const PdfMetadata& metadata) {
  info.SetTitle(as_pdf(metadata.title));
  info.SetAuthor(as_pdf(metadata.author));
  info.SetSubject(as_pdf(metadata.subject));
  info.SetCreator(PoDoFo::PdfString("costd"));
  // The library would write the clock's time here, and the same report would differ every second.
  PoDoFo::PdfDictionary& entries = info.GetObject()->GetDictionary();
  entries.AddKey("CreationDate", pdf_date(metadata.created_at));
  entries.AddKey("ModDate", pdf_date(metadata.created_at));
}

}  // namespace

class PdfDocument::Engine {
 public:
  explicit Engine(const PdfMetadata& metadata) : fonts(document) {
    document.SetPdfVersion(PoDoFo::ePdfVersion_1_7);
    describe(*document.GetInfo(), metadata);
    painter.SetPrecision(decimals_of_a_point);
  }
  ~Engine() {
    if (painter.GetPage() != nullptr) painter.FinishPage();
  }

  /// The library deletes a page's object when the next is made, so none is kept beyond this.
  void open(PoDoFo::PdfPage* next) {
    close_page();
    page = next;
    painter.SetPage(next);
  }

  void close_page() {
    if (painter.GetPage() != nullptr) painter.FinishPage();
    page = nullptr;
  }

  void pen(const Pen& pen) {
    painter.SetStrokingColor(pen.color.red, pen.color.green, pen.color.blue);
    painter.SetStrokeWidth(pen.width);
    painter.SetStrokeStyle(pen.dashed ? PoDoFo::ePdfStrokeStyle_Dash
                                      : PoDoFo::ePdfStrokeStyle_Solid);
  }

  void color(Color color) { painter.SetColor(color.red, color.green, color.blue); }

  void rectangle(const Box& box, double radius) {
    painter.Rectangle(box.x, page_height - box.y - box.height, box.width, box.height, radius,
                      radius);
  }

  PoDoFo::PdfMemDocument document;
  PdfFonts fonts;
  PoDoFo::PdfPainter painter;
  PoDoFo::PdfPage* page = nullptr;
  PoDoFo::PdfOutlineItem* last_chapter = nullptr;
  PoDoFo::PdfOutlineItem* last_section = nullptr;
};

PdfDocument::PdfDocument(const PdfMetadata& metadata)
    : engine_(std::make_unique<Engine>(metadata)) {}

PdfDocument::~PdfDocument() = default;

void PdfDocument::add_page() {
  engine_->close_page();
  engine_->open(engine_->document.CreatePage(
      PoDoFo::PdfPage::CreateStandardPageSize(PoDoFo::ePdfPageSize_A4)));
}

int PdfDocument::page_count() const {
  return engine_->document.GetPageCount();
}

double PdfDocument::text_width(std::string_view text, const TextStyle& style) {
  double width_em = 0;
  for (const char32_t c : displayable(text)) width_em += engine_->fonts.width_em(c, style.face);
  return width_em * style.size;
}

std::vector<std::string> PdfDocument::wrap(std::string_view text, const TextStyle& style,
                                           double width) {
  const std::u32string all = displayable(text);
  std::vector<std::string> lines;
  std::size_t begin = 0;
  while (begin < all.size() && all[begin] == U' ') ++begin;
  do {
    double used = 0;
    std::size_t end = begin;
    std::size_t break_at = begin;  // where the line may end, or `begin` if nowhere yet
    for (; end < all.size(); ++end) {
      if (all[end] == U' ' || breaks_before(all[end])) break_at = end;
      used += engine_->fonts.width_em(all[end], style.face) * style.size;
      if (used > width && all[end] != U' ' && end > begin) break;
      if (breaks_after(all[end])) break_at = end + 1;
    }
    if (end < all.size() && break_at > begin) end = break_at;
    lines.push_back(to_utf8(std::u32string_view(all).substr(begin, end - begin)));
    begin = end;
    while (begin < all.size() && all[begin] == U' ') ++begin;
  } while (begin < all.size());
  return lines;
}

std::string PdfDocument::shorten(std::string_view text, const TextStyle& style, double width) {
  std::u32string kept = displayable(text);
  double used = text_width(text, style);
  if (used <= width) return to_utf8(kept);
  used += text_width("…", style);
  while (!kept.empty() && (used > width || kept.back() == U' ')) {
    used -= engine_->fonts.width_em(kept.back(), style.face) * style.size;
    kept.pop_back();
  }
  return to_utf8(kept) + "…";
}

void PdfDocument::draw_text(Point at, std::string_view text, const TextStyle& style, Align align) {
  const std::vector<FontRun> runs = engine_->fonts.runs(displayable(text), style.face);
  double width_em = 0;
  for (const FontRun& run : runs) width_em += run.width_em;
  const double share_left = align == Align::left ? 0 : align == Align::center ? 0.5 : 1;
  double x = at.x - width_em * style.size * share_left;
  engine_->color(style.color);
  for (const FontRun& run : runs) {
    PoDoFo::PdfFont& font = engine_->fonts.podofo_font(run.font);
    font.SetFontSize(static_cast<float>(style.size));
    engine_->painter.SetFont(&font);
    const std::string utf8 = to_utf8(run.text);
    engine_->painter.DrawText(
        x, page_height - at.y,
        PoDoFo::PdfString(reinterpret_cast<const PoDoFo::pdf_utf8*>(utf8.c_str())));
    x += run.width_em * style.size;
  }
}

void PdfDocument::fill_box(const Box& box, Color color, double corner_radius) {
  engine_->color(color);
  engine_->rectangle(box, corner_radius);
  engine_->painter.Fill();
}

void PdfDocument::stroke_box(const Box& box, const Pen& pen, double corner_radius) {
  engine_->pen(pen);
  engine_->rectangle(box, corner_radius);
  engine_->painter.Stroke();
}

void PdfDocument::draw_line(Point from, Point to, const Pen& pen) {
  engine_->pen(pen);
  engine_->painter.MoveTo(from.x, page_height - from.y);
  engine_->painter.LineTo(to.x, page_height - to.y);
  engine_->painter.Stroke();
}

void PdfDocument::fill_outline(const Outline& outline, Color color) {
  PoDoFo::PdfPainter& painter = engine_->painter;
  engine_->color(color);
  painter.MoveTo(outline.start.x, page_height - outline.start.y);
  for (const Outline::Step& step : outline.steps) {
    if (step.curve) {
      painter.CubicBezierTo(step.control_1.x, page_height - step.control_1.y, step.control_2.x,
                            page_height - step.control_2.y, step.end.x, page_height - step.end.y);
    } else {
      painter.LineTo(step.end.x, page_height - step.end.y);
    }
  }
  painter.ClosePath();
  painter.Fill();
}

void PdfDocument::bookmark(const std::string& title, double y, BookmarkLevel level) {
  const PoDoFo::PdfDestination target(engine_->page, 0, page_height - y, 0);
  const PoDoFo::PdfString name = as_pdf(title);
  if (level == BookmarkLevel::section && engine_->last_chapter != nullptr) {
    engine_->last_section = engine_->last_section == nullptr
                                ? engine_->last_chapter->CreateChild(name, target)
                                : engine_->last_section->CreateNext(name, target);
    return;
  }
  if (engine_->last_chapter == nullptr) {
    // The tree's own root has no title; the library wants one for it all the same.
    engine_->last_chapter = engine_->document.GetOutlines()->CreateChild(name, target);
  } else {
    engine_->last_chapter = engine_->last_chapter->CreateNext(name, target);
  }
  engine_->last_section = nullptr;
}

void PdfDocument::attach(const std::string& name, const std::string& bytes) {
  PoDoFo::PdfFileSpec file(name.c_str(), reinterpret_cast<const unsigned char*>(bytes.data()),
                           static_cast<std::ptrdiff_t>(bytes.size()), &engine_->document, true);
  // The library escapes the dot as if this were a path.
  file.GetObject()->GetDictionary().AddKey("F", PoDoFo::PdfString(name));
  engine_->document.AttachFile(file);
}

std::string PdfDocument::finish(
    const std::function<void(PdfDocument&, int page, int page_count)>& draw) {
  const int pages = page_count();
  for (int n = 0; n < pages; ++n) {
    engine_->close_page();
    engine_->open(engine_->document.GetPage(n));
    draw(*this, n + 1, pages);
  }
  engine_->close_page();
  try {
    PoDoFo::PdfRefCountedBuffer buffer;
    PoDoFo::PdfOutputDevice device(&buffer);
    engine_->document.Write(&device);
    return {buffer.GetBuffer(), device.GetLength()};
  } catch (const PoDoFo::PdfError& problem) {
    throw Error(ErrorCode::io, std::string("writing the PDF failed: ") +
                                   PoDoFo::PdfError::ErrorMessage(problem.GetError()));
  }
}

}  // namespace costd
