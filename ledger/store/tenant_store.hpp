#pragma once
// Tenants, the zones they are billed by, and the state of their billing periods.

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "ledger/billing_zones.hpp"
#include "ledger/tenant.hpp"

namespace costd {

class Connection;
class UnitOfWork;

/// Replaces the tenants of the file by the configured ones; what they used stays, and so do tenants
/// set over the API that are not in the file. True if anything changed.
bool store_tenants(UnitOfWork& unit, const std::vector<Tenant>& tenants);
/// Stores the tenant in place of one with its id.
void store_tenant(UnitOfWork& unit, const Tenant& tenant);
/// False if there is none. What it used stays.
bool delete_tenant(UnitOfWork& unit, const std::string& id);
std::optional<Tenant> find_tenant(Connection& connection, const std::string& id);
/// By id. Time zones are not part of it: see load_billing_zones.
std::vector<Tenant> load_tenants(Connection& connection);

/// Notes the configured zone of a tenant ("" = the deployment). One that is there before any usage
/// holds from ever; a change, also from the deployment's zone to the tenant's first own one, holds
/// from the first of the month after `today`. Gives that month, if it was a change.
std::optional<Month> store_billing_zone(UnitOfWork& unit, const std::string& tenant,
                                        const std::string& zone, Day today);
BillingZones load_billing_zones(Connection& connection);

/// A tenant's closed months.
using ClosedPeriods = std::set<std::pair<std::string, Month>>;
ClosedPeriods load_closed_periods(Connection& connection);
/// Closes the month for the tenant; once closed it stays closed.
void close_period(UnitOfWork& unit, const std::string& tenant, Month month, Instant now,
                  const std::string& closed_by, const std::string& note);

/// The month that usage of the day is booked in: its own while open, else the first open one after.
Month booking_month(const ClosedPeriods& closed, const std::string& tenant, Day day);

/// Tenants with usage whose day or booking month is in the range.
std::vector<std::string> load_tenants_with_usage(Connection& connection, const DayRange& range);

}  // namespace costd
