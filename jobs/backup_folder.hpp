#pragma once
// A backup as a folder: the files of a state directory and the manifest that proves them.

#include <cstdint>
#include <string>
#include <vector>

#include "jobs/durable_file.hpp"
#include "ledger/store/database_copy.hpp"
#include "ledger/time/instant.hpp"

namespace costd {

struct BackupFile {
  std::string path;  ///< below the folder, "reports/..."
  FileDigest digest;
  unsigned mode = 0640;
};

struct BackupManifest {
  std::string costd_version;
  Instant made_at;
  DatabaseFacts database;
  std::vector<BackupFile> files;
};

inline constexpr const char* manifest_name = "manifest.json";
/// The database's name in a state directory and in its backups.
inline constexpr const char* database_name = "costd.db";

std::string format_manifest(const BackupManifest& manifest);

/// Reads the manifest of the folder, then all of its files, and compares; opens the database and
/// checks it. Throws Error(data) naming the first file that is missing, damaged or out of place.
BackupManifest check_backup(const std::string& folder);

/// Copies from/path to to/path, folders included; the copy is durable, its folders are not synced.
/// Gives what was read. Throws Error(io), and Error(not_found) where there is no such file.
BackupFile copy_backup_file(const std::string& from, const std::string& to, const std::string& path,
                            unsigned mode);

/// Syncs a folder and all folders below it.
void sync_folders(const std::string& folder);

}  // namespace costd
