#pragma once
// Finds days that cost other than expected, day by day, each judged by what was known before it.
// Works on estimates in USD; none is ever charged.

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "ledger/anomaly.hpp"
#include "ledger/forecast_shape.hpp"
#include "ledger/spend_expectation.hpp"
#include "ledger/spend_habits.hpp"

namespace costd {

/// Chosen by the tuning set of tests/bench/anomaly. Deviations are those of an ordinary day.
struct WatchParameters {
  ExpectationParameters expectation;
  HabitParameters habits;
  double cents = 1;             ///< USD, added before the logarithm: cents are no news
  double day_deviations = 3.8;  ///< of one day that begins an incident,
  double run_deviations = 3.8;  ///< or of two or three days together,
  double ratio_min = 0.17;      ///< and its logarithm: less is not worth a word
  double goes_on_deviations = 2;
  double error_share = 0.92;  ///< quantile of the errors of `errors_kept` days, incidents too,
  double error_factor = 1.7;  ///< beyond which a day must lie by this factor,
  double run_factor = 0.7;    ///< and two or three by this part of it
  std::size_t errors_kept = 91;
  std::size_t shift_days = 5;  ///< days of an incident that are a new level
};

/// Days before a series, or a level that came out of nothing, is judged.
inline constexpr std::size_t watch_history_days = 14;
inline constexpr std::size_t watch_quiet_days = 21;
/// Days without cost after which cost is new, and days that an incident of new spend lasts.
inline constexpr std::size_t watch_gap_days = 28;
inline constexpr std::size_t watch_new_days = 7;

struct WatchOptions {
  double impact_min = 10;  ///< USD; smaller deviations are no anomaly
  WatchParameters parameters;
};

struct WatchedDay {
  double expected = 0;     ///< USD
  double deviations = 0;   ///< of the error, signed
  bool is_judged = false;  ///< long enough known, not planned, not within a quiet period
};

/// Days that belong together, by the indexes of their values.
struct WatchIncident {
  AnomalyClass kind = AnomalyClass::spike;
  std::size_t first = 0;
  std::size_t last = 0;   ///< inclusive
  std::size_t told = 0;   ///< the day that made it an incident: `first` or up to two days later
  double deviations = 0;  ///< the largest of its days
};

/// What is known of the day after the values.
struct NextDay {
  double expected = 0;        ///< USD, with a batch job that is due
  double limit = 0;           ///< of a complete day's logarithm above it
  bool is_judged = false;     ///< as WatchedDay
  bool would_be_new = false;  ///< any cost would be new spend
};

struct WatchResult {
  std::vector<WatchedDay> days;
  std::vector<WatchIncident> incidents;
  NextDay next;
};

/// `values` are USD of consecutive complete days; a day without cost is 0. `calendar` has their
/// days and the next one. Days with `planned` set are neither judged nor learned; it may be
/// shorter.
///
/// A flagged day never enters what is expected. Up to the fifth day in a row it is a spike or a
/// drop; then the level has shifted, days are judged by the new one, and a return to the old one
/// within four weeks is no news. Cost after 28 days of nothing is new spend, and quiet for 21 days.
WatchResult watch_spend(std::span<const double> values, std::span<const CalendarDay> calendar,
                        std::span<const char> planned, const WatchOptions& options);

/// Whether a running day has cost too much already. `share` of an ordinary day's cost comes until
/// now, 0 to 1. Only spikes and new spend: what is missing may still come.
std::optional<AnomalyClass> judge_running_day(const NextDay& next, double cost_so_far, double share,
                                              const WatchOptions& options);

}  // namespace costd
