#pragma once
// Budget caps as rows: where each stands, and who may change it.

#include "daemon/console/page.hpp"

namespace costd {

/// {"rows","any","total","enabled","red","amber","green"} of the caps that /budgets lists.
OrderedJson budget_rows(const PageContext& context, Query query, const OrderedJson& tenants);

}  // namespace costd
