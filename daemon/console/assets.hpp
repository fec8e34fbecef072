#pragma once
// The style sheet, the script and the icon of the console.

#include <string>
#include <vector>

#include "daemon/routes.hpp"

namespace costd {

struct Asset {
  std::string bytes;
  std::string content_type;
  std::string version;  ///< of its bytes
};

/// Throws Error(not_found) for a file that is none of the console's, Error(io) where it is missing.
Asset asset_of(const Service& service, const std::string& file);

std::vector<Route> asset_routes();

}  // namespace costd
