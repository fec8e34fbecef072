#pragma once
// Charts of the console as inline SVG: colours come from the style sheet, texts are escaped here.

#include <optional>
#include <string>
#include <vector>

#include "ledger/money.hpp"
#include "ledger/time/calendar.hpp"

namespace costd::charts {

/// The colours of the parts of a whole, "s1" to "s6" in the style sheet; the last is for "other".
inline constexpr int series_max = 6;
std::string series_class(std::size_t n);

struct Slice {
  std::string label;
  Money amount;  ///< below zero counts as nothing
};
/// A ring of the shares with a word in its middle. An empty ring where nothing is above zero.
std::string donut(const std::vector<Slice>& slices, const std::string& middle,
                  const std::string& middle_note);

/// A horizontal bar of that share of the width; `style` is a class: "s1", "green", "amber", "red".
/// `mark_percent` draws a line there (a soft limit).
std::string bar(Money part, Money whole, const std::string& style,
                std::optional<int> mark_percent = std::nullopt);

struct SpentDay {
  Day day{};
  Money amount;
  bool is_marked = false;  ///< a day of an anomaly
};
/// One day to come: estimates in order, low95 <= low80 <= expected <= high80 <= high95.
struct ExpectedDay {
  Day day{};
  Money expected;
  Money low80;
  Money high80;
  Money low95;
  Money high95;
};
struct DailyChart {
  std::vector<SpentDay> spent;        ///< consecutive days
  std::vector<ExpectedDay> expected;  ///< the days after them; may be empty
};
/// A line of what was spent by day, then a dashed line of what is expected inside its 80 % and 95 %
/// intervals. `width` is in units of which a letter has about 11: 760 for a screen, 380 for a
/// phone.
std::string daily_lines(const DailyChart& chart, int width);

/// Text as it stands between tags and in quoted attributes.
std::string escaped(const std::string& text);

}  // namespace costd::charts
