#include "reports/pdf_blocks.hpp"

#include <algorithm>

#include "reports/pdf_theme.hpp"

namespace costd {
namespace {

constexpr double badge_height = 15;
constexpr double card_height = 64;
constexpr double card_gap = 10;
constexpr double right_edge = theme::margin + theme::content_width;
constexpr TextStyle badge_letters{Face::bold, 7.5, theme::white};

void draw_card(PdfDocument& pdf, const Box& box, const Card& card) {
  pdf.stroke_box(box, {theme::rule, 0.8, false}, 3);
  pdf.fill_box({box.x, box.y, 3, box.height}, card.accent);
  const double x = box.x + 12;
  const double width = box.width - 18;
  pdf.draw_text({x, box.y + 17}, pdf.shorten(card.label, theme::note, width), theme::note);
  TextStyle value{Face::bold, 14, theme::navy};
  while (value.size > 8 && pdf.text_width(card.value, value) > width) value.size -= 0.5;
  pdf.draw_text({x, box.y + 37}, pdf.shorten(card.value, value, width), value);
  TextStyle note{Face::regular, 7.5, card.note_color};
  while (note.size > 6 && pdf.text_width(card.note, note) > width) note.size -= 0.25;
  pdf.draw_text({x, box.y + 53}, pdf.shorten(card.note, note, width), note);
}

}  // namespace

double draw_badge(PdfDocument& pdf, Point right, const Badge& badge) {
  TextStyle style = badge_letters;
  style.color = badge.letters;
  const double width = pdf.text_width(badge.text, style) + 16;
  pdf.fill_box({right.x - width, right.y, width, badge_height}, badge.fill, badge_height / 2);
  pdf.draw_text({right.x - width / 2, right.y + 10.3}, badge.text, style, Align::center);
  return width;
}

void draw_cover_band(PdfFlow& flow, const CoverBand& band) {
  constexpr double note_height = 13;
  PdfDocument& pdf = flow.pdf();
  const TextStyle note{Face::regular, 8.5, theme::pale};
  std::vector<std::string> notes;
  for (const std::string& text : band.notes) {
    for (std::string& line : pdf.wrap(text, note, theme::content_width)) {
      notes.push_back(std::move(line));
    }
  }
  const double height = 96 + note_height * static_cast<double>(notes.size());
  pdf.fill_box({0, 0, page_width, height}, theme::navy);
  pdf.fill_box({0, height, page_width, 3}, theme::teal);
  const double badge_width = draw_badge(pdf, {right_edge, 41}, band.badge);
  const TextStyle title{Face::bold, 22, theme::white};
  const double title_room = theme::content_width - badge_width - 12;
  pdf.draw_text({theme::margin, 56}, pdf.shorten(band.title, title, title_room), title);
  const TextStyle subject{Face::regular, 11.5, theme::white};
  pdf.draw_text({theme::margin, 77}, pdf.shorten(band.subject, subject, theme::content_width),
                subject);
  double y = 97;
  for (const std::string& line : notes) {
    pdf.draw_text({theme::margin, y}, line, note);
    y += note_height;
  }
  flow.move_to(height + 19);
}

void draw_cards(PdfFlow& flow, std::span<const Card> cards) {
  const auto count = static_cast<double>(cards.size());
  const double width = (theme::content_width - card_gap * (count - 1)) / count;
  double x = theme::margin;
  for (const Card& card : cards) {
    draw_card(flow.pdf(), {x, flow.y(), width, card_height}, card);
    x += width + card_gap;
  }
  flow.skip(card_height + 16);
}

void draw_notice(PdfFlow& flow, NoticeKind kind, const std::string& headline,
                 const std::string& text) {
  constexpr double line_height = 11.5;
  constexpr std::size_t lines_max = 4;
  PdfDocument& pdf = flow.pdf();
  const Color accent = kind == NoticeKind::failure ? theme::red : theme::amber;
  const Color fill = kind == NoticeKind::failure ? theme::red_light : theme::amber_light;
  const TextStyle bold{Face::bold, 9.5, accent};
  const TextStyle plain{Face::regular, 8, theme::ink};
  const double width = theme::content_width - 24;
  const std::vector<std::string> head = pdf.wrap(headline, bold, width);
  std::vector<std::string> lines = pdf.wrap(text, plain, width);
  if (lines.size() > lines_max) {
    lines.resize(lines_max);
    lines.back() = pdf.shorten(lines.back() + " …", plain, width);
  }
  const double height =
      14 + 13 * static_cast<double>(head.size()) + line_height * static_cast<double>(lines.size());
  flow.need(height);
  pdf.fill_box({theme::margin, flow.y(), theme::content_width, height}, fill, 3);
  pdf.fill_box({theme::margin, flow.y(), 3, height}, accent);
  double y = flow.y() + 17;
  for (const std::string& line : head) {
    pdf.draw_text({theme::margin + 14, y}, line, bold);
    y += 13;
  }
  for (const std::string& line : lines) {
    pdf.draw_text({theme::margin + 14, y}, line, plain);
    y += line_height;
  }
  flow.skip(height + 12);
}

void draw_running_lines(PdfDocument& pdf, const RunningLines& lines, HeadLine head, int page,
                        int page_count) {
  constexpr double head_y = 40;
  constexpr double foot_y = page_height - 33;
  const Pen rule{theme::rule, 0.5, false};
  if (head == HeadLine::shown) {
    const double badge_width = draw_badge(pdf, {right_edge, head_y - 10.5}, lines.badge);
    const TextStyle bold{Face::semibold, 8, theme::navy};
    const double left_width = pdf.text_width(lines.head_left, bold);
    pdf.draw_text({theme::margin, head_y}, lines.head_left, bold);
    const double right = right_edge - badge_width - 8;
    const double room = right - theme::margin - left_width - 16;
    pdf.draw_text({right, head_y}, pdf.shorten(lines.head_right, theme::note, room), theme::note,
                  Align::right);
    pdf.draw_line({theme::margin, head_y + 12}, {right_edge, head_y + 12}, rule);
  }
  pdf.draw_line({theme::margin, foot_y - 12}, {right_edge, foot_y - 12}, rule);
  const double third = theme::content_width * 0.42;
  pdf.draw_text({theme::margin, foot_y}, pdf.shorten(lines.foot_left, theme::small, third),
                theme::small);
  const std::string number = "Page " + std::to_string(page) + " of " + std::to_string(page_count);
  const double number_width = pdf.text_width(number, theme::small);
  pdf.draw_text({right_edge, foot_y}, number, theme::small, Align::right);
  const double room = theme::content_width - third - number_width - 24;
  pdf.draw_text({right_edge - number_width - 14, foot_y},
                pdf.shorten(lines.foot_middle, theme::small, room), theme::small, Align::right);
}

}  // namespace costd
