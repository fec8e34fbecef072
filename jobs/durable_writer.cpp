#include "jobs/durable_writer.hpp"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <utility>

#include "jobs/durable_file.hpp"

namespace costd {
namespace {

/// False if the target exists.
bool rename_without_replacing(const std::string& from, const std::string& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return true;
  if (errno == EEXIST) return false;
  if (errno != EINVAL && errno != ENOSYS) fail_on_disk("rename to", to);
  // A file system that knows no such rename (NFS): a link does not replace either.
  if (::link(from.c_str(), to.c_str()) != 0) {
    if (errno == EEXIST) return false;
    fail_on_disk("rename to", to);
  }
  if (::unlink(from.c_str()) != 0) fail_on_disk("remove", from);
  return true;
}

}  // namespace

DurableWriter::DurableWriter(std::string path, unsigned mode)
    : path_(std::move(path)),
      descriptor_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)) {
  if (descriptor_ < 0) fail_on_disk("make", path_);
}

DurableWriter::~DurableWriter() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!is_kept_) ::unlink(path_.c_str());
}

void DurableWriter::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t wrote = ::write(descriptor_, bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) fail_on_disk("write", path_);
    bytes.remove_prefix(static_cast<std::size_t>(wrote));
  }
}

void DurableWriter::close_synced() {
  if (descriptor_ < 0) return;
  if (::fsync(descriptor_) != 0) fail_on_disk("sync", path_);
  if (::close(std::exchange(descriptor_, -1)) != 0) fail_on_disk("close", path_);
}

void DurableWriter::finish() {
  close_synced();
  is_kept_ = true;
}

bool DurableWriter::finish_as(const std::string& target) {
  close_synced();
  if (!rename_without_replacing(path_, target)) return false;
  is_kept_ = true;
  sync_folder(std::filesystem::path(target).parent_path().string());
  return true;
}

void sync_folder(const std::string& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) fail_on_disk("open", folder);
  const bool synced = ::fsync(descriptor) == 0;
  const int error = errno;
  ::close(descriptor);
  errno = error;
  if (!synced) fail_on_disk("sync", folder);
}

}  // namespace costd
