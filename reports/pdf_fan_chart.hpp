#pragma once
// A line into the future with the room around it: what is spent, what is expected, what may be.

#include <optional>
#include <span>
#include <string>

#include "reports/pdf_charts.hpp"

namespace costd {

/// A point of the line; all heights from 0 to 1, of the axis.
struct FanPoint {
  std::string label;   ///< below the axis, or ""
  bool known = false;  ///< no room around it
  double height = 0;
  double low_inner = 0;
  double high_inner = 0;
  double low_outer = 0;
  double high_outer = 0;
};

/// A straight line over the chart, with its text at the left end.
struct FanLimit {
  double height = 0;
  std::string label;
};

/// Where another method ends, seen from the last known point.
struct FanRival {
  double height = 0;
  std::string label;
};

struct FanChart {
  std::span<const FanPoint> points;
  std::span<const AxisTick> ticks;
  std::string end_label;  ///< at the last point
  std::optional<FanLimit> limit;
  std::optional<FanRival> rival;
};

void draw_fan_chart(PdfDocument& pdf, const Box& box, const FanChart& chart);

struct LegendEntry {
  std::string label;
  Color color;
  bool line = false;  ///< a stroke instead of a box
  bool dashed = false;
};
/// In one row that ends at `right`, its base line at `y`.
void draw_legend_row(PdfDocument& pdf, double right, double y,
                     std::span<const LegendEntry> entries);

/// The colours of the chart, for its legend.
namespace fan {
inline constexpr Color outer = rgb(0xDCEFEC);
inline constexpr Color inner = rgb(0xA9D6CF);
}  // namespace fan

}  // namespace costd
