#include "ledger/spend_watch.hpp"

#include <algorithm>
#include <cmath>

#include "ledger/forecast_statistics.hpp"

namespace costd {
namespace {

constexpr std::size_t way_back_days = 28;
constexpr std::size_t known_days = 7;  ///< of a tenant, before cost of a series can be new
/// Days that follow each other and are weighed together with a third.
constexpr std::size_t run_most = 2;

/// A day's error, and how far off an ordinary day is; logarithms.
struct Error {
  double size = 0;
  double spread = 1;
  double deviations() const { return size / spread; }
};

bool same_sign(double a, double b) {
  return a * b > 0;
}

class Watch {
 public:
  Watch(std::span<const double> values, std::span<const CalendarDay> calendar,
        std::span<const char> planned, const WatchOptions& options)
      : values_(values),
        calendar_(calendar),
        planned_(planned),
        options_(options),
        p_(options.parameters),
        expectation_(p_.expectation),
        habits_(values, calendar, p_.habits) {}

  WatchResult run() {
    result_.days.resize(values_.size());
    for (std::size_t n = 0; n < values_.size(); ++n) step(n);
    look_ahead();
    return std::move(result_);
  }

 private:
  double log_of(double usd) const { return std::log(std::max(0.0, usd) + p_.cents); }
  double usd_of(double log) const { return std::max(0.0, std::exp(log) - p_.cents); }
  bool is_planned(std::size_t n) const { return n < planned_.size() && planned_[n] != 0; }
  double impact(std::size_t n) const { return values_[n] - result_.days[n].expected; }
  WatchIncident& incident() { return result_.incidents.back(); }

  void step(std::size_t n) {
    if (comes_out_of_nothing(n)) return begin(n);
    if (!began_) return;
    expectation_.advance();
    const Expected expected = expectation_.on(calendar_[n].weekday);
    const Error error{log_of(values_[n]) - expected.cost, expected.deviation};
    habits_.remember(n, expected.level);
    level_ = expected.level;
    WatchedDay& day = result_.days[n];
    day = {usd_of(expected.cost), error.deviations(), n - *began_ >= quiet_ && !is_planned(n)};
    if (n < new_until_ && values_[n] > 0) go_on_being_new(n);
    if (is_planned(n)) {
      run_.clear();
      return;
    }
    if (day.is_judged && judge(n, error)) return;
    run_.clear();
    learn(n, error);
  }

  bool comes_out_of_nothing(std::size_t n) {
    if (values_[n] <= 0) {
      ++zeros_;
      return false;
    }
    const bool nothing = !began_ || zeros_ >= watch_gap_days;
    zeros_ = 0;
    return nothing;
  }

  void begin(std::size_t n) {
    const bool is_new = n >= known_days;
    if (is_new && values_[n] >= options_.impact_min && !is_planned(n)) {
      result_.incidents.push_back({AnomalyClass::new_spend, n, n, n, 0});
      result_.days[n].is_judged = true;
      new_until_ = n + watch_new_days;
    }
    quiet_ = is_new ? watch_quiet_days : watch_history_days;
    began_ = n;
    run_.clear();
    learned_.clear();
    shifted_.reset();
    expectation_.restart(log_of(values_[n]), calendar_[n].weekday);
    habits_.remember(n, expectation_.on(calendar_[n].weekday).level);
  }

  void go_on_being_new(std::size_t n) {
    result_.days[n].expected = 0;
    incident().last = n;
  }

  void learn(std::size_t n, const Error& error) {
    learned_.push_back(error);
    note(error);
    expectation_.learn(calendar_[n].weekday, log_of(values_[n]));
  }

  /// Whether the day is one that must not be learned, or was.
  bool judge(std::size_t n, const Error& error) {
    if (!run_.empty()) {
      if (goes_on(n, error)) return true;
      run_.clear();
    }
    if (std::fabs(impact(n)) < options_.impact_min) return false;
    if (std::fabs(error.size) >= limit(error.spread)) return judge_surprise(n, error);
    const std::size_t before = days_alike_before(n, error);
    if (before == 0 || is_batch(n) || habits_.is_habit(n, error.size)) return false;
    open(n, n - before, error);
    return true;
  }

  double limit(double spread) const {
    return std::max({p_.day_deviations * spread, p_.ratio_min, error_limit_});
  }

  bool judge_surprise(std::size_t n, const Error& error) {
    if (is_batch(n) || is_first_edge(n, error)) return true;
    if (is_way_back(n, error)) return true;
    if (habits_.is_habit(n, error.size)) {
      habits_.surprise(n, error.size);
    } else if (habits_.is_weekly(n, error.size)) {
      habits_.surprise(n, error.size);
      note(error);
      expectation_.learn(calendar_[n].weekday, log_of(values_[n]));
    } else {
      open(n, n, error);
    }
    return true;
  }

  bool is_batch(std::size_t n) const {
    return habits_.is_batch(n, values_[n], result_.days[n].expected, level_);
  }

  /// The first last day, or first day, of a month that is seen: a batch job may run then.
  bool is_first_edge(std::size_t n, const Error& error) const {
    const CalendarDay& day = calendar_[n];
    if (error.size <= 0 || (day.days_to_end != 0 && day.month_day != 1)) return false;
    const auto seen = calendar_.subspan(*began_, n - *began_);
    return std::ranges::none_of(seen, [&](const CalendarDay& before) {
      return day.month_day == 1 ? before.month_day == 1 : before.days_to_end == 0;
    });
  }

  /// Back from a new level that did not last.
  bool is_way_back(std::size_t n, const Error& error) {
    if (!shifted_ || n - shifted_->at > way_back_days || same_sign(shifted_->by, error.size) ||
        std::fabs(error.size + shifted_->by) >= limit(error.spread)) {
      return false;
    }
    expectation_.shift(-shifted_->by);
    shifted_.reset();
    return true;
  }

  /// How many days just before this one deviate alike, so that together they are an incident.
  std::size_t days_alike_before(std::size_t n, const Error& error) const {
    double sum = error.deviations();
    for (std::size_t before = 1; before <= run_most && before < learned_.size(); ++before) {
      const Error& then = learned_[learned_.size() - before];
      const double least = std::min(std::fabs(then.size), std::fabs(error.size));
      if (n - before <= last_flagged_ || !same_sign(then.size, error.size)) return 0;
      sum += then.deviations();
      const double together = std::fabs(sum) / std::sqrt(static_cast<double>(before + 1));
      if (together >= p_.run_deviations && least >= p_.ratio_min * p_.run_factor &&
          std::fabs(error.size) >= error_limit_ * p_.run_factor) {
        return before;
      }
    }
    return 0;
  }

  void open(std::size_t n, std::size_t first, const Error& error) {
    const AnomalyClass kind = error.size > 0 ? AnomalyClass::spike : AnomalyClass::drop;
    result_.incidents.push_back({kind, first, n, n, std::fabs(error.deviations())});
    habits_.surprise(n, error.size);
    add(n, error);
  }

  void add(std::size_t n, const Error& error) {
    run_.push_back(error.size);
    last_flagged_ = n;
    note(error);
  }

  bool goes_on(std::size_t n, const Error& error) {
    const bool is_up = incident().kind == AnomalyClass::spike;
    const double least = std::max(p_.goes_on_deviations * error.spread, p_.ratio_min / 2);
    if ((error.size > 0) != is_up || std::fabs(error.size) < least ||
        std::fabs(impact(n)) < options_.impact_min / 2) {
      return false;
    }
    incident().last = n;
    incident().deviations = std::max(incident().deviations, std::fabs(error.deviations()));
    add(n, error);
    if (n - incident().first + 1 >= p_.shift_days) settle(n);
    return true;
  }

  /// The level is another one now.
  void settle(std::size_t n) {
    incident().kind = AnomalyClass::level_shift;
    shifted_ = Shift{n, median_of(run_)};
    expectation_.shift(shifted_->by);
    run_.clear();
  }

  /// All errors, those of incidents too, say what is unusual for this series.
  void note(const Error& error) {
    errors_.push_back(std::fabs(error.size));
    if (errors_.size() > p_.errors_kept) errors_.erase(errors_.begin());
    if (errors_.size() < watch_history_days) return;
    error_limit_ = p_.error_factor * quantile_of(errors_, p_.error_share);
  }

  void look_ahead() {
    const std::size_t n = values_.size();
    NextDay& next = result_.next;
    next.would_be_new = (!began_ || zeros_ >= watch_gap_days) && n >= known_days && !is_planned(n);
    if (!began_) return;
    expectation_.advance();
    const Expected expected = expectation_.on(calendar_[n].weekday);
    next.expected = usd_of(expected.cost) + habits_.batch_on(n, expected.level);
    next.limit = limit(expected.deviation);
    next.is_judged = n - *began_ >= quiet_ && !is_planned(n);
  }

  struct Shift {
    std::size_t at = 0;
    double by = 0;
  };

  std::span<const double> values_;
  std::span<const CalendarDay> calendar_;
  std::span<const char> planned_;
  const WatchOptions& options_;
  const WatchParameters& p_;
  SpendExpectation expectation_;
  SpendHabits habits_;
  WatchResult result_;
  std::optional<std::size_t> began_;  ///< the first day of what is watched now
  std::size_t quiet_ = 0;             ///< days after it that are not judged
  std::size_t zeros_ = 0;             ///< days without cost in a row
  std::size_t new_until_ = 0;
  double level_ = 0;
  double error_limit_ = 0;
  std::vector<double> run_;  ///< errors of the incident that goes on; empty = none does
  std::size_t last_flagged_ = 0;
  std::optional<Shift> shifted_;
  std::vector<Error> learned_;
  std::vector<double> errors_;
};

}  // namespace

WatchResult watch_spend(std::span<const double> values, std::span<const CalendarDay> calendar,
                        std::span<const char> planned, const WatchOptions& options) {
  return Watch(values, calendar, planned, options).run();
}

std::optional<AnomalyClass> judge_running_day(const NextDay& next, double cost_so_far, double share,
                                              const WatchOptions& options) {
  if (next.would_be_new && cost_so_far >= options.impact_min) return AnomalyClass::new_spend;
  const double part = std::clamp(share, 0.0, 1.0);
  if (!next.is_judged || part <= 0) return std::nullopt;
  const double expected = next.expected * part;
  if (cost_so_far - expected < options.impact_min) return std::nullopt;
  // A part of a day varies more than a day: as if its hours were independent of each other.
  const double cents = options.parameters.cents;
  const double error = std::log((cost_so_far + cents) / (expected + cents));
  if (error < next.limit / std::sqrt(part)) return std::nullopt;
  return AnomalyClass::spike;
}

}  // namespace costd
