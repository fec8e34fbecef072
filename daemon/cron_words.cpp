#include "daemon/cron_words.hpp"

#include <fmt/format.h>

#include <vector>

namespace costd {
namespace {

constexpr std::array<const char*, 12> full_month_names{
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December"};
constexpr std::array<const char*, 7> full_weekday_names{
    "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};
constexpr std::array<const char*, 6> ordinals{"last",  "first",  "second",
                                              "third", "fourth", "fifth"};
constexpr std::uint32_t every_weekday = 0x7f;
constexpr std::uint32_t every_month_day = 0xfffffffe;

/// The numbers a field may hold and how one of them reads.
struct Numbers {
  int min;
  int max;
  std::string (*name)(int);
};

std::string as_number(int value) {
  return fmt::format("{}", value);
}
std::string as_month(int value) {
  return full_month_names.at(static_cast<std::size_t>(value - 1));
}
std::string as_weekday(int value) {
  return full_weekday_names.at(static_cast<std::size_t>(value));
}

bool has(std::uint64_t set, int value) {
  return (set >> value & 1) != 0;
}

/// "1, 5 and 9".
std::string join_words(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t n = 0; n < words.size(); ++n) {
    if (n > 0) text += n + 1 == words.size() ? " and " : ", ";
    text += words[n];
  }
  return text;
}

/// The members, three and more in a row as "9 to 17".
std::vector<std::string> words_of(std::uint64_t set, const Numbers& numbers) {
  std::vector<std::string> words;
  for (int first = numbers.min; first <= numbers.max; ++first) {
    if (!has(set, first)) continue;
    int last = first;
    while (last < numbers.max && has(set, last + 1)) ++last;
    if (last - first < 2) last = first;
    words.push_back(last == first ? numbers.name(first)
                                  : numbers.name(first) + " to " + numbers.name(last));
    first = last;
  }
  return words;
}

std::string describe_numbers(std::uint64_t set, const Numbers& numbers, const char* unit) {
  const auto words = words_of(set, numbers);
  if (words.size() == 1 && has(set, numbers.min) && has(set, numbers.max)) {
    return fmt::format("every {}", unit);
  }
  const bool one = words.size() == 1 && (set & (set - 1)) == 0;
  return fmt::format("at {}{} {}", unit, one ? "" : "s", join_words(words));
}

}  // namespace

std::string describe_seconds(const CronFields& fields) {
  return describe_numbers(fields.seconds, {0, 59, as_number}, "second");
}

std::string describe_minutes(const CronFields& fields) {
  return describe_numbers(fields.minutes, {0, 59, as_number}, "minute");
}

std::string describe_hours(const CronFields& fields) {
  return describe_numbers(fields.hours, {0, 23, as_number}, "hour");
}

std::string describe_months(const CronFields& fields) {
  const auto words = words_of(fields.months, {1, 12, as_month});
  if (words.size() == 1 && has(fields.months, 1) && has(fields.months, 12)) return "every month";
  return "in " + join_words(words);
}

std::string describe_month_days(const CronDays& days) {
  if ((days.of_month & every_month_day) == every_month_day) return "every day of the month";
  std::vector<std::string> words;
  if (days.of_month != 0) {
    const bool one = (days.of_month & (days.of_month - 1)) == 0;
    words.push_back((one ? "day " : "days ") +
                    join_words(words_of(days.of_month, {1, 31, as_number})) + " of the month");
  }
  for (int day = 1; day <= 31; ++day) {
    if (!has(days.nearest_weekday, day)) continue;
    words.push_back(fmt::format("the weekday nearest to day {}, in the same month", day));
  }
  for (int before = 30; before >= 1; --before) {
    if (!has(days.before_last, before)) continue;
    words.push_back(
        fmt::format("{} day{} before the last of the month", before, before == 1 ? "" : "s"));
  }
  if (days.last_weekday) words.emplace_back("the last weekday from Monday to Friday of the month");
  if (has(days.before_last, 0)) words.emplace_back("the last day of the month");
  // A month that lacks the day is left out, never rounded.
  const bool may_lack = ((days.of_month | days.nearest_weekday) >> 29) != 0;
  return "on " + join_words(words) + (may_lack ? "; a month without that day has no slot" : "");
}

std::string describe_weekdays(const CronDays& days) {
  if (days.of_week == every_weekday) return "every day of the week";
  std::vector<std::string> words = words_of(days.of_week, {0, 6, as_weekday});
  for (std::size_t weekday = 0; weekday < 7; ++weekday) {
    for (const int nth : {1, 2, 3, 4, 5, 0}) {
      if (!has(days.nth_of_week.at(weekday), nth)) continue;
      words.push_back(fmt::format("the {} {} of the month",
                                  ordinals.at(static_cast<std::size_t>(nth)),
                                  full_weekday_names.at(weekday)));
    }
  }
  return "on " + join_words(words);
}

std::string describe_day_rule(const CronDays& days) {
  if (days.rule == CronDayRule::either) {
    return "a date is due when either day field matches, because neither begins with a star";
  }
  const bool any_date = (days.of_month & every_month_day) == every_month_day;
  const bool any_weekday = days.of_week == every_weekday;
  if (any_date && any_weekday) return "every date of these months is due";
  if (any_date) return "the day-of-week field alone decides";
  if (any_weekday) return "the day-of-month field alone decides";
  return "a date is due when both day fields match";
}

}  // namespace costd
