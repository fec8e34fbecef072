#pragma once
// Makes a verified copy of everything costd keeps, while it goes on working.

#include "jobs/job.hpp"

namespace costd {

struct BackupOptions {
  std::string state_dir;
  std::string directory;  ///< of this costd alone; made where it is missing
  int keep = 7;           ///< backups, the new one among them
};

/// Makes DIRECTORY/costd-YYYYMMDDTHHMMSSZ with the database as of one moment, report files, outbox,
/// keys and a manifest; it gets this name when all of it was read again and found right. Older
/// backups beyond `keep` are removed afterwards. Counts: files, bytes, removedBackups; the output
/// is the folder.
std::unique_ptr<Job> make_backup_job(BackupOptions options);

}  // namespace costd
