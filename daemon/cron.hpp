#pragma once
// When a schedule is due: cron expressions in a time zone. Pure: no clock, no state.

#include <array>
#include <bitset>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/time/zone.hpp"

namespace costd {

enum class DstGap { run, skip };
enum class CronSeconds { absent, leading_field };

/// A parsed expression: five fields (minute hour day-of-month month day-of-week), or six with
/// leading seconds, or a nickname (@yearly @annually @monthly @weekly @daily @midnight @hourly).
class CronExpression {
 public:
  /// Throws Error(config) naming the field and the remedy.
  static CronExpression parse(std::string_view text, CronSeconds seconds = CronSeconds::absent);

  const std::string& text() const { return text_; }

  /// The first slot strictly after `instant`. Fixed-time expressions (neither the minute nor the
  /// hour field begins with '*') fire once per matching wall-clock time: one inside a spring gap
  /// moves to the gap's end (or is skipped, by `gap`), a repeated autumn one fires at its first
  /// occurrence. Others fire at every instant whose wall clock matches. Nothing if no date within
  /// 40 years matches (30 February).
  std::optional<Instant> next_after(Instant instant, const Zone& zone,
                                    DstGap gap = DstGap::run) const;

 private:
  // The implementer's choice.
  std::string text_;
};

}  // namespace costd
