#pragma once
// The records of the token usage page's filter as a CSV file.

#include <vector>

#include "daemon/routes.hpp"

namespace costd {

std::vector<Route> usage_csv_routes();

}  // namespace costd
