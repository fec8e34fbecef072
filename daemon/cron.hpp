#pragma once
// When a schedule is due: cron expressions in a time zone. Pure: no clock, no state.

#include <optional>
#include <string>
#include <string_view>

#include "daemon/cron_field.hpp"
#include "ledger/time/zone.hpp"

namespace costd {

enum class DstGap { run, skip };

/// A parsed expression: five fields (minute hour day-of-month month day-of-week), or six with
/// leading seconds, or a nickname (@yearly @annually @monthly @weekly @daily @midnight @hourly).
class CronExpression {
 public:
  /// Throws Error(config) naming the field and the remedy.
  static CronExpression parse(std::string_view text, CronSeconds seconds = CronSeconds::absent);

  const std::string& text() const { return text_; }
  const CronFields& fields() const { return fields_; }

  /// The first slot strictly after `instant`. Fixed-time expressions (neither the minute nor the
  /// hour field begins with '*') fire once per matching wall-clock time: one inside a spring gap
  /// moves to the gap's end (or is skipped, by `gap`), a repeated autumn one fires at its first
  /// occurrence. Others fire at every instant whose wall clock matches. Nothing if no date within
  /// 40 years matches (30 February).
  std::optional<Instant> next_after(Instant instant, const Zone& zone,
                                    DstGap gap = DstGap::run) const;

  /// The last slot strictly before `instant`: the one whose next slot is the first one at or after
  /// `instant`. Nothing if no date of the 40 years before matches.
  std::optional<Instant> previous_before(Instant instant, const Zone& zone,
                                         DstGap gap = DstGap::run) const;

 private:
  CronExpression(std::string text, const CronFields& fields)
      : text_(std::move(text)), fields_(fields) {}

  std::string text_;
  CronFields fields_;
};

/// The expression names times of the day (`30 2 * * *`, `@daily`); others (`*/10 * * * *`,
/// `@hourly`) follow elapsed time. Decides how a slot in a gap or a fold of the clock is treated.
bool is_fixed_time(const CronExpression& expression);

}  // namespace costd
