#pragma once
// Puts a backup in the place of the state directory.

#include <string>

#include "config/settings.hpp"
#include "jobs/backup_folder.hpp"
#include "ledger/audit_event.hpp"

namespace costd {

struct Restored {
  BackupManifest manifest;
  std::string old_state;  ///< where the state directory is now; "" if there was none
};

/// Checks all of the backup before anything is touched. The state directory is renamed to
/// "...before-restore-TIME", never deleted; the restored database gets an audit event. As root, the
/// restored files belong to the owner of the backup. Throws Error(data) naming a damaged file, and
/// Error(refused) while a costd runs on the state directory.
Restored restore_backup(const Settings& settings, const std::string& backup, const Actor& actor,
                        Instant now);

}  // namespace costd
