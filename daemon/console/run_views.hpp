#pragma once
// Runs as rows of a table.

#include "daemon/console/page.hpp"

namespace costd {

OrderedJson run_row(const OrderedJson& run, const Zone& zone);

}  // namespace costd
