#include "jobs/archived_files.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "ledger/error.hpp"

namespace costd {

ArchiveFolder::ArchiveFolder(const std::string& path)
    : path_(path),
      descriptor_(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) {
  if (descriptor_ >= 0 || errno == ENOENT || errno == ELOOP || errno == ENOTDIR) return;
  refuse("cannot read the folder");
}

ArchiveFolder::~ArchiveFolder() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void ArchiveFolder::refuse(const std::string& what) const {
  throw Error(ErrorCode::io, what + " " + path_ + ": " +
                                 std::error_code(errno, std::generic_category()).message() +
                                 "; let costd read and write there");
}

std::vector<ArchivedFile> ArchiveFolder::files_before(Instant before) const {
  std::vector<ArchivedFile> files;
  if (descriptor_ < 0) return files;
  const int copy = ::openat(descriptor_, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(copy < 0 ? nullptr : ::fdopendir(copy),
                                                   ::closedir);
  if (!folder) refuse("cannot read the folder");
  while (const dirent* entry = ::readdir(folder.get())) {
    struct stat status {};
    if (::fstatat(descriptor_, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
    if (!S_ISREG(status.st_mode) && !S_ISLNK(status.st_mode)) continue;
    const Instant written_at(std::chrono::seconds(status.st_mtim.tv_sec) +
                             std::chrono::microseconds(status.st_mtim.tv_nsec / 1000));
    if (written_at < before) files.push_back({entry->d_name, written_at});
  }
  std::ranges::sort(files, {}, &ArchivedFile::written_at);
  return files;
}

void ArchiveFolder::remove(const ArchivedFile& file) const {
  if (::unlinkat(descriptor_, file.name.c_str(), 0) == 0 || errno == ENOENT) return;
  refuse("cannot remove " + file.name + " from");
}

}  // namespace costd
