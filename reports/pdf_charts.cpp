#include "reports/pdf_charts.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "reports/pdf_theme.hpp"

namespace costd {
namespace {

constexpr double hole_ratio = 0.62;

Point on_circle(Point center, double radius, double angle) {
  return {center.x + radius * std::sin(angle), center.y - radius * std::cos(angle)};
}

/// Adds curves along a circle, in pieces that a cubic follows within a thousandth of the radius.
void add_arc(Outline& outline, Point center, double radius, double from, double to) {
  const int pieces = std::max(1, static_cast<int>(std::ceil(std::abs(to - from) / 0.8)));
  const double step = (to - from) / pieces;
  const double reach = radius * 4 / 3 * std::tan(step / 4);
  for (int n = 0; n < pieces; ++n) {
    const double a = from + step * n;
    const double b = a + step;
    const Point begin = on_circle(center, radius, a);
    const Point end = on_circle(center, radius, b);
    outline.steps.push_back({true,
                             {begin.x + reach * std::cos(a), begin.y + reach * std::sin(a)},
                             {end.x - reach * std::cos(b), end.y - reach * std::sin(b)},
                             end});
  }
}

void draw_ring_segment(PdfDocument& pdf, Point center, double radius, double from, double to,
                       Color color) {
  Outline outline{on_circle(center, radius, from), {}};
  add_arc(outline, center, radius, from, to);
  const double hole = radius * hole_ratio;
  outline.steps.push_back({false, {}, {}, on_circle(center, hole, to)});
  add_arc(outline, center, hole, to, from);
  pdf.fill_outline(outline, color);
}

void draw_legend(PdfDocument& pdf, const Box& box, std::span<const Slice> slices) {
  constexpr double line_height = 15;
  double y = box.y + (box.height - line_height * static_cast<double>(slices.size())) / 2;
  for (const Slice& slice : slices) {
    pdf.fill_box({box.x, y + 3.5, 7, 7}, slice.color, 1.5);
    const TextStyle bold{Face::semibold, 8, theme::ink};
    const TextStyle plain{Face::regular, 8, theme::ink};
    const double room = box.width - 18 - pdf.text_width(slice.value, bold);
    pdf.draw_text({box.x + 12, y + 10}, pdf.shorten(slice.label, plain, room), plain);
    pdf.draw_text({box.x + box.width, y + 10}, slice.value, bold, Align::right);
    y += line_height;
  }
}

/// 1, 2 or 5 times a power of ten, the smallest that reaches `largest` in at most four steps.
int128 axis_step(int128 largest) {
  for (int128 power = 1;; power *= 10) {
    for (const int factor : {1, 2, 5}) {
      if (power * factor * 4 >= largest) return power * factor;
    }
  }
}

void draw_grid(PdfDocument& pdf, const Box& plot, std::span<const AxisTick> ticks) {
  for (const AxisTick& tick : ticks) {
    const double y = plot.y + plot.height * (1 - tick.height);
    const Color color = tick.height > 0 ? theme::rule : theme::muted;
    pdf.draw_line({plot.x, y}, {plot.x + plot.width, y}, {color, 0.5, false});
    pdf.draw_text({plot.x - 5, y + 2.5}, tick.label, theme::small, Align::right);
  }
}

/// Writes the marks above their bars, clear of the neighbours' bars and of each other: where two
/// would collide, the second is left out and the colour alone says it.
void draw_marks(PdfDocument& pdf, const Box& plot, std::span<const VerticalBar> bars) {
  const TextStyle style{Face::semibold, 7, theme::red};
  const double step = plot.width / static_cast<double>(bars.size());
  double free_from = plot.x;
  for (std::size_t n = 0; n < bars.size(); ++n) {
    if (bars[n].mark.empty()) continue;
    const double half = pdf.text_width(bars[n].mark, style) / 2;
    const double middle = std::clamp(plot.x + step * (static_cast<double>(n) + 0.5), plot.x + half,
                                     plot.x + plot.width - half);
    if (middle - half < free_from) continue;
    double height = 0;
    for (std::size_t other = 0; other < bars.size(); ++other) {
      const double left = plot.x + step * static_cast<double>(other);
      if (left < middle + half && left + step > middle - half) {
        height = std::max(height, bars[other].height);
      }
    }
    pdf.draw_text({middle, plot.y + plot.height * (1 - height) - 3}, bars[n].mark, style,
                  Align::center);
    free_from = middle + half + 4;
  }
}

}  // namespace

void draw_donut(PdfDocument& pdf, const Box& box, std::span<const Slice> slices,
                const std::string& middle, const std::string& below_middle) {
  const double radius = std::min(box.height, box.width * 0.5) / 2;
  const Point center{box.x + radius, box.y + box.height / 2};
  double from = 0;
  for (const Slice& slice : slices) {
    const double to = from + slice.share * 2 * std::numbers::pi;
    if (slice.share > 0) draw_ring_segment(pdf, center, radius, from, to, slice.color);
    from = to;
  }
  const auto drawn =
      std::count_if(slices.begin(), slices.end(), [](const Slice& s) { return s.share > 0; });
  from = 0;
  for (const Slice& slice : slices) {
    if (drawn > 1 && slice.share > 0) {
      pdf.draw_line(on_circle(center, radius * hole_ratio - 1, from),
                    on_circle(center, radius + 1, from), {theme::white, 1.6, false});
    }
    from += slice.share * 2 * std::numbers::pi;
  }
  pdf.draw_text({center.x, center.y + 2}, middle, {Face::bold, 11, theme::navy}, Align::center);
  pdf.draw_text({center.x, center.y + 13}, below_middle, theme::small, Align::center);
  const double legend_x = box.x + 2 * radius + 16;
  draw_legend(pdf, {legend_x, box.y, box.x + box.width - legend_x, box.height}, slices);
}

void draw_horizontal_bars(PdfDocument& pdf, const Box& box, std::span<const HorizontalBar> bars) {
  if (bars.empty()) return;
  const TextStyle label{Face::regular, 8, theme::ink};
  const TextStyle value{Face::semibold, 8, theme::ink};
  double label_width = 0;
  double value_width = 0;
  for (const HorizontalBar& bar : bars) {
    label_width = std::max(label_width, pdf.text_width(bar.label, label));
    value_width = std::max(value_width, pdf.text_width(bar.value, value));
  }
  label_width = std::min(label_width, box.width * 0.45);
  const double step = std::min(17.0, box.height / static_cast<double>(bars.size()));
  const double bar_x = box.x + label_width + 8;
  const double bar_width = box.x + box.width - value_width - 8 - bar_x;
  double y = box.y + (box.height - step * static_cast<double>(bars.size())) / 2;
  for (const HorizontalBar& bar : bars) {
    pdf.draw_text({box.x, y + step / 2 + 3}, pdf.shorten(bar.label, label, label_width), label);
    const double length = std::max(1.0, bar_width * bar.length);
    pdf.fill_box({bar_x, y + step * 0.2, length, step * 0.6}, bar.color);
    pdf.draw_text({box.x + box.width, y + step / 2 + 3}, bar.value, value, Align::right);
    y += step;
  }
}

void draw_vertical_bars(PdfDocument& pdf, const Box& box, std::span<const VerticalBar> bars,
                        std::span<const AxisTick> ticks) {
  if (bars.empty()) return;
  double axis_width = 0;
  for (const AxisTick& tick : ticks) {
    axis_width = std::max(axis_width, pdf.text_width(tick.label, theme::small));
  }
  const Box plot{box.x + axis_width + 6, box.y + 10, box.width - axis_width - 6, box.height - 24};
  draw_grid(pdf, plot, ticks);
  const double step = plot.width / static_cast<double>(bars.size());
  const double width = std::min(22.0, step * 0.72);
  for (std::size_t n = 0; n < bars.size(); ++n) {
    const double middle = plot.x + step * (static_cast<double>(n) + 0.5);
    const double height = plot.height * bars[n].height;
    const double top = plot.y + plot.height - height;
    const bool marked = !bars[n].mark.empty();
    if (height > 0) {
      pdf.fill_box({middle - width / 2, top, width, height}, marked ? theme::red : theme::teal);
    }
    pdf.draw_text({middle, plot.y + plot.height + 10}, bars[n].label, theme::small, Align::center);
  }
  draw_marks(pdf, plot, bars);
}

Axis axis_up_to(int128 largest, const std::function<std::string(int128)>& label) {
  const int128 step = axis_step(std::max(largest, int128{1}));
  const int128 steps = std::max(int128{1}, (largest + step - 1) / step);
  Axis axis{{}, steps * step};
  for (int128 n = 0; n <= steps; ++n) {
    axis.ticks.push_back({label(n * step), drawn_ratio(n, steps)});
  }
  return axis;
}

double drawn_ratio(int128 part, int128 whole) {
  if (whole <= 0 || part <= 0) return 0;
  return std::min(1.0, static_cast<double>(part) / static_cast<double>(whole));
}

}  // namespace costd
