#pragma once
// The pieces that pages of all reports are put together from: cover band, badges, cards, notices.

#include <span>
#include <string>
#include <vector>

#include "reports/pdf_flow.hpp"

namespace costd {

struct Badge {
  std::string text;
  Color fill;
  Color letters;
};

struct CoverBand {
  std::string title;
  std::string subject;             ///< who and when, one line
  std::vector<std::string> notes;  ///< smaller lines below
  Badge badge;
};

/// Fills the top of the first page and leaves the flow below the band.
void draw_cover_band(PdfFlow& flow, const CoverBand& band);

/// Draws a pill whose right end is at `right`; gives its width.
double draw_badge(PdfDocument& pdf, Point right, const Badge& badge);

struct Card {
  std::string label;
  std::string value;
  std::string note;
  Color note_color;
  Color accent;
};

/// A row of cards of equal width over the width of the page.
void draw_cards(PdfFlow& flow, std::span<const Card> cards);

enum class NoticeKind { warning, failure };

/// A coloured box: a bold sentence and what to know about it.
void draw_notice(PdfFlow& flow, NoticeKind kind, const std::string& headline,
                 const std::string& text);

/// What runs along the upper and lower edge of a page.
struct RunningLines {
  std::string head_left;
  std::string head_right;
  Badge badge;
  std::string foot_left;
  std::string foot_middle;
};

enum class HeadLine { shown, left_out };  ///< the cover has its band instead
void draw_running_lines(PdfDocument& pdf, const RunningLines& lines, HeadLine head, int page,
                        int page_count);

}  // namespace costd
