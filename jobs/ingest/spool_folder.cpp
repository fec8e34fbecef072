#include "jobs/ingest/spool_folder.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "ledger/error.hpp"

namespace costd {
namespace {

namespace fs = std::filesystem;

/// Of a file, on the file systems of Linux.
constexpr std::size_t name_bytes_max = 255;

bool is_being_written(const std::string& name) {
  return name.starts_with('.') || name.ends_with(".tmp") || name.ends_with(".part");
}

/// When the file itself, not what it may link to, was last written to; long ago if it is gone.
Instant written_at(const fs::path& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return Instant::min();
  return Instant(std::chrono::seconds(status.st_mtim.tv_sec) +
                 std::chrono::microseconds(status.st_mtim.tv_nsec / 1000));
}

}  // namespace

std::vector<SpoolEntry> list_spool(const std::string& folder, Instant quiet_since) {
  std::vector<SpoolEntry> entries;
  try {
    fs::create_directories(folder);
    for (const fs::directory_entry& found : fs::directory_iterator(folder)) {
      const std::string name = found.path().filename().string();
      if (is_being_written(name) || found.symlink_status().type() == fs::file_type::directory) {
        continue;
      }
      if (written_at(found.path()) > quiet_since) continue;
      const bool regular = found.symlink_status().type() == fs::file_type::regular;
      entries.push_back({name, found.path().string(),
                         regular ? static_cast<std::int64_t>(found.file_size()) : 0});
    }
  } catch (const fs::filesystem_error& error) {
    throw Error(ErrorCode::io, "cannot read the spool " + folder + ": " + error.code().message() +
                                   "; make it a folder costd may read and write");
  }
  std::ranges::sort(entries, {}, &SpoolEntry::name);
  return entries;
}

std::string move_in_spool(const SpoolEntry& entry, const std::string& folder,
                          const std::string& into) {
  try {
    const fs::path target_folder = fs::path(folder) / into;
    fs::create_directories(target_folder);
    fs::path target = target_folder / entry.name;
    for (int n = 1; fs::exists(fs::symlink_status(target)); ++n) {
      const std::string suffix = "." + std::to_string(n);
      target = target_folder / (entry.name.substr(0, name_bytes_max - suffix.size()) + suffix);
    }
    fs::rename(entry.path, target);
    return target.string();
  } catch (const fs::filesystem_error& error) {
    throw Error(ErrorCode::io, "cannot move " + entry.path + " to " + into +
                                   "/: " + error.code().message() +
                                   "; let costd write in the spool folder");
  }
}

}  // namespace costd
