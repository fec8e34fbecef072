#pragma once
// When the first and the last record of a tenant happened, from the usage blocks.

#include <optional>
#include <string>

#include "ledger/time/zone.hpp"

namespace costd {

class Connection;

struct RecordTimes {
  Instant first;
  Instant last;
};
/// Of the tenant's records in [range.from, range.to); nothing if there are none, or none any more.
/// Decodes no more blocks than it takes to be sure.
std::optional<RecordTimes> find_record_times(Connection& connection, const std::string& tenant,
                                             const InstantRange& range);

}  // namespace costd
