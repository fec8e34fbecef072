#pragma once
// The filter form of a page: what the address asks for, and what the form shows.

#include "daemon/console/page.hpp"

namespace costd {

/// Which days a page shows where its address names none.
enum class DefaultDays { this_month, none };

struct PageFilter {
  Query api;      ///< for the routes: tenantId, apiKey, model, provider, from, to
  DayRange days;  ///< both ends; of all times where the address has no dates
  bool has_days = false;
  OrderedJson values;  ///< for the template filter.html
};

/// Throws Error(usage) for dates that are none, or in the wrong order.
PageFilter read_filter(const PageContext& context, DefaultDays missing);

/// [{"id","name"}] of all tenants, for lists to choose from.
OrderedJson tenant_choices(const PageContext& context);
/// The tenant's name, else its id.
std::string tenant_name(const OrderedJson& choices, const std::string& id);

}  // namespace costd
