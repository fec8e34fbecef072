#pragma once
// The fields of a cron expression as sets of numbers, and which days of a month they pick.

#include <array>
#include <chrono>
#include <cstdint>
#include <string_view>

namespace costd {

enum class CronSeconds { absent, leading_field };

/// How the two day fields combine: Vixie's rule is `either` when both are restricted.
enum class CronDayRule { either, both };

/// When the expression is due relative to a clock change.
enum class CronTiming { fixed_time, elapsed_time };

/// Bit n of a set stands for the number n.
struct CronDays {
  std::uint32_t of_month = 0;         ///< 1 to 31
  std::uint32_t before_last = 0;      ///< L is bit 0, L-3 is bit 3
  std::uint32_t nearest_weekday = 0;  ///< 15W is bit 15
  bool last_weekday = false;          ///< LW
  std::uint32_t of_week = 0;          ///< 0 (Sunday) to 6
  /// By weekday: FRI#3 is bit 3 of [5], FRI#L is bit 0.
  std::array<std::uint8_t, 7> nth_of_week{};
  CronDayRule rule = CronDayRule::both;
};

struct CronFields {
  std::uint64_t seconds = 1;
  std::uint64_t minutes = 0;
  std::uint64_t hours = 0;
  std::uint64_t months = 0;  ///< 1 to 12
  CronDays days;
  CronTiming timing = CronTiming::fixed_time;
};

/// Throws Error(config) naming the field and the remedy.
CronFields parse_cron_fields(std::string_view text, CronSeconds seconds);

/// The days of the month that match, as bits 1 to 31. The month field is not looked at.
std::uint32_t matching_days(const CronDays& days, std::chrono::year_month month);

}  // namespace costd
