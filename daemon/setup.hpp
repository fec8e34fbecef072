#pragma once
// Brings the database in line with the settings at start: prices, tenants, zones, budget caps,
// evidence.

#include <string>

#include "config/settings.hpp"
#include "ledger/store/database.hpp"

namespace costd {

/// Makes the state directory and its folders (0750).
void make_state_folders(const Settings& settings);

/// The secret that keys this installation's hashes; made on first use, 0600.
std::string load_install_key(const std::string& state_dir);

/// One transaction with its audit events; changed prices mark the days they concern as unrated.
void apply_settings(Database& database, const Settings& settings, Instant now);

/// The same for settings that were read again, with one more event that says who asked.
void apply_reloaded_settings(Database& database, const Settings& settings, const Actor& actor,
                             Instant now);

/// Where the templates are: the setting, else templates/ beside the program's folder, else
/// /usr/share/costd/templates. Throws Error(config) naming where it looked.
std::string find_templates(const Settings& settings);

}  // namespace costd
