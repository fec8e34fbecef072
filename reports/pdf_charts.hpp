#pragma once
// Charts drawn from finished labels and proportions; how figures are written is the caller's
// choice.

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "ledger/money.hpp"
#include "reports/pdf_document.hpp"

namespace costd {

/// A part of a whole: `share` from 0 to 1.
struct Slice {
  std::string label;
  std::string value;
  double share = 0;
  Color color;
};

/// A ring with its legend at the right; the two texts stand in the middle.
void draw_donut(PdfDocument& pdf, const Box& box, std::span<const Slice> slices,
                const std::string& middle, const std::string& below_middle);

/// `length` from 0 to 1, of the longest.
struct HorizontalBar {
  std::string label;
  std::string value;
  double length = 0;
  Color color;
};

void draw_horizontal_bars(PdfDocument& pdf, const Box& box, std::span<const HorizontalBar> bars);

/// `height` from 0 to 1, of the axis.
struct VerticalBar {
  std::string label;  ///< below the bar, or ""
  double height = 0;
  std::string mark;  ///< above the bar, which is then red; "" = an ordinary bar
};

struct AxisTick {
  std::string label;
  double height = 0;  ///< from 0 to 1
};

void draw_vertical_bars(PdfDocument& pdf, const Box& box, std::span<const VerticalBar> bars,
                        std::span<const AxisTick> ticks);

/// Even steps of 1, 2 or 5 times a power of ten from zero to at least `largest`, in the value's own
/// unit (pico-USD, tokens). `top` is what height 1 stands for.
struct Axis {
  std::vector<AxisTick> ticks;
  int128 top = 1;
};
Axis axis_up_to(int128 largest, const std::function<std::string(int128)>& label);

/// For drawing only: part / whole, cut to the range 0 to 1; 0 where the whole is not positive.
double drawn_ratio(int128 part, int128 whole);

}  // namespace costd
