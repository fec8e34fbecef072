#pragma once
// What the settings say about closing months.

#include "config/settings.hpp"
#include "jobs/period_standing.hpp"

namespace costd {

/// `alerts` may be null.
CloseOptions close_options(const Settings& settings, AlertDesk* alerts);

}  // namespace costd
