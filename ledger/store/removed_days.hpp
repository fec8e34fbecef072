#pragma once
// Which raw records the retention has removed, by source and UTC day: what can be neither recounted
// nor compared with for duplicates any more.

#include <map>
#include <set>

#include "ledger/store/usage_blocks.hpp"

namespace costd {

/// Adds to what is noted of the source and day.
void store_removed_records(UnitOfWork& unit, SourceId source, BlockDay day, std::int64_t records);

/// UTC days of which records are missing, of any source.
std::set<BlockDay> load_removed_days(Connection& connection);

/// The last UTC day of which records were removed, of each source that has one.
using LastRemovedDays = std::map<SourceId, BlockDay>;
LastRemovedDays load_last_removed_days(Connection& connection);
/// A record of this source and UTC day may repeat one that was removed: nothing can tell.
bool is_beyond_retention(const LastRemovedDays& last_days, SourceId source, BlockDay day);

}  // namespace costd
