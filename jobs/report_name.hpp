#pragma once
// What the files of reports are called, and who made them, in words.

#include <cstdint>
#include <string>

#include "ledger/audit_event.hpp"
#include "ledger/time/calendar.hpp"

namespace costd {

/// "chargeback-2026-10-acme-r1", of characters that every file system takes; a tenant of "" is
/// "all-tenants".
std::string report_base_name(const std::string& kind, const DayRange& period,
                             const std::string& tenant, std::int64_t revision);

/// "schedule month-end", "uid 1000".
std::string name_for_people(const Actor& actor);

}  // namespace costd
