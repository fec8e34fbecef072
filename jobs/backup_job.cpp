#include "jobs/backup_job.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <functional>

#include "jobs/backup_folder.hpp"
#include "jobs/durable_file.hpp"
#include "jobs/durable_writer.hpp"
#include "ledger/error.hpp"
#include "ledger/sha256.hpp"

namespace costd {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view name_shape = "costd-00000000T000000Z";  // 0 stands for a digit

bool is_backup_name(const std::string& name) {
  return std::ranges::equal(name, name_shape, [](char have, char want) {
    return want == '0' ? have >= '0' && have <= '9' : have == want;
  });
}

/// "costd-20261031T060000Z": sorts by time. Where the second has a backup already, the next free
/// one.
std::string free_name(const std::string& directory, Instant at) {
  for (auto second = std::chrono::floor<std::chrono::seconds>(at);;
       second += std::chrono::seconds(1)) {
    std::string time = format_instant(second);
    std::erase_if(time, [](char c) { return c == '-' || c == ':'; });
    if (!fs::exists(directory + "/costd-" + time)) return "costd-" + time;
  }
}

/// The folder while it is being filled; removed unless it was finished.
class Staging {
 public:
  Staging(const std::string& directory, const std::string& name)
      : path_(directory + "/" + std::string(unfinished_mark) + name),
        target_(directory + "/" + name),
        directory_(directory) {
    fs::create_directory(path_);
  }
  ~Staging() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;

  const std::string& path() const { return path_; }
  const std::string& target() const { return target_; }
  void finish() const {
    sync_folders(path_);
    fs::rename(path_, target_);
    sync_folder(directory_);
  }

 private:
  std::string path_;
  std::string target_;
  std::string directory_;
};

/// What a crash left half-done; nobody else writes here.
void prepare_directory(const std::string& directory) {
  fs::create_directories(directory);
  std::vector<fs::path> left;
  for (const fs::directory_entry& found : fs::directory_iterator(directory)) {
    if (found.path().filename().string().starts_with(std::string(unfinished_mark) + "costd-")) {
      left.push_back(found.path());
    }
  }
  for (const fs::path& path : left) fs::remove_all(path);
}

/// Paths of the regular files below state_dir/folder, as seen from state_dir.
std::vector<std::string> files_below(const std::string& state_dir, const std::string& folder) {
  std::vector<std::string> paths;
  const fs::path top = fs::path(state_dir) / folder;
  if (!fs::exists(top)) return paths;
  for (const fs::directory_entry& found : fs::recursive_directory_iterator(top)) {
    const std::string name = found.path().filename().string();
    if (name.starts_with(unfinished_mark) || !fs::is_regular_file(found.symlink_status())) continue;
    paths.push_back(found.path().lexically_relative(state_dir).string());
  }
  std::ranges::sort(paths);
  return paths;
}

unsigned mode_of(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 0777U : 0600U;
}

class BackupJob : public Job {
 public:
  explicit BackupJob(BackupOptions options) : options_(std::move(options)) {}
  std::string name() const override { return "backup"; }

  JobResult run(JobContext& context) override {
    try {
      return make(context);
    } catch (const fs::filesystem_error& error) {
      throw Error(ErrorCode::io, std::string("the backup failed: ") + error.what() +
                                     "; let costd write in " + options_.directory);
    }
  }

 private:
  JobResult make(JobContext& context) const {
    prepare_directory(options_.directory);
    const Staging staging(options_.directory, free_name(options_.directory, context.as_of));
    const BackupManifest manifest = fill(context, staging.path());
    const std::string text = format_manifest(manifest);
    DurableWriter file(staging.path() + "/" + manifest_name);
    file.write(text);
    file.finish();
    context.monitor.log("backup_check folder=" + staging.target());
    check_backup(staging.path());
    context.check_stop();
    staging.finish();
    JobResult result;
    result.outputs.push_back(staging.target());
    record(context, staging.target(), sha256_hex(text));
    for (const BackupFile& copied : manifest.files) {
      result.count("files", 1);
      result.count("bytes", copied.digest.bytes);
    }
    result.count("removedBackups", remove_oldest(staging.target()));
    return result;
  }

  /// The database first: what its rows name was written before them, so it is there to be copied,
  /// but for the files of a report that is deleted meanwhile.
  BackupManifest fill(JobContext& context, const std::string& folder) const {
    BackupManifest manifest;
    manifest.costd_version = COSTD_VERSION;
    manifest.made_at = context.as_of;
    const std::string copy = folder + "/" + database_name;
    manifest.database = copy_database(options_.state_dir + "/" + database_name, copy,
                                      [&](std::int64_t done, std::int64_t total) {
                                        context.monitor.progress({name(), done, total, "pages"});
                                        context.check_stop();
                                      });
    manifest.files.push_back({database_name, digest_of_file(copy), mode_of(copy)});
    for (const char* part : {"keys", "outbox", "reports"}) {
      for (const std::string& path : files_below(options_.state_dir, part)) {
        context.check_stop();
        copy_file(context, folder, path, manifest);
      }
    }
    return manifest;
  }

  void copy_file(JobContext& context, const std::string& folder, const std::string& path,
                 BackupManifest& manifest) const {
    try {
      const unsigned mode = mode_of(options_.state_dir + "/" + path);
      manifest.files.push_back(copy_backup_file(options_.state_dir, folder, path, mode));
    } catch (const Error& error) {
      if (error.code() != ErrorCode::not_found) throw;
      context.monitor.log("file_gone path=" + path);  // deleted since the folder was listed
    }
  }

  static void record(JobContext& context, const std::string& folder,
                     const std::string& manifest_sha256) {
    UnitOfWork unit = context.database.begin();
    unit.audit({.at = context.as_of,
                .actor = context.actor,
                .action = "backup.make",
                .object = folder,
                .after_sha256 = manifest_sha256});
    unit.commit();
    context.monitor.log(
        fmt::format("backup_made folder={} manifest_sha256={}", folder, manifest_sha256));
  }

  /// Not the one just made, whatever the clock said before.
  std::int64_t remove_oldest(const std::string& newest) const {
    std::vector<fs::path> backups;
    for (const fs::directory_entry& found : fs::directory_iterator(options_.directory)) {
      const fs::path& path = found.path();
      if (is_backup_name(path.filename().string()) && path != newest) backups.push_back(path);
    }
    std::ranges::sort(backups, std::greater{});
    std::int64_t removed = 0;
    for (auto n = static_cast<std::size_t>(options_.keep - 1); n < backups.size(); ++n) {
      // Half-removed, it must not look like a backup.
      const fs::path doomed = backups[n].parent_path() /
                              (std::string(unfinished_mark) + backups[n].filename().string());
      fs::rename(backups[n], doomed);
      fs::remove_all(doomed);
      ++removed;
    }
    return removed;
  }

  BackupOptions options_;
};

}  // namespace

std::unique_ptr<Job> make_backup_job(BackupOptions options) {
  return std::make_unique<BackupJob>(std::move(options));
}

}  // namespace costd
