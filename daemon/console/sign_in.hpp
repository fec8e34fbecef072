#pragma once
// Signing in with a token, and out again.

#include <vector>

#include "daemon/routes.hpp"

namespace costd {

std::vector<Route> sign_in_routes();

}  // namespace costd
