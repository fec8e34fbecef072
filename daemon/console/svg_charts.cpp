#include "daemon/console/svg_charts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

namespace costd::charts {
namespace {

constexpr double height = 250;
constexpr double left = 58;
constexpr double right = 14;
constexpr double top = 14;
constexpr double bottom = 34;
constexpr std::size_t dotted_days_max = 62;

/// Where things are; amounts become lengths here and never come back.
double to_usd(Money amount) {
  return static_cast<double>(amount.picos()) / static_cast<double>(picos_per_usd);
}

Money to_amount(double usd) {
  return Money::from_picos(static_cast<int128>(std::llround(usd * 1e6)) * 1'000'000);
}

/// 1, 2 or 5 times a power of ten, so that some four steps reach the highest value.
double step_for(double highest) {
  const double rough = std::max(highest, 0.000'004) / 4;
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= rough) return factor * power;
  }
  return 10 * power;
}

struct Plot {
  double width;
  std::size_t count;  ///< days from the left edge to the right one
  double highest;     ///< the value at the upper edge
  double x(std::size_t n) const {
    const double room = width - left - right;
    return left +
           (count < 2 ? room / 2 : room * static_cast<double>(n) / static_cast<double>(count - 1));
  }
  double y(double usd) const {
    return top + (height - top - bottom) * (1 - std::clamp(usd / highest, 0.0, 1.0));
  }
  std::string point(std::size_t n, Money amount) const {
    return fmt::format("{:.1f},{:.1f}", x(n), y(to_usd(amount)));
  }
};

Plot plot_of(const DailyChart& chart, int width) {
  Money highest;
  for (const SpentDay& day : chart.spent) highest = std::max(highest, day.amount);
  for (const ExpectedDay& day : chart.expected) highest = std::max(highest, day.high80);
  const double step = step_for(to_usd(highest));
  const double steps = std::max(1.0, std::ceil(to_usd(highest) / step));
  return {static_cast<double>(width), chart.spent.size() + chart.expected.size(), steps * step};
}

std::string grid(const Plot& plot) {
  std::string svg;
  const double step = step_for(plot.highest);
  for (double value = 0; value <= plot.highest + step / 2; value += step) {
    svg += fmt::format(R"(<line class="grid" x1="{:.0f}" x2="{:.0f}" y1="{:.1f}" y2="{:.1f}"/>)"
                       R"(<text class="tick" x="{:.0f}" y="{:.1f}" text-anchor="end">{}</text>)",
                       left, plot.width - right, plot.y(value), plot.y(value), left - 8,
                       plot.y(value) + 4, format_short(to_amount(value)));
  }
  return svg;
}

/// "5 Oct" under as many days as fit.
std::string day_labels(const Plot& plot, const std::function<Day(std::size_t)>& day_at) {
  const auto fitting = static_cast<std::size_t>((plot.width - left - right) / 62);
  const std::size_t every = std::max<std::size_t>(1, (plot.count + fitting - 1) / fitting);
  std::string svg;
  for (std::size_t n = 0; n < plot.count; n += every) {
    const std::string text = describe(day_at(n));
    svg += fmt::format(R"(<text class="tick" x="{:.1f}" y="{:.0f}" text-anchor="middle">{}</text>)",
                       plot.x(n), height - 12, text.substr(text.find(' ') + 1));
  }
  return svg;
}

/// The last spent day joins the two lines.
std::vector<ExpectedDay> joined(const DailyChart& chart) {
  std::vector<ExpectedDay> days = chart.expected;
  if (!days.empty() && !chart.spent.empty()) {
    const SpentDay& last = chart.spent.back();
    days.insert(days.begin(),
                {last.day, last.amount, last.amount, last.amount, last.amount, last.amount});
  }
  return days;
}

std::string band(const Plot& plot, const std::vector<ExpectedDay>& days, std::size_t first,
                 Money ExpectedDay::*low, Money ExpectedDay::*high, const char* style) {
  std::string points;
  for (std::size_t n = 0; n < days.size(); ++n)
    points += plot.point(first + n, days[n].*high) + " ";
  for (std::size_t n = days.size(); n > 0; --n) {
    points += plot.point(first + n - 1, days[n - 1].*low) + " ";
  }
  return fmt::format(R"(<polygon class="{}" points="{}"/>)", style, points);
}

std::string fan(const Plot& plot, const DailyChart& chart) {
  const std::vector<ExpectedDay> days = joined(chart);
  if (days.empty()) return "";
  const std::size_t first = plot.count - days.size();
  std::string line;
  for (std::size_t n = 0; n < days.size(); ++n) {
    line += plot.point(first + n, days[n].expected) + " ";
  }
  std::string svg = band(plot, days, first, &ExpectedDay::low95, &ExpectedDay::high95, "fan95") +
                    band(plot, days, first, &ExpectedDay::low80, &ExpectedDay::high80, "fan80") +
                    fmt::format(R"(<polyline class="expected" points="{}"/>)", line);
  for (std::size_t n = chart.spent.empty() ? 0 : 1; n < days.size(); ++n) {
    svg += fmt::format(
        R"(<circle class="hit" cx="{:.1f}" cy="{:.1f}" r="8"><title>{}: {} expected, {} to {} )"
        R"((80 %)</title></circle>)",
        plot.x(first + n), plot.y(to_usd(days[n].expected)), describe(days[n].day),
        format_short(days[n].expected), format_short(days[n].low80), format_short(days[n].high80));
  }
  return svg;
}

std::string spent_line(const Plot& plot, const std::vector<SpentDay>& days) {
  if (days.empty()) return "";
  std::string points;
  for (std::size_t n = 0; n < days.size(); ++n) points += plot.point(n, days[n].amount) + " ";
  std::string svg =
      fmt::format(R"(<polygon class="area" points="{:.1f},{:.1f} {}{:.1f},{:.1f}"/>)"
                  R"(<polyline class="spent" points="{}"/>)",
                  plot.x(0), plot.y(0), points, plot.x(days.size() - 1), plot.y(0), points);
  for (std::size_t n = 0; n < days.size(); ++n) {
    if (days.size() > dotted_days_max && !days[n].is_marked) continue;
    svg += fmt::format(
        R"(<circle class="{}" cx="{:.1f}" cy="{:.1f}" r="{}"><title>{}: ${}{}</title></circle>)",
        days[n].is_marked ? "dot marked" : "dot", plot.x(n), plot.y(to_usd(days[n].amount)),
        days[n].is_marked ? "5" : "3.2", describe(days[n].day),
        format_cents(round_to_cents(days[n].amount)), days[n].is_marked ? ", anomaly" : "");
  }
  return svg;
}

double share_of(Money part, Money whole) {
  if (whole <= Money() || part <= Money()) return 0;
  return 100 * std::min(1.0, to_usd(part) / to_usd(whole));
}

}  // namespace

std::string escaped(const std::string& text) {
  std::string safe;
  for (const char c : text) {
    switch (c) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      default:
        safe += c;
    }
  }
  return safe;
}

std::string series_class(std::size_t n) {
  return fmt::format("s{}", std::min<std::size_t>(n + 1, series_max));
}

std::string donut(const std::vector<Slice>& slices, const std::string& middle,
                  const std::string& middle_note) {
  constexpr double gap = 0.5;
  Money whole;
  std::size_t shown = 0;
  for (const Slice& slice : slices) {
    if (slice.amount <= Money()) continue;
    whole += slice.amount;
    ++shown;
  }
  // The circle's outline is cut into dashes: its length counts as 100, and it begins at the top.
  std::string svg =
      R"(<svg class="donut" viewBox="0 0 200 200" aria-hidden="true" focusable="false">)"
      R"svg(<circle class="ring" cx="100" cy="100" r="74"/><g transform="rotate(-90 100 100)">)svg";
  double at = 0;
  for (std::size_t n = 0; n < slices.size(); ++n) {
    const double share = share_of(slices[n].amount, whole);
    if (share <= 0) continue;
    const double length = shown == 1 ? 100 : std::max(0.3, share - gap);
    svg += fmt::format(
        R"(<circle class="slice {}" cx="100" cy="100" r="74" pathLength="100" )"
        R"(stroke-dasharray="{:.2f} {:.2f}" stroke-dashoffset="{:.2f}"><title>{}</title></circle>)",
        series_class(n), length, 100 - length, -at, escaped(slices[n].label));
    at += share;
  }
  return svg +
         fmt::format(R"(</g><text class="middle" x="100" y="103" text-anchor="middle">{}</text>)"
                     R"(<text class="middle-note" x="100" y="124" text-anchor="middle">{}</text>)"
                     "</svg>",
                     escaped(middle), escaped(middle_note));
}

std::string bar(Money part, Money whole, const std::string& style,
                std::optional<int> mark_percent) {
  std::string mark;
  if (mark_percent) {
    mark =
        fmt::format(R"(<line class="mark" x1="{0}%" x2="{0}%" y1="0" y2="100%"/>)", *mark_percent);
  }
  return fmt::format(
      R"(<svg class="bar" aria-hidden="true" focusable="false"><rect class="track" width="100%" )"
      R"(height="100%" rx="4"/><rect class="{}" width="{:.1f}%" height="100%" rx="4"/>{}</svg>)",
      style, share_of(part, whole), mark);
}

std::string daily_lines(const DailyChart& chart, int width) {
  const Plot plot = plot_of(chart, width);
  if (plot.count == 0) return "";
  const auto day_at = [&](std::size_t n) {
    return n < chart.spent.size() ? chart.spent[n].day : chart.expected[n - chart.spent.size()].day;
  };
  return fmt::format(
             R"(<svg class="daily" viewBox="0 0 {} {:.0f}" aria-hidden="true" focusable="false">)",
             width, height) +
         grid(plot) + fan(plot, chart) + spent_line(plot, chart.spent) + day_labels(plot, day_at) +
         "</svg>";
}

}  // namespace costd::charts
