#include "reports/pdf_fan_chart.hpp"

#include <algorithm>
#include <vector>

#include "reports/pdf_theme.hpp"

namespace costd {
namespace {

constexpr double label_gap = 10;  ///< between texts at the right end

/// Heights and places of a chart on the page.
class Plot {
 public:
  Plot(const Box& box, std::size_t count) : box_(box), count_(count) {}
  const Box& box() const { return box_; }
  double right() const { return box_.x + box_.width; }
  double x(std::size_t n) const {
    if (count_ < 2) return box_.x;
    return box_.x + box_.width * static_cast<double>(n) / static_cast<double>(count_ - 1);
  }
  double y(double height) const { return box_.y + box_.height * (1 - height); }

 private:
  Box box_;
  std::size_t count_;
};

/// The room between two lines, from the last known point on.
void fill_room(PdfDocument& pdf, const Plot& plot, std::span<const FanPoint> points,
               std::size_t from, double FanPoint::*low, double FanPoint::*high, Color color) {
  if (from + 1 >= points.size()) return;
  Outline outline{{plot.x(from), plot.y(points[from].height)}, {}};
  for (std::size_t n = from + 1; n < points.size(); ++n) {
    outline.steps.push_back({false, {}, {}, {plot.x(n), plot.y(points[n].*high)}});
  }
  for (std::size_t n = points.size() - 1; n > from; --n) {
    outline.steps.push_back({false, {}, {}, {plot.x(n), plot.y(points[n].*low)}});
  }
  pdf.fill_outline(outline, color);
}

void draw_path(PdfDocument& pdf, const Plot& plot, std::span<const FanPoint> points,
               std::size_t last_known) {
  for (std::size_t n = 1; n < points.size(); ++n) {
    pdf.draw_line({plot.x(n - 1), plot.y(points[n - 1].height)},
                  {plot.x(n), plot.y(points[n].height)}, {theme::teal, 1.6, n > last_known});
  }
}

struct EndText {
  double y;
  std::string text;
  TextStyle style;
};

/// At the right of the plot, moved apart where they would touch.
void draw_end_texts(PdfDocument& pdf, const Plot& plot, std::vector<EndText> texts) {
  std::ranges::sort(texts, {}, &EndText::y);
  double free_from = plot.box().y;
  for (EndText& text : texts) {
    text.y = std::max(text.y, free_from);
    free_from = text.y + label_gap;
    pdf.draw_text({plot.right() + 6, text.y + 2.5}, text.text, text.style);
  }
}

}  // namespace

void draw_fan_chart(PdfDocument& pdf, const Box& box, const FanChart& chart) {
  if (chart.points.empty()) return;
  const TextStyle end_style{Face::semibold, 8, theme::teal};
  double axis_width = 0;
  for (const AxisTick& tick : chart.ticks) {
    axis_width = std::max(axis_width, pdf.text_width(tick.label, theme::small));
  }
  double end_width = pdf.text_width(chart.end_label, end_style);
  if (chart.rival) {
    end_width = std::max(end_width, pdf.text_width(chart.rival->label, theme::small));
  }
  const Plot plot(
      {box.x + axis_width + 6, box.y + 6, box.width - axis_width - end_width - 14, box.height - 22},
      chart.points.size());
  std::size_t last_known = 0;
  for (std::size_t n = 0; n < chart.points.size(); ++n) {
    if (chart.points[n].known) last_known = n;
  }
  fill_room(pdf, plot, chart.points, last_known, &FanPoint::low_outer, &FanPoint::high_outer,
            fan::outer);
  fill_room(pdf, plot, chart.points, last_known, &FanPoint::low_inner, &FanPoint::high_inner,
            fan::inner);
  for (const AxisTick& tick : chart.ticks) {
    const Color color = tick.height > 0 ? theme::rule : theme::muted;
    pdf.draw_line({plot.box().x, plot.y(tick.height)}, {plot.right(), plot.y(tick.height)},
                  {color, 0.5, false});
    pdf.draw_text({plot.box().x - 5, plot.y(tick.height) + 2.5}, tick.label, theme::small,
                  Align::right);
  }
  for (std::size_t n = 0; n < chart.points.size(); ++n) {
    pdf.draw_text({plot.x(n), plot.box().y + plot.box().height + 10}, chart.points[n].label,
                  theme::small, Align::center);
  }
  std::vector<EndText> texts{{plot.y(chart.points.back().height), chart.end_label, end_style}};
  if (chart.rival) {
    pdf.draw_line({plot.x(last_known), plot.y(chart.points[last_known].height)},
                  {plot.right(), plot.y(chart.rival->height)}, {theme::muted, 0.8, true});
    texts.push_back({plot.y(chart.rival->height), chart.rival->label, theme::small});
  }
  draw_path(pdf, plot, chart.points, last_known);
  if (chart.limit) {
    const double y = plot.y(chart.limit->height);
    pdf.draw_line({plot.box().x, y}, {plot.right(), y}, {theme::red, 0.9, true});
    pdf.draw_text({plot.box().x + 4, y - 3.5}, chart.limit->label, {Face::semibold, 7, theme::red});
  }
  draw_end_texts(pdf, plot, std::move(texts));
}

void draw_legend_row(PdfDocument& pdf, double right, double y,
                     std::span<const LegendEntry> entries) {
  double x = right;
  for (std::size_t n = entries.size(); n-- > 0;) {
    const LegendEntry& entry = entries[n];
    x -= pdf.text_width(entry.label, theme::small);
    pdf.draw_text({x, y}, entry.label, theme::small);
    x -= 15;
    if (entry.line) {
      pdf.draw_line({x, y - 2.5}, {x + 11, y - 2.5}, {entry.color, 1.4, entry.dashed});
    } else {
      pdf.fill_box({x + 3, y - 6, 7, 7}, entry.color, 1.5);
    }
    x -= 12;
  }
}

}  // namespace costd
