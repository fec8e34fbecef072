#pragma once
// The rollup tables: daily usage, daily charges, and which days wait to be rated.

#include <optional>
#include <set>
#include <vector>

#include "ledger/daily_usage.hpp"
#include "ledger/rating.hpp"

namespace costd {

class Connection;
class UnitOfWork;

/// Adds the rows to what is there and marks their days as unrated.
void add_daily_usage(UnitOfWork& unit, const std::vector<DailyUsage>& rows);
std::vector<DailyUsage> load_daily_usage(Connection& connection, Day day);

/// Days whose charges are out of date, oldest first.
std::vector<Day> load_unrated_days(Connection& connection);
/// Marks all days with usage from `from` on as unrated: the prices have changed.
void mark_unrated_from(UnitOfWork& unit, Day from);

/// Replaces the day's charges but those booked in a closed month, and takes the day's mark away.
/// `charges` holds no row that is booked in a closed month.
void replace_daily_charges(UnitOfWork& unit, Day day, const std::vector<DailyCharge>& charges);

/// First and last day with usage; nothing if there is none.
std::optional<DayRange> load_usage_days(Connection& connection);

}  // namespace costd
