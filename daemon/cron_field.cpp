#include "daemon/cron_field.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "ledger/error.hpp"

namespace costd {
namespace {

constexpr std::array<std::string_view, 12> month_names{"JAN", "FEB", "MAR", "APR", "MAY", "JUN",
                                                       "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};
constexpr std::array<std::string_view, 7> weekday_names{"SUN", "MON", "TUE", "WED",
                                                        "THU", "FRI", "SAT"};

/// What a field may hold, and the text being read, for messages.
struct Field {
  std::string_view name;
  int min;
  int max;
  std::span<const std::string_view> names;  ///< the first stands for `first_name`
  int first_name;
  std::string text;  ///< upper case
};

[[noreturn]] void refuse(const Field& field, const std::string& why) {
  throw Error(ErrorCode::config, fmt::format("{} \"{}\": {}", field.name, field.text, why));
}

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return result;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const auto at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

std::vector<std::string_view> words_of(std::string_view text) {
  constexpr std::string_view blanks = " \t";
  std::vector<std::string_view> words;
  for (auto at = text.find_first_not_of(blanks); at != std::string_view::npos;) {
    const auto end = std::min(text.find_first_of(blanks, at), text.size());
    words.push_back(text.substr(at, end - at));
    at = text.find_first_not_of(blanks, end);
  }
  return words;
}

std::optional<int> parse_number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool digits_only = !text.empty() && text.front() >= '0' && text.front() <= '9';
  if (!digits_only || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

int parse_value(const Field& field, std::string_view text) {
  for (std::size_t i = 0; i < field.names.size(); ++i) {
    if (text == field.names[i]) return field.first_name + static_cast<int>(i);
  }
  const auto value = parse_number(text);
  if (!value) refuse(field, fmt::format("\"{}\" is not a number or name of this field", text));
  if (*value < field.min || *value > field.max) {
    refuse(field, fmt::format("{} is outside {}-{}", text, field.min, field.max));
  }
  return *value;
}

/// `*`, `5`, `5-9`, `*/10` or `5-59/15`, as bits.
std::uint64_t parse_item(const Field& field, std::string_view item) {
  const auto slash = item.find('/');
  const auto range = item.substr(0, slash);
  const auto dash = range.find('-');
  int first = field.min;
  int last = field.max;
  int step = 1;
  if (slash != std::string_view::npos) {
    const auto number = parse_number(item.substr(slash + 1));
    if (!number || *number < 1) refuse(field, "a step is a whole number from 1, such as */15");
    step = *number;
  }
  if (dash != std::string_view::npos) {
    first = parse_value(field, range.substr(0, dash));
    last = parse_value(field, range.substr(dash + 1));
    if (first > last) {
      refuse(field,
             fmt::format("the range {} runs backwards; write two ranges with a comma", range));
    }
  } else if (range != "*") {
    if (slash != std::string_view::npos) {
      refuse(field, fmt::format("a step needs a range; write {}-{}/{} or */{}", range, field.max,
                                step, step));
    }
    first = last = parse_value(field, range);
  }
  std::uint64_t bits = 0;
  for (std::int64_t value = first; value <= last; value += step) bits |= std::uint64_t{1} << value;
  return bits;
}

std::uint64_t parse_list(const Field& field) {
  std::uint64_t bits = 0;
  for (const auto item : split(field.text, ',')) bits |= parse_item(field, item);
  return bits;
}

bool is_star(std::string_view field) {
  return field.starts_with('*') || field == "?";
}

std::string without_question_mark(std::string_view text) {
  return text == "?" ? "*" : upper(text);
}

/// `L`, `L-3`, `LW` and `15W`; false if the item is none of them.
bool parse_month_day_modifier(const Field& field, std::string_view item, CronDays& days) {
  if (item == "L") {
    days.before_last |= 1;
  } else if (item == "LW") {
    days.last_weekday = true;
  } else if (item.starts_with("L-")) {
    const auto number = parse_number(item.substr(2));
    if (!number || *number > 30) refuse(field, "L-n takes a number from 0 to 30, such as L-3");
    days.before_last |= std::uint32_t{1} << *number;
  } else if (item.ends_with('W')) {
    const auto number = parse_number(item.substr(0, item.size() - 1));
    if (!number) refuse(field, "W takes one day of the month, such as 15W, or LW");
    if (*number < 1 || *number > 31) refuse(field, fmt::format("there is no day {}", *number));
    days.nearest_weekday |= std::uint32_t{1} << *number;
  } else {
    return false;
  }
  return true;
}

void parse_month_days(std::string_view text, CronDays& days) {
  const Field field{"day-of-month", 1, 31, {}, 0, without_question_mark(text)};
  for (const auto item : split(field.text, ',')) {
    if (!parse_month_day_modifier(field, item, days)) {
      days.of_month |= static_cast<std::uint32_t>(parse_item(field, item));
    }
  }
}

/// `FRI#3`, `FRI#L` and `5L`; false if the item is none of them.
bool parse_weekday_modifier(const Field& field, std::string_view item, CronDays& days) {
  const auto hash = item.find('#');
  std::string_view weekday;
  std::string_view which;
  if (hash != std::string_view::npos) {
    weekday = item.substr(0, hash);
    which = item.substr(hash + 1);
  } else if (item.ends_with('L')) {
    weekday = item.substr(0, item.size() - 1);
    which = "L";
  } else {
    return false;
  }
  if (weekday.empty()) refuse(field, "L needs its weekday here, such as FRI#L");
  const auto number = which == "L" ? 0 : parse_number(which).value_or(0);
  if (which != "L" && (number < 1 || number > 5)) {
    refuse(field, "# takes a number from 1 to 5 or L, such as FRI#3 or FRI#L");
  }
  auto& bits = days.nth_of_week[static_cast<std::size_t>(parse_value(field, weekday) % 7)];
  bits = static_cast<std::uint8_t>(bits | (1U << number));
  return true;
}

void parse_weekdays(std::string_view text, CronDays& days) {
  const Field field{"day-of-week", 0, 7, weekday_names, 0, without_question_mark(text)};
  for (const auto item : split(field.text, ',')) {
    if (parse_weekday_modifier(field, item, days)) continue;
    const auto bits = static_cast<std::uint32_t>(parse_item(field, item));
    days.of_week |= (bits | bits >> 7) & 0x7f;  // 7 is Sunday, too
  }
}

CronDays parse_days(std::string_view month_days, std::string_view weekdays) {
  CronDays days;
  const bool both_asked = weekdays.starts_with('+');
  if (both_asked) weekdays.remove_prefix(1);
  parse_month_days(month_days, days);
  parse_weekdays(weekdays, days);
  const bool restricted = !is_star(month_days) && !is_star(weekdays);
  days.rule = restricted && !both_asked ? CronDayRule::either : CronDayRule::both;
  return days;
}

std::string_view expand_nickname(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 7> nicknames{{
      {"@yearly", "0 0 1 1 *"},
      {"@annually", "0 0 1 1 *"},
      {"@monthly", "0 0 1 * *"},
      {"@weekly", "0 0 * * 0"},
      {"@daily", "0 0 * * *"},
      {"@midnight", "0 0 * * *"},
      {"@hourly", "0 * * * *"},
  }};
  for (const auto& [nickname, fields] : nicknames) {
    if (text == nickname) return fields;
  }
  if (text == "@reboot") {
    throw Error(ErrorCode::config,
                "@reboot has no time to be due at; write a time and let the schedule's catch_up "
                "start what was missed while costd was down");
  }
  if (text == "@month_end") {
    throw Error(ErrorCode::config,
                "@month_end would miss the month's last minute; write 0 0 1 * * with period: "
                "previous_month");
  }
  throw Error(ErrorCode::config,
              "unknown nickname; write one of @yearly @annually @monthly @weekly @daily @midnight "
              "@hourly, in lower case and alone");
}

CronFields parse_words(std::vector<std::string_view> words, CronSeconds seconds) {
  CronFields fields;
  const std::size_t expected = seconds == CronSeconds::leading_field ? 6 : 5;
  if (words.size() != expected) {
    const auto* const hint = words.size() == 6 ? "; a leading field of seconds needs seconds: true"
                             : words.size() == 5
                                 ? "; with seconds: true the first field is the second"
                                 : "";
    throw Error(ErrorCode::config,
                fmt::format("{} fields where {} are due (minute hour day-of-month month "
                            "day-of-week){}",
                            words.size(), expected, hint));
  }
  if (seconds == CronSeconds::leading_field) {
    fields.seconds = parse_list({"second", 0, 59, {}, 0, upper(words.front())});
    words.erase(words.begin());
  }
  fields.minutes = parse_list({"minute", 0, 59, {}, 0, upper(words[0])});
  fields.hours = parse_list({"hour", 0, 23, {}, 0, upper(words[1])});
  fields.months = parse_list({"month", 1, 12, month_names, 1, upper(words[3])});
  fields.days = parse_days(words[2], words[4]);
  const bool elapsed = words[0].starts_with('*') || words[1].starts_with('*');
  fields.timing = elapsed ? CronTiming::elapsed_time : CronTiming::fixed_time;
  return fields;
}

/// The day from Monday to Friday nearest to `day`, never in another month.
int nearest_weekday(int day, int last_day, unsigned weekday) {
  if (weekday == 6) return day > 1 ? day - 1 : day + 2;
  if (weekday == 0) return day < last_day ? day + 1 : day - 2;
  return day;
}

/// The weekday (0 to 6) of every day of one month.
struct MonthShape {
  int last_day;
  unsigned first_weekday;
  unsigned weekday(int day) const { return (first_weekday + static_cast<unsigned>(day - 1)) % 7; }
};

std::uint32_t by_month_day(const CronDays& days, const MonthShape& month) {
  std::uint32_t bits = days.of_month;
  const auto add = [&bits](int day) { bits |= std::uint32_t{1} << day; };
  for (int day = 1; day <= month.last_day; ++day) {
    if (days.nearest_weekday >> day & 1) {
      add(nearest_weekday(day, month.last_day, month.weekday(day)));
    }
    if (days.before_last >> (month.last_day - day) & 1) add(day);
  }
  if (days.last_weekday) {
    add(nearest_weekday(month.last_day, month.last_day, month.weekday(month.last_day)));
  }
  return bits;
}

std::uint32_t by_weekday(const CronDays& days, const MonthShape& month) {
  std::uint32_t bits = 0;
  for (int day = 1; day <= month.last_day; ++day) {
    const auto weekday = month.weekday(day);
    const auto nth = days.nth_of_week[weekday];
    const bool is_last = day + 7 > month.last_day;
    const bool matches =
        (days.of_week >> weekday & 1) || (nth >> ((day - 1) / 7 + 1) & 1) || (is_last && (nth & 1));
    if (matches) bits |= std::uint32_t{1} << day;
  }
  return bits;
}

}  // namespace

CronFields parse_cron_fields(std::string_view text, CronSeconds seconds) {
  auto words = words_of(text);
  try {
    if (!words.empty() && words.front().starts_with('@')) {
      const auto nickname = words.size() == 1 ? words.front() : text;
      words = words_of(expand_nickname(nickname));
      seconds = CronSeconds::absent;
    }
    return parse_words(std::move(words), seconds);
  } catch (const Error& error) {
    throw Error(error.code(), fmt::format("cron expression \"{}\": {}", text, error.what()));
  }
}

std::uint32_t matching_days(const CronDays& days, std::chrono::year_month month) {
  using namespace std::chrono;
  const MonthShape shape{static_cast<int>(unsigned((month / last).day())),
                         weekday(sys_days(month / 1)).c_encoding()};
  const auto in_month = (std::uint32_t{0xffffffff} >> (31 - shape.last_day)) & ~std::uint32_t{1};
  const auto by_date = by_month_day(days, shape) & in_month;
  const auto by_day = by_weekday(days, shape);
  return days.rule == CronDayRule::either ? by_date | by_day : by_date & by_day;
}

}  // namespace costd
