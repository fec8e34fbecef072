#pragma once
// Usage records as rows of a table.

#include "daemon/console/page.hpp"

namespace costd {

/// Of the records of /costs or /token-usage; without costs where these have none.
OrderedJson record_rows(const OrderedJson& records, const OrderedJson& tenants, const Zone& zone);

}  // namespace costd
