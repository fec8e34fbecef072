#include "ledger/time/calendar.hpp"

#include <fmt/format.h>

#include <array>
#include <boost/date_time/gregorian/gregorian_types.hpp>

namespace costd {
namespace {

using std::chrono::year_month_day;

constexpr std::array<const char*, 12> month_names{"January",   "February", "March",    "April",
                                                  "May",       "June",     "July",     "August",
                                                  "September", "October",  "November", "December"};
constexpr std::array<const char*, 7> weekday_names{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

year_month_day date_of(Day day) {
  return year_month_day{day};
}

boost::gregorian::date to_boost(Month month) {
  return {static_cast<unsigned short>(static_cast<int>(month.year())),
          static_cast<unsigned short>(static_cast<unsigned>(month.month())), 1};
}

Month from_boost(boost::gregorian::date date) {
  return Month{std::chrono::year{static_cast<int>(date.year())},
               std::chrono::month{date.month().as_number()}};
}

std::optional<unsigned> number(std::string_view text) {
  unsigned value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  return value;
}

std::string short_name(std::chrono::month month) {
  return std::string(month_names[static_cast<unsigned>(month) - 1]).substr(0, 3);
}

}  // namespace

int to_month_number(Month month) {
  return static_cast<int>(month.year()) * 100 +
         static_cast<int>(static_cast<unsigned>(month.month()));
}

Month from_month_number(int number) {
  return Month{std::chrono::year{number / 100},
               std::chrono::month{static_cast<unsigned>(number % 100)}};
}

std::optional<Day> parse_day(std::string_view text) {
  if (text.size() != 10 || text[7] != '-') return std::nullopt;
  const auto month = parse_month(text.substr(0, 7));
  const auto day = number(text.substr(8));
  if (!month || !day) return std::nullopt;
  const year_month_day date = *month / std::chrono::day{*day};
  if (!date.ok()) return std::nullopt;
  return Day{date};
}

std::optional<Month> parse_month(std::string_view text) {
  if (text.size() != 7 || text[4] != '-') return std::nullopt;
  const auto year = number(text.substr(0, 4));
  const auto month = number(text.substr(5));
  if (!year || !month || *year < 1400 || *month < 1 || *month > 12) return std::nullopt;
  return Month{std::chrono::year{static_cast<int>(*year)}, std::chrono::month{*month}};
}

std::string format_day(Day day) {
  const auto date = date_of(day);
  return fmt::format("{}-{:02}", format_month(month_of(day)), static_cast<unsigned>(date.day()));
}

std::string format_month(Month month) {
  return fmt::format("{:04}-{:02}", static_cast<int>(month.year()),
                     static_cast<unsigned>(month.month()));
}

Month month_of(Day day) {
  const auto date = date_of(day);
  return Month{date.year(), date.month()};
}

DayRange days_of(Month month) {
  return {Day{year_month_day{month / std::chrono::day{1}}},
          Day{year_month_day{next_month(month) / std::chrono::day{1}}}};
}

Month next_month(Month month) {
  return from_boost(to_boost(month) + boost::gregorian::months(1));
}

Month previous_month(Month month) {
  return from_boost(to_boost(month) - boost::gregorian::months(1));
}

std::optional<Month> whole_month(const DayRange& range) {
  const Month month = month_of(range.from);
  return days_of(month) == range ? std::optional(month) : std::nullopt;
}

Day start_of_week(Day day) {
  const std::chrono::weekday weekday{day};
  return day - (weekday - std::chrono::Monday);
}

std::vector<Day> each_day(const DayRange& range) {
  std::vector<Day> days;
  for (Day day = range.from; day < range.to; day += std::chrono::days(1)) days.push_back(day);
  return days;
}

std::string name_of(Month month) {
  return fmt::format("{} {}", month_names[static_cast<unsigned>(month.month()) - 1],
                     static_cast<int>(month.year()));
}

std::string describe(const DayRange& range) {
  const auto first = date_of(range.from);
  const auto last = date_of(range.to - std::chrono::days(1));
  const auto dom = [](const year_month_day& date) { return static_cast<unsigned>(date.day()); };
  const std::string end =
      fmt::format("{} {} {}", dom(last), short_name(last.month()), static_cast<int>(last.year()));
  if (first == last) return end;
  if (first.year() != last.year()) {
    return fmt::format("{} {} {} – {}", dom(first), short_name(first.month()),
                       static_cast<int>(first.year()), end);
  }
  if (first.month() != last.month()) {
    return fmt::format("{} {} – {}", dom(first), short_name(first.month()), end);
  }
  return fmt::format("{}–{}", dom(first), end);
}

std::string describe(Day day) {
  const auto date = date_of(day);
  return fmt::format("{} {} {}", weekday_names[std::chrono::weekday{day}.c_encoding()],
                     static_cast<unsigned>(date.day()), short_name(date.month()));
}

}  // namespace costd
