#include "daemon/restore.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>

#include "daemon/state_lock.hpp"
#include "jobs/durable_writer.hpp"
#include "ledger/error.hpp"
#include "ledger/store/database.hpp"
#include "ledger/store/migrations.hpp"

namespace costd {
namespace {

namespace fs = std::filesystem;

void check_schema(const BackupManifest& manifest, const std::string& backup) {
  const int known = all_migrations().back().number;
  if (manifest.database.schema_version > known) {
    throw Error(
        ErrorCode::data,
        fmt::format("{} has schema {} and this costd knows {}; restore it with costd {}", backup,
                    manifest.database.schema_version, known, manifest.costd_version));
  }
}

void copy_files(const BackupManifest& manifest, const std::string& from, const std::string& to) {
  fs::create_directory(to);
  fs::permissions(to, fs::perms::owner_all | fs::perms::group_read | fs::perms::group_exec);
  for (const BackupFile& file : manifest.files) {
    if (copy_backup_file(from, to, file.path, file.mode).digest != file.digest) {
      throw Error(ErrorCode::data, from + "/" + file.path + " changed while it was restored");
    }
  }
}

/// Brings the schema up to this costd's, and keeps in the chain that the state is a restored one.
void record(const std::string& state, const std::string& backup, const Actor& actor, Instant now) {
  Database database(state + "/" + database_name);
  UnitOfWork unit = database.begin();
  unit.audit({.seq = 0,
              .at = now,
              .actor = actor,
              .action = "backup.restore",
              .object = backup,
              .after_sha256 = digest_of_file(backup + "/" + manifest_name).sha256});
  unit.commit();
}

/// Root restores for the user that costd runs as, who made the backup.
void give_to_owner_of(const std::string& backup, const std::string& state) {
  if (::geteuid() != 0) return;
  struct stat owner {};
  if (::stat(backup.c_str(), &owner) != 0) return;
  const auto give = [&](const std::string& path) {
    if (::lchown(path.c_str(), owner.st_uid, owner.st_gid) != 0) {
      throw Error(ErrorCode::io,
                  "cannot change the owner of " + path + ": " + std::strerror(errno));
    }
  };
  for (const auto& found : fs::recursive_directory_iterator(state)) give(found.path());
  give(state);
}

std::string time_suffix(Instant now) {
  std::string time = format_instant(std::chrono::floor<std::chrono::seconds>(now));
  std::erase_if(time, [](char c) { return c == '-' || c == ':'; });
  return time;
}

/// The one moment in which the state changes; where the second half fails, the first is undone.
std::string swap_in(const std::string& staging, const std::string& state, Instant now) {
  std::string old_state;
  if (fs::exists(state)) {
    old_state = state + ".before-restore-" + time_suffix(now);
    fs::rename(state, old_state);
  }
  std::error_code error;
  fs::rename(staging, state, error);
  if (error) {
    if (!old_state.empty()) fs::rename(old_state, state);
    throw fs::filesystem_error("cannot rename", staging, state, error);
  }
  sync_folder(fs::path(state).parent_path().string());
  return old_state;
}

}  // namespace

Restored restore_backup(const Settings& settings, const std::string& backup, const Actor& actor,
                        Instant now) {
  const std::string& state = settings.state_dir;
  const std::string staging = state + ".restoring";
  Restored restored;
  restored.manifest = check_backup(backup);
  check_schema(restored.manifest, backup);
  const std::string holder = "costd --restore " + backup;
  try {
    std::optional<StateLock> lock;
    if (fs::exists(state)) lock.emplace(state, holder);
    fs::create_directories(fs::path(state).parent_path());
    fs::remove_all(staging);  // left by a restore that was cut off
    copy_files(restored.manifest, backup, staging);
    record(staging, backup, actor, now);
    // Whoever starts a costd on the restored state waits until all is done.
    const StateLock new_lock(staging, holder);
    give_to_owner_of(backup, staging);
    sync_folders(staging);
    restored.old_state = swap_in(staging, state, now);
  } catch (const fs::filesystem_error& error) {
    throw Error(ErrorCode::io, std::string("the restore failed and changed nothing: ") +
                                   error.what() + "; run it as a user who may write there");
  }
  return restored;
}

}  // namespace costd
