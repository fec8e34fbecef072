#pragma once
// Dates of the billing zone: days, months, half-open ranges, and how people write them.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace costd {

/// A date in some billing zone; arithmetic in days.
using Day = std::chrono::local_days;
using Month = std::chrono::year_month;

/// [from, to): every window in costd is half-open.
struct DayRange {
  Day from{};
  Day to{};
  int days() const { return static_cast<int>((to - from).count()); }
  bool contains(Day day) const { return from <= day && day < to; }
  friend bool operator==(const DayRange&, const DayRange&) = default;
};

/// Days since 1970-01-01, as the database keeps them.
constexpr int to_day_number(Day day) {
  return static_cast<int>(day.time_since_epoch().count());
}
constexpr Day from_day_number(int number) {
  return Day(std::chrono::days(number));
}
/// 202610 for October 2026, as the database keeps months.
int to_month_number(Month month);
Month from_month_number(int number);

/// "2026-10-31", strictly; nothing if it is not a real date.
std::optional<Day> parse_day(std::string_view text);
/// "2026-10", strictly.
std::optional<Month> parse_month(std::string_view text);
std::string format_day(Day day);        ///< "2026-10-31"
std::string format_month(Month month);  ///< "2026-10"

Month month_of(Day day);
DayRange days_of(Month month);
Month next_month(Month month);
Month previous_month(Month month);
/// The range is exactly one calendar month.
std::optional<Month> whole_month(const DayRange& range);
/// Monday of the ISO week the day is in.
Day start_of_week(Day day);
/// Every day of the range, in order.
std::vector<Day> each_day(const DayRange& range);

/// "October 2026".
std::string name_of(Month month);
/// "1–31 Oct 2026", "1 Oct – 15 Nov 2026", "20 Dec 2025 – 3 Jan 2026"; the last day is inclusive.
std::string describe(const DayRange& range);
/// "Mon 5 Oct".
std::string describe(Day day);

}  // namespace costd
