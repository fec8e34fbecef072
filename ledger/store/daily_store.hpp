#pragma once
// The rollup tables: daily usage, daily charges, and which days wait to be rated.

#include <functional>
#include <optional>
#include <set>
#include <vector>

#include "ledger/daily_usage.hpp"
#include "ledger/rating.hpp"
#include "ledger/store/daily_codec.hpp"

namespace costd {

class Connection;
class UnitOfWork;

/// Adds the rows to what is there and marks their days as unrated.
void add_daily_usage(UnitOfWork& unit, std::vector<DailyUsage> rows);
/// The rows in key order.
std::vector<DailyUsage> load_daily_usage(Connection& connection, Day day);
std::vector<DailyCharge> load_daily_charges(Connection& connection, Day day);
/// Replaces the day's usage as a whole, and marks it as unrated.
void replace_daily_usage(UnitOfWork& unit, Day day, const std::vector<DailyUsage>& rows);

/// Days whose charges are out of date, oldest first.
std::vector<Day> load_unrated_days(Connection& connection);
/// Marks all days with usage from `from` on as unrated: the prices have changed.
void mark_unrated_from(UnitOfWork& unit, Day from);

/// Replaces the day's charges but those booked in a closed month, and takes the day's mark away.
/// `charges` holds no row that is booked in a closed month.
void replace_daily_charges(UnitOfWork& unit, Day day, std::vector<DailyCharge> charges);

/// Replaces the day's charges by exactly these, those of closed months included, and takes the
/// day's mark away. `charges` is in key order, each key once, and holds the rows that are booked in
/// a closed month as load_daily_charges gives them.
void store_daily_charges(UnitOfWork& unit, Day day, const std::vector<DailyCharge>& charges);

/// First and last day with usage; nothing if there is none.
std::optional<DayRange> load_usage_days(Connection& connection);

/// Days with usage, and days with charges.
std::set<Day> load_rollup_days(Connection& connection);

/// Calls `visit` for each day with usage in [from, to), oldest first, with that day's rows, until
/// it says stop; the charges are null if the day was never rated. Rows may be booked in months
/// later than the day's own.
enum class Visit { go_on, stop };
using DayVisitor =
    std::function<Visit(Day, const PackedDailyUsage&, const PackedDailyCharges* charges)>;
void for_each_day(Connection& connection, std::optional<Day> from, std::optional<Day> to,
                  const DayVisitor& visit);
/// The same for the days that have rows booked in the month.
void for_each_day_booked_in(Connection& connection, Month month, const DayVisitor& visit);

}  // namespace costd
